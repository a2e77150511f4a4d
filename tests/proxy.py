"""A proxy before the site, in a thread of the test process, with the faults that proxies have."""

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Habits:
    """What it does to what passes."""

    keeps_back: bool = False  # sends an answer only when it is whole
    patience_secs: float = 30.0  # of silence, before it cuts an answer
    host: str = ""  # the name it gives to the site, "" for the reader's own
    drops_upgrade: bool = False
    date: str = ""  # what stands in the header Date
    adds: str = ""  # a header for the answer


class Proxy:
    """Takes connections on a free port; one request each."""

    def __init__(self, port: int, habits: Habits) -> None:
        self._site, self._habits = port, habits
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                reader, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(reader,), daemon=True).start()

    def _serve(self, reader: socket.socket) -> None:
        """Pass one request on, and its answer back."""
        with reader, socket.create_connection(("127.0.0.1", self._site)) as site, suppress(OSError):
            site.settimeout(self._habits.patience_secs)
            site.sendall(self._request(reader.recv(65_536)))
            answer = self._answer(site.recv(65_536))
            while answer:
                if not self._habits.keeps_back:
                    reader.sendall(answer)
                    answer = b""
                piece = site.recv(65_536)
                if not piece:
                    break
                answer += piece
            reader.sendall(answer)

    def _request(self, head: bytes) -> bytes:
        habits = self._habits
        if habits.host:
            head = re.sub(rb"(?i)\r\nhost: [^\r]*", f"\r\nHost: {habits.host}".encode(), head)
        if habits.drops_upgrade:
            head = re.sub(rb"(?i)\r\n(upgrade|connection): [^\r]*", b"", head)
        elif b"upgrade" not in head.lower():
            head = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        return head

    def _answer(self, head: bytes) -> bytes:
        if self._habits.date:
            head = re.sub(rb"(?i)\r\ndate: [^\r]*", b"", head)
            head = head.replace(b"\r\n", f"\r\nDate: {self._habits.date}\r\n".encode(), 1)
        if self._habits.adds:
            head = head.replace(b"\r\n", f"\r\n{self._habits.adds}\r\n".encode(), 1)
        return head
