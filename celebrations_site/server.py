"""The HTTP server: Daphne, looking after interrupted replies from its first moment."""

from daphne.server import Server as DaphneServer
from twisted.internet import reactor

from chat.replies import recovery


class Server(DaphneServer):
    """Daphne that sweeps for dead writers as soon as it runs, not with the first request (it knows no lifespan)."""

    def run(self) -> None:
        """Serve until stopped."""
        reactor.callLater(0, recovery.start)
        super().run()
