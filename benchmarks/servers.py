"""Server processes of a benchmark, each on the cores that it is given."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The server under test has the first core; the model, the readers and this process have the second.
SERVER_CORES, LOAD_CORES = {0}, {1}
AVAILABLE_CORES = os.sched_getaffinity(0)
START_SECS = 30
STOP_SECS = 40


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def site_environment(database_url: str, model_port: int, **more: str) -> dict[str, str]:
    """Return the environment of a public site behind a proxy, whose limits no benchmark reaches."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "celebrations_site.settings",
        "DEBUG": "false",
        "SECRET_KEY": "only-for-benchmarks-0123456789-abcdefghijklmnopqrstuvwxyz",
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXY_COUNT": "1",
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
        "QUOTA_QUESTIONS_PER_DAY": "1000000",
        "QUOTA_TOKENS_PER_DAY": "1000000000",
        "QUOTA_TOKENS_PER_MONTH": "100000000000",
        "ACTIVE_REPLIES_PER_USER": "1000",
        **more,
    }


class Process:
    """A process that listens on a port, on cores of its own. What it says is in `log`."""

    def __init__(self, command: list[str], environment: dict[str, str], cores: set[int], port: int) -> None:
        self.port = port
        self.log = Path(tempfile.mkstemp(prefix="bench-", suffix=".log")[1])
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        # Before it has any threads; they and its children inherit the cores.
        os.sched_setaffinity(self.popen.pid, cores & AVAILABLE_CORES or AVAILABLE_CORES)

    def wait_until_ready(self) -> None:
        """Wait until connections are accepted; fail with the log when none are."""
        deadline = time.monotonic() + START_SECS
        while time.monotonic() < deadline and self.popen.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise SystemExit(f"{self.popen.args} did not start.\n{self.log.read_text()}")

    def stop(self) -> None:
        """End the process; what it logged is gone with it."""
        self.popen.terminate()
        try:
            self.popen.wait(STOP_SECS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.log.unlink(missing_ok=True)


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str], cores: set[int], port: int) -> Iterator[Process]:
    """Run a server for the block."""
    process = Process(command, environment, cores, port)
    try:
        process.wait_until_ready()
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def model() -> Iterator[int]:
    """Run the fake model; yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.model", str(port)]
    with running(command, dict(os.environ), LOAD_CORES, port):
        yield port
