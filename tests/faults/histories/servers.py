"""The server processes of a stage: started, killed, frozen and looked into from outside."""

import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.site import Site

PROBE = str(Path(__file__).resolve().parent.parent / "probe")
START_SECS = 60.0


# The threads of asyncio's own executor are started when they are first needed, up to this many.
POOL = (os.cpu_count() or 1) + 4


@dataclass(frozen=True)
class Load:
    """What a process holds while nobody wants anything of it."""

    threads: int
    descriptors: int  # without those of a SQLite database: they come and go with its connections
    tasks: tuple[str, ...]

    def excess(self, now: "Load") -> str:
        """Say what another load has more than this one, with room for pools that fill up over time."""
        more = [task for task in set(now.tasks) if now.tasks.count(task) > max(1, self.tasks.count(task))]
        found = [f"tasks {more}"] if more else []
        found += [f"threads {self.threads} -> {now.threads}"] if now.threads > self.threads + POOL else []
        found += [f"fds {self.descriptors} -> {now.descriptors}"] if now.descriptors > self.descriptors + 4 else []
        return ", ".join(found)


# Below those that the system gives to connections going out: while a server is dead, one of these would take its port.
PORTS = itertools.count(random.randrange(10_000, 25_000))


def free_port() -> int:
    """Return a port that stays free until it is used."""
    for port in PORTS:
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("There is no free port.")


class Server(Site):
    """One `serve` process with the probe inside: it tells its tasks, and can be made to die at a named point."""

    def __init__(self, folder: Path, name: str, **environment: str) -> None:
        self.name = name
        self.tasks_file, self.failpoint_file = folder / f"{name}.tasks", folder / f"{name}.failpoint"
        super().__init__(
            PYTHONPATH=PROBE,
            TASKS_FILE=str(self.tasks_file),
            FAILPOINT_FILE=str(self.failpoint_file),
            PGAPPNAME=name,
            **environment,
        )
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log.unlink()
        self.log = folder / f"{name}.log"
        self.starts = 0
        self.is_going = False  # told to end, or about to be killed

    def start(self) -> "Server":
        self.failpoint_file.unlink(missing_ok=True)
        self.starts += 1
        super().start()
        self.is_going = False
        return self

    def wait_until_ready(self, timeout_secs: float = START_SECS) -> None:
        """Ask until an answer comes. An HTTP client of its own for each try would cost more than the start."""
        deadline = time.monotonic() + timeout_secs
        while time.monotonic() < deadline:
            if self.has_died:
                raise AssertionError(f"{self.name} did not start:\n{self.log.read_text()[-3000:]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=20) as probe:
                probe.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if probe.recv(100).startswith(b"HTTP/1.1 200"):
                    return
            time.sleep(0.1)
        raise AssertionError(f"{self.name} did not start in time.")

    @property
    def is_up(self) -> bool:
        return bool(self.process) and not self.has_died and not self.is_going

    @property
    def has_died(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def last_words(self) -> str:
        """Return how the process ended and what it wrote last."""
        code = self.process.poll() if self.process else None
        return f"exit code {code}; {self.log.read_text()[-2000:]}"

    def send(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def arm(self, point: str) -> None:
        """Have the process kill itself at a point, as `name:before:3`: before the third pass from now on."""
        part = self.failpoint_file.with_suffix(".part")
        part.write_text(point)
        part.rename(self.failpoint_file)

    def disarm(self) -> bool:
        """Take the point back; return whether the process had come to it before, and is dead now."""
        try:
            self.failpoint_file.unlink()
        except FileNotFoundError:
            assert self.process
            self.process.wait(20)
            return True
        return False

    def load(self) -> Load:
        """Look at an idle process."""
        links = []
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                links.append(os.readlink(link))
        descriptors = [link for link in links if "sqlite" not in link]
        return Load(len(os.listdir(f"/proc/{self.pid}/task")), len(descriptors), self.tasks())

    def tasks(self) -> tuple[str, ...]:
        """Return the names of the process's tasks."""
        self.tasks_file.unlink(missing_ok=True)
        self.send(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while not self.tasks_file.exists():
            assert time.monotonic() < deadline, f"{self.name} does not answer."
            time.sleep(0.02)
        return tuple(self.tasks_file.read_text().split())

    def end(self) -> None:
        """End it, whatever state it is in."""
        if self.process:
            self.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self.process = None
