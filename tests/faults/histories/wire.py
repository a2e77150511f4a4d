"""A reader's connection, down to the socket: it can leave, fall silent or reset, and it notes all that it gets."""

import asyncio
import contextlib
import json
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

# So little is read ahead that a reader who does not read soon stops the server.
READ_AHEAD_BYTES = 8 * 1024
RECEIVE_BUFFER_BYTES = 16 * 1024
ANSWER_SECS = 45.0


class Broken(Exception):
    """The connection ended before the response did, or never began."""


@dataclass
class Reading:
    """All that came over one connection: offsets and texts as they were acknowledged, and the end."""

    start: int
    status: int = 0
    reply: dict[str, str] = field(default_factory=dict)
    pieces: list[tuple[int, str]] = field(default_factory=list)  # the offset reached, and the text
    done: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    body: bytes = b""  # of a response that is no stream
    ended: float = 0.0

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.pieces)

    @property
    def offset(self) -> int:
        return self.pieces[-1][0] if self.pieces else self.start

    def take(self, block: str) -> None:
        """Add one event."""
        name, data, offset = "message", [], None
        for line in block.split("\n"):
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data" or line == "data:":
                data.append(value)
            elif key == "id":
                offset = int(value)
        text = "\n".join(data)
        if not data:
            return  # a comment
        if name == "message" and text != "[DONE]":
            assert offset is not None, f"an event without an id: {block!r}"
            self.pieces.append((offset, text))
        elif name in ("reply", "done", "error"):
            setattr(self, name, json.loads(text))


class Connection:
    """One request and its response."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie

    async def __aenter__(self) -> "Connection":
        own = socket.socket()
        own.setblocking(False)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        try:
            async with asyncio.timeout(ANSWER_SECS):
                await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", self.port))
        except OSError as error:  # TimeoutError is one
            own.close()
            raise Broken from error
        self.reader, self.writer = await asyncio.open_connection(sock=own, limit=READ_AHEAD_BYTES)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.transport.abort()

    def send(self, method: str, path: str, body: object = None, **headers: str) -> None:
        """Send a request; what breaks shows when the response is read."""
        content = b"" if body is None else json.dumps(body).encode()
        token = "t" * 32
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", f"X-CSRFToken: {token}"]
        lines += [f"Cookie: sessionid={self.cookie}; csrftoken={token}", "Content-Type: application/json"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""])
        self.writer.write(head.encode() + content)

    def reset(self) -> None:
        """Leave with RST."""
        raw = self.writer.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the server was first
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def half_close(self) -> None:
        """Say that nothing more will be sent, and go on reading."""
        with contextlib.suppress(OSError):
            self.writer.write_eof()

    async def receive(self, reading: Reading) -> Any:
        """Yield after each event, and once after the head; raises Broken."""
        try:
            async with asyncio.timeout(ANSWER_SECS):
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            reading.status = int(head.split(" ")[1])
            if "text/event-stream" not in head:
                async with asyncio.timeout(ANSWER_SECS):
                    reading.body = await self.reader.read(100_000)
                return
            yield "head"
            rest = b""
            while chunk := await self.chunk():
                *blocks, rest = (rest + chunk).split(b"\n\n")
                for block in blocks:
                    reading.take(block.decode())
                    yield "event"
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Broken from error
        finally:
            reading.ended = time.monotonic()

    async def chunk(self) -> bytes:
        """Return the next HTTP chunk, b"" for the last one. The site sends a comment every HEARTBEAT_SECS."""
        async with asyncio.timeout(ANSWER_SECS):
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            data = await self.reader.readexactly(size + 2)
        return data[:-2]


async def request(port: int, cookie: str, method: str, path: str, body: object = None, **headers: str) -> Reading:
    """Return the whole response."""
    reading = Reading(0)
    async with Connection(port, cookie) as connection:
        connection.send(method, path, body, **headers)
        async for _ in connection.receive(reading):
            pass
    return reading
