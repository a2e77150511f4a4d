"""The site as a real server process on a free port of this machine, on the database of the tests."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx2
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """Return DATABASE_URL for the database that this test run uses."""
    name = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name['NAME']}"
    password = f":{quote(name['PASSWORD'], safe='')}" if name["PASSWORD"] else ""
    return f"postgres://{name['USER']}{password}@{name['HOST']}:{name['PORT'] or 5432}/{name['NAME']}"


class Site:
    """A server process that tests start, kill and start again. Its log is in `log`."""

    def __init__(self, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(tempfile.mkstemp(prefix="site-", suffix=".log")[1])
        self.environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "celebrations_site.settings", **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, pass_fds: tuple[int, ...] = ()) -> "Site":
        """Start the process and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, env=self.environment, stdout=log, stderr=log, pass_fds=pass_fds
            )
        self.wait_until_ready()
        return self

    def command(self) -> list[str]:
        """Return what is run."""
        return [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(self.port)]

    def wait_until_ready(self, timeout_secs: float = 30) -> None:
        """Ask until an answer comes; fail with the log when none does."""
        deadline = time.monotonic() + timeout_secs
        while time.monotonic() < deadline and self.process and self.process.poll() is None:
            try:
                if httpx2.get(f"{self.url}/livez", timeout=2).status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.05)  # nothing listens yet: there is no event to wait for
        raise AssertionError(f"The site did not start.\n{self.log.read_text()}")

    def wait_until_log(
        self, words: str, timeout_secs: float = 10, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        """Wait until the log holds the words; do something meanwhile, again and again."""
        deadline = time.monotonic() + timeout_secs
        while words not in self.log.read_text():
            assert time.monotonic() < deadline, f"{words!r} is not in the log."
            meanwhile()
            time.sleep(0.02)  # a file tells nobody that it grew

    def kill(self) -> None:
        """End the process without a warning."""
        self.signal(signal.SIGKILL)

    def stop(self) -> None:
        """End the process as an operator would."""
        self.signal(signal.SIGTERM)

    def begin_to_stop(self) -> None:
        """Tell the process to end and wait until it has taken notice."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while httpx2.get(f"{self.url}/readyz", timeout=5).status_code != 503:
            assert time.monotonic() < deadline, "The site does not drain."
            time.sleep(0.02)  # a signal has no answer

    def wait(self, timeout_secs: float = 20) -> int:
        """Return the exit code once the process has ended."""
        assert self.process
        code = self.process.wait(timeout_secs)
        self.process = None
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal and wait for the end of the process."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(20)
        self.process = None

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid
