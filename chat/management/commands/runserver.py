"""`runserver`: the server for developers, which starts anew when the code changes; the same server as `serve`."""

from celebrations_site.server import Server  # isort: skip - it comes before anything of Daphne's

from daphne.management.commands.runserver import Command as DaphneCommand


class Command(DaphneCommand):
    """Daphne's command with the site's own server."""

    server_cls = Server
