"""The HTTP server: Daphne, with an orderly end and without its long wait for someone to look after dead writers."""

import asyncio

from daphne.server import Server as DaphneServer
from django.conf import settings
from twisted.internet import defer, reactor

from chat.replies import drain, recovery
from chat.replies.tasks import spawn

# How long responses may take to send their last bytes after their replies have ended or were handed over.
CLOSE_SECS = 5.0


class Server(DaphneServer):
    """Daphne that knows the life of the site's replies (it has no lifespan protocol of its own)."""

    def run(self) -> None:
        """Serve until stopped; sweep for dead writers from the first moment, not from the first request."""
        reactor.callLater(0, recovery.start)
        super().run()

    def kill_all_applications(self) -> defer.Deferred:
        """Answer to SIGTERM: Twisted waits for the Deferred before it ends. Requests are served meanwhile."""
        return defer.Deferred.fromFuture(spawn(self.end(), name="end of the server"))

    async def end(self) -> None:
        """Drain, then give open responses a moment; what is left is cut."""
        await drain.drain(settings.DRAIN_SECS)
        # Without an instance: a request whose body is still arriving.
        instances = [details.get("application_instance") for details in self.connections.values()]
        if running := [instance for instance in instances if instance and not instance.done()]:
            _, hanging = await asyncio.wait(running, timeout=CLOSE_SECS)
            for instance in hanging:
                instance.cancel()
