"""A WebSocket client as small as the site needs it: it says hello, and hears text and the end."""

import base64
import os
import socket
import struct

TEXT, CLOSE, PING = 1, 8, 9


class Refused(Exception):
    """The site did not take the connection; `status` says how."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class SocketClient:
    """One connection to `/live`."""

    def __init__(self, port: int, session: str = "", origin: str | None = None, path: str = "/live") -> None:
        """Connect as a page of the site does, or of another `origin`; raise Refused when it is not taken."""
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=15)
        key = base64.b64encode(os.urandom(16)).decode()
        origin = f"http://127.0.0.1:{port}" if origin is None else origin
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", f"Origin: {origin}"]
        lines += [f"Cookie: sessionid={session}"] if session else []
        self.connection.sendall("\r\n".join([*lines, "", ""]).encode())
        self.received = b""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        if not head.startswith("HTTP/1.1 101"):
            self.close()
            raise Refused(int(head.split()[1]))

    def __enter__(self) -> "SocketClient":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def text(self) -> str:
        """Wait for the next text."""
        kind, body = self._frame()
        assert kind == TEXT, (kind, body)
        return body.decode()

    def end(self) -> int:
        """Wait until the site closes; return its code. Texts before are passed over."""
        while (frame := self._frame())[0] != CLOSE:
            pass
        return int(struct.unpack("!H", frame[1][:2])[0])

    def say(self, words: bytes) -> None:
        """Send a text, masked as clients have to."""
        length = bytes([0x80 | len(words)]) if len(words) < 126 else b"\xfe" + struct.pack("!H", len(words))
        self.connection.sendall(b"\x81" + length + bytes(4) + words)

    def close(self) -> None:
        self.connection.close()

    def _frame(self) -> tuple[int, bytes]:
        head = self._take(2)
        length = head[1] & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._take(2))
        kind, body = head[0] & 0x0F, self._take(length)
        return self._frame() if kind == PING else (kind, body)

    def _take(self, count: int) -> bytes:
        while len(self.received) < count:
            self._read()
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def _until(self, end: bytes) -> bytes:
        while end not in self.received:
            self._read()
        head, _, self.received = self.received.partition(end)
        return head

    def _read(self) -> None:
        more = self.connection.recv(4096)
        assert more, "The connection ended without a word."
        self.received += more
