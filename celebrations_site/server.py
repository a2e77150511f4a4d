"""The HTTP server: Daphne, with an orderly end, patience for slow readers, and a sweep for dead writers at once."""

import asyncio

from daphne.http_protocol import HTTPFactory
from daphne.server import Server as DaphneServer
from django.conf import settings
from twisted.internet import defer, reactor
from twisted.internet.interfaces import IProtocol

from celebrations_site.request import Request, RequestFactory
from chat.replies import drain, recovery
from chat.replies.tasks import spawn

# How long responses may take to send their last bytes after their replies have ended or were handed over.
CLOSE_SECS = 5.0


class Server(DaphneServer):
    """Daphne that knows the life of the site's replies (it has no lifespan protocol of its own), and its readers'."""

    def run(self) -> None:
        """Serve until stopped; sweep for dead writers from the first moment, not from the first request."""
        reactor.callLater(0, recovery.start)
        super().run()

    @property
    def http_factory(self) -> RequestFactory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, factory: HTTPFactory) -> None:
        # Daphne makes its own in run(), and knows no other way to have another one.
        self._http_factory = RequestFactory(self)

    async def handle_reply(self, protocol: IProtocol, message: dict[str, object]) -> None:
        """Send a part of a response, and wait while its reader is slow: Daphne would keep all of it in memory."""
        await super().handle_reply(protocol, message)
        if message["type"] == "http.response.body" and message.get("more_body") and isinstance(protocol, Request):
            await protocol.has_room()

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
