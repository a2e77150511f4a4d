"""`serve`: run the site, with everything that open streams need, until it is told to stop."""

from channels.routing import get_default_application
from django.core.management.base import BaseCommand, CommandError, CommandParser

from celebrations_site.prepare import port_problem
from celebrations_site.server import Server

# How many connections may wait while the process is busy; 50, the usual number, is too few when everyone reloads.
BACKLOG = 2048


class Command(BaseCommand):
    """Serve on one address, in one process."""

    help = "Serve the site over HTTP."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 takes any free one")

    def handle(self, *, host: str, port: int, **options: object) -> None:
        if problem := port_problem(host, port):
            raise CommandError(problem)
        server: Server = Server(
            get_default_application(),
            endpoints=[f"tcp:port={port}:interface={quoted(host)}:backlog={BACKLOG}"],
            server_name=None,
            ready_callable=lambda: self.announce(server),
        )
        server.run()
        if not server.listening_addresses:
            raise CommandError(f"Nothing could listen on {host}:{port}; the reason is in the log.")

    def announce(self, server: Server) -> None:
        """Print where the site is, once connections are accepted there."""
        for host, port in server.listening_addresses:
            self.stdout.write(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port}/ (stop: Ctrl+C)")
        self.stdout.flush()


def quoted(host: str) -> str:
    """Return host as Twisted's endpoint descriptions want it: colons belong to their syntax."""
    return host.replace(":", r"\:")
