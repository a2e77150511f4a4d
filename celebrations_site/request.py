"""One HTTP request in Daphne: waits for slow readers, refuses large and slow bodies early, fails alone."""

import asyncio
import json
import logging

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IProtocol, IPushProducer, ITransport
from twisted.internet.tcp import Connection
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.http_headers import Headers
from zope.interface import implementer

logger = logging.getLogger(__name__)

# What forms need beside the fields that DATA_UPLOAD_MAX_MEMORY_SIZE counts: names, boundaries, tokens.
FORM_OVERHEAD_BYTES = 100_000
# What editors upload, pictures and zips of articles; only from somebody who has logged in.
ADMIN_PATH = b"/admin/"
ADMIN_UPLOAD_BYTES = 12_000_000
TOO_LARGE = json.dumps({"error": "The request is too large.", "code": "too_long"}).encode()
TOO_SLOW = json.dumps({"error": "The request took too long to arrive.", "code": "too_slow"}).encode()


@implementer(IPushProducer)
class Gate:
    """Twisted closes it when a connection's buffer is full, and opens it when there is room again."""

    def __init__(self) -> None:
        self._room: asyncio.Event | None = None  # made when it is closed first: most readers never are that slow

    def pauseProducing(self) -> None:  # noqa: N802 these three names are Twisted's
        self._room = self._room or asyncio.Event()
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        if self._room:
            self._room.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.resumeProducing()

    @property
    def is_open(self) -> bool:
        return self._room is None or self._room.is_set()

    async def passed(self, timeout_secs: float) -> bool:
        """Wait until there is room; False when there was none in time."""
        if self._room is None:
            return True
        try:
            async with asyncio.timeout(timeout_secs):
                await self._room.wait()
        except TimeoutError:
            return False
        return True


class Request(WebRequest):
    """A request that Daphne serves, with what it lacks for long streams and hostile senders."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.gate = Gate()
        self._received_bytes = 0
        self._most_bytes = 0
        self._is_refused = False
        # Twisted's own time-out begins anew with each byte.
        self._deadline = self.channel.callLater(settings.REQUEST_SECS, self._too_slow)
        self.server.idle.discard(self.channel)
        # A reader who vanished without a word is noticed by the system, not only by the next write that fails.
        if isinstance(self.client, IPv4Address | IPv6Address):
            self.channel.transport.setTcpKeepAlive(1)
            # A word must not wait until the network has acknowledged the one before.
            self.channel.transport.setTcpNoDelay(1)

    # --- bodies: Twisted spools them without limit, and Daphne then reads them into memory --------------------

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Refuse a body that says that it is too large; it is neither kept nor read."""
        super().gotLength(length)
        self._most_bytes = max_body_bytes(self.channel._path, self.requestHeaders)
        if (length or 0) > self._most_bytes:
            self._refuse("413 Content Too Large", TOO_LARGE)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Keep a part of the body; refuse a body that turns out too large."""
        self._received_bytes += len(data)
        if self._received_bytes > self._most_bytes:
            self._refuse("413 Content Too Large", TOO_LARGE)
        if not self._is_refused:
            super().handleContentChunk(data)

    def process(self) -> object:
        """Hand the request to the application, unless it was refused."""
        self._arrived()
        return None if self._is_refused else super().process()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """Forget the request: its connection is gone."""
        self._arrived()
        super().connectionLost(reason)

    def _arrived(self) -> None:
        if self._deadline.active():
            self._deadline.cancel()

    def _too_slow(self) -> None:
        self._refuse("408 Request Timeout", TOO_SLOW)

    def _refuse(self, status: str, body: bytes) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", "Connection: close"]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        self.channel.transport.write(head.encode() + body)
        # Closes as soon as that is sent, and at the latest 15 s later.
        self.channel.timeoutConnection()

    # --- responses --------------------------------------------------------------------------------------------

    def handle_reply(self, message: dict[str, object]) -> None:
        """Send a part of the response; from its start on Twisted tells the gate whether there is room."""
        if message["type"] == "http.response.start" and self.server.is_leaving:
            self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        super().handle_reply(message)
        if message["type"] == "http.response.start" and not self.finished and self.channel is not None:
            self.registerProducer(self.gate, True)
            # Nobody reads them any more, and a stream would hold all of them, twice, to its end.
            self.requestHeaders = Headers()
            self.clean_headers: list[tuple[bytes, bytes]] = []

    def write_on(self, data: bytes) -> None:
        """Write a part of a response that has begun: at once, where nothing waits before it.

        Twisted would leave it to the next turn of its loop, which costs three more system calls.
        """
        if self.finished or self.channel is None or not data:
            return
        transport = self.channel.transport
        if not (self.chunked and is_free(transport)):
            http.Request.write(self, data)
            return
        chunk = b"%x\r\n%b\r\n" % (len(data), data)
        sent = transport.writeSomeData(chunk)
        if not isinstance(sent, int):  # an exception: the connection is lost
            self.cut_off()
            return
        if sent < len(chunk):
            transport.write(chunk[sent:])
        self.sentLength += len(data)

    def finish(self) -> None:
        """End the response; its connection may be used again, by the same client."""
        if self.producer:
            self.unregisterProducer()
        if self.channel is not None:
            self.channel.persistent = self.channel.persistent and not self.server.is_leaving
            self.server.idle.add(self.channel)
        super().finish()

    async def has_room(self) -> None:
        """Wait for a slow reader; cut off one that takes nothing for STALL_SECS."""
        if not await self.gate.passed(settings.STALL_SECS) and self.channel is not None:
            logger.info("A reader who took nothing for %s s was cut off.", settings.STALL_SECS)
            self.cut_off()

    def cut_off(self) -> None:
        """Close the connection at once, whatever waits to be sent."""
        if self.channel is not None:
            self.channel.transport.abortConnection()

    def handle_exception(self, exception: Exception) -> None:
        """Close a response that has begun: a second one would raise inside Daphne's housekeeping and end that."""
        if self._response_started:
            self.cut_off()
        else:
            super().handle_exception(exception)


class RequestFactory(HTTPFactory):
    """Makes connections whose requests are ours."""

    def buildProtocol(self, addr: IAddress) -> IProtocol:  # noqa: N802
        """Return the protocol of a new connection."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol


def is_free(transport: ITransport) -> bool:
    """Tell whether this is a plain connection that is up, and has sent all that was written to it."""
    return (
        isinstance(transport, Connection)
        and transport.connected
        and not (transport.disconnecting or transport.dataBuffer or transport._tempDataLen)
    )


def max_body_bytes(path: bytes, headers: Headers) -> int:
    """Return how large the body of a request to this path may be."""
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + FORM_OVERHEAD_BYTES
    cookies = b";".join(headers.getRawHeaders(b"cookie", []))
    is_upload = path.startswith(ADMIN_PATH) and settings.SESSION_COOKIE_NAME.encode() in cookies
    return most + ADMIN_UPLOAD_BYTES if is_upload else most
