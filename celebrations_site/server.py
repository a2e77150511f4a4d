"""The HTTP server: Daphne, with an orderly end, patience for slow readers, and a place among several processes."""

from celebrations_site import loop  # noqa: F401 isort: skip - it comes before daphne.server, as it says

import asyncio
import contextlib
import logging
import os
import signal
import socket
from weakref import WeakSet

from asgiref.typing import ASGI3Application
from daphne.http_protocol import HTTPFactory
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketFactory
from django.conf import settings
from twisted.internet import defer, reactor
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IListeningPort, IProtocol
from twisted.web.http import HTTPChannel

from celebrations_site.request import Request, RequestFactory
from chat.replies import background, drain
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# How long responses may take to send their last bytes after their replies have ended or were handed over.
CLOSE_SECS = 5.0
# How long a connection that was accepted just before the end may take to ask: its request is on the way.
LAST_ASK_SECS = 0.5
# What uvloop says of a connection that was reset.
HANDLE_IS_CLOSED = "the handler is closed"
# Of a WebSocket's message from outside.
MAX_FRAME_BYTES = 1024
# What a process tells its parent once it serves.
READY = b"ready"


class Server(DaphneServer):
    """Daphne that knows the life of the site's replies (it has no lifespan protocol of its own), and its readers'."""

    def __init__(
        self,
        application: ASGI3Application,
        *,
        listening: socket.socket | None = None,
        is_shared: bool = False,
        lifeline: socket.socket | None = None,
        **options: object,
    ) -> None:
        """Serve on a socket that listens already, or as Daphne does on `endpoints`.

        A socket that is shared is listened on by others, too. The lifeline leads to the parent of this process.
        """
        # Daphne insists on endpoints, and knows no description of a socket that exists.
        super().__init__(application, **{"endpoints": [listening], "server_name": None, **options})
        if listening:
            self.endpoints: list[str] = []
        self.listening = listening
        self.is_shared = is_shared
        self.lifeline = lifeline
        self.port: IListeningPort | None = None
        self.is_leaving = False
        # Connections that are kept open for a next request.
        self.idle: WeakSet[HTTPChannel] = WeakSet()

    def run(self) -> None:
        """Serve until stopped; recover dead writers' replies from the first moment, not from the first request."""
        reactor.callLater(0, lambda: spawn(self.begin(), name="begin of the server"))
        if self.signal_handlers and hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(self.stop))
        super().run()

    async def begin(self) -> None:
        """Accept connections, and begin what runs beside them."""
        running = asyncio.get_running_loop()
        if self.listening:
            # Another process may be faster: accepting must not wait for the next connection then.
            self.listening.setblocking(False)
            self.port = reactor.adoptStreamPort(self.listening.fileno(), self.listening.family, self.http_factory)
            self.listening.close()  # the port has a copy
        background.start()
        logger.info("Process %s serves (%s).", os.getpid(), type(running).__module__.split(".")[0])
        if self.lifeline:
            self.lifeline.send(READY)
            running.add_reader(self.lifeline, self.orphaned, running, self.lifeline)

    def orphaned(self, running: asyncio.AbstractEventLoop, lifeline: socket.socket) -> None:
        """End as at SIGTERM: the parent holds the other end of the lifeline for as long as it lives."""
        running.remove_reader(lifeline)
        self.stop()

    def stop(self) -> None:
        """Begin the end; a second call changes nothing."""
        with contextlib.suppress(ReactorNotRunning):
            super().stop()

    @property
    def http_factory(self) -> RequestFactory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, factory: HTTPFactory) -> None:
        # Daphne makes its own in run(), and knows no other way to have another one.
        self._http_factory = RequestFactory(self)

    @property
    def ws_factory(self) -> WebSocketFactory:
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: WebSocketFactory) -> None:
        # Pages say nothing; what says much is no page, and would be kept in memory.
        factory.setProtocolOptions(maxFramePayloadSize=MAX_FRAME_BYTES, maxMessagePayloadSize=MAX_FRAME_BYTES)
        self._ws_factory = factory

    async def handle_reply(self, protocol: IProtocol, message: dict[str, object]) -> None:
        """Send a part of a response, and wait while its reader is slow: Daphne would keep all of it in memory."""
        is_part = message["type"] == "http.response.body" and message.get("more_body") and isinstance(protocol, Request)
        try:
            if is_part and protocol.startedWriting:
                protocol.write_on(message["body"])
            else:
                await super().handle_reply(protocol, message)
        except RuntimeError as error:
            # uvloop closes the handle of a connection that was reset and does not tell Twisted, which goes on using it.
            if HANDLE_IS_CLOSED not in str(error) or not isinstance(protocol, Request):
                raise
            protocol.cut_off()
        if is_part and not protocol.gate.is_open:
            await protocol.has_room()

    def kill_all_applications(self) -> defer.Deferred:
        """Answer to SIGTERM: Twisted waits for the Deferred before it ends. Requests are served meanwhile."""
        return defer.Deferred.fromFuture(spawn(self.end(), name="end of the server"))

    async def end(self) -> None:
        """Drain, then give open responses a moment; what is left is cut."""
        if self.is_shared:
            await self.leave()
        await drain.drain(settings.DRAIN_SECS)
        # Without an instance: a request whose body is still arriving.
        instances = [details.get("application_instance") for details in self.connections.values()]
        if running := [instance for instance in instances if instance and not instance.done()]:
            _, hanging = await asyncio.wait(running, timeout=CLOSE_SECS)
            for instance in hanging:
                instance.cancel()

    async def leave(self) -> None:
        """Leave new connections to the other processes, and make those that are kept open come anew, to them."""
        self.is_leaving = True
        if self.port:
            self.port.stopListening()
        for channel in list(self.idle):
            channel.loseConnection()
        await asyncio.sleep(LAST_ASK_SECS)
