"""A Redis of the tests' own, which they kill, start again, freeze and let go on."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest
import redis


@contextmanager
def running() -> Iterator["RedisServer"]:
    """Yield one that runs; skip the test on a machine that has none."""
    if shutil.which("redis-server") is None:
        pytest.skip("There is no redis-server (Debian: apt install redis-server).")
    server = RedisServer().start()
    try:
        yield server
    finally:
        server.kill()


class RedisServer:
    """A redis-server process on a free port."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the process and wait until it answers."""
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*command, "--dir", tempfile.gettempdir()], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        with redis.Redis.from_url(self.url, socket_timeout=1) as client:
            while not self._answers(client):
                assert time.monotonic() < deadline, "redis-server does not start."
                time.sleep(0.02)  # nothing listens yet: there is no event to wait for
        return self

    def _answers(self, client: redis.Redis) -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    def freeze(self) -> None:
        """Have it answer nothing any more, while it still takes connections."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a warning, frozen or not."""
        if self.process:
            self.process.kill()
            self.process.wait(10)
        self.process = None
