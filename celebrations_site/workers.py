"""The parent of several server processes on one listening socket: it replaces those that die or are to be renewed."""

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from prometheus_client.multiprocess import mark_process_dead

from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# How long a new process may take until it serves, on a machine that is busy with many of them.
READY_SECS = 60.0
# What a process needs beside DRAIN_SECS for its end: to store, to send last bytes (5 s each), and as much again.
END_SECS = 20.0
# One that lived shorter than this died at once; the pause before the next one then grows from death to death.
STEADY_SECS = 10.0
PAUSE_SECS, PAUSE_MAX_SECS = 0.5, 30.0


class Worker:
    """A server process as its parent sees it: a fresh Python, which inherits the listening socket.

    Both hold an end of its lifeline: the process says there that it serves, and sees there when its parent is gone.
    """

    def __init__(self, process: Process, lifeline: socket.socket) -> None:
        self.process = process
        self.pid = process.pid
        self.lifeline = lifeline
        self.is_leaving = False
        self.successor: Worker | None = None  # the one that is to take its place, from its start
        self.started = time.monotonic()
        self.begun = spawn(self._begin(), name=f"begin of process {process.pid}")

    @classmethod
    async def start(cls, listening: socket.socket, numbers: str) -> "Worker":
        """Start a process that accepts from the listening socket, and keeps its numbers in a folder."""
        lifeline, far_end = socket.socketpair()
        lifeline.setblocking(False)
        given = {"fd": listening.fileno(), "lifeline": far_end.fileno()}
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve"]
        with far_end:
            process = await asyncio.create_subprocess_exec(
                *command,
                *(f"--{name}={number}" for name, number in given.items()),
                pass_fds=given.values(),
                stdin=DEVNULL,
                env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": numbers},
                # A Ctrl+C at the terminal is for the parent, which passes it on.
                start_new_session=True,
            )
        return cls(process, lifeline)

    async def _begin(self) -> bool:
        """Wait until the process serves; False when it ends without."""
        return bool(await asyncio.get_running_loop().sock_recv(self.lifeline, 16))

    async def begins(self, timeout_secs: float) -> bool:
        """Return whether the process serves within so many seconds."""
        await asyncio.wait({self.begun}, timeout=timeout_secs)
        return self.begun.done() and self.begun.result()

    async def ended(self) -> int:
        """Wait for the end of the process; return its exit code, or its signal as a negative number."""
        code = await self.process.wait()
        await self.begun
        self.lifeline.close()
        return code

    async def end(self) -> None:
        """Have the process drain, and wait for it; kill it when that takes too long."""
        if not self.is_leaving:
            self.is_leaving = True
            self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(settings.DRAIN_SECS + END_SECS):
                await self.process.wait()
        except TimeoutError:
            logger.error("Process %s did not end in time and is killed.", self.pid)
            self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that has ended gets none."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)


class Parent:
    """Keeps as many processes as wanted on a socket, which it holds itself: nobody's connection is ever refused."""

    def __init__(self, listening: socket.socket, count: int) -> None:
        self.listening = listening
        self.count = count
        # Anew for each run: what an earlier one counted does not belong to this one.
        self.numbers = tempfile.TemporaryDirectory(prefix="celebrations-numbers-")
        self.watched: dict[Worker, asyncio.Task[None]] = {}
        self.died: asyncio.Queue[float] = asyncio.Queue()  # how many seconds each of them had lived
        self.told_to_end = asyncio.Event()
        self.told_to_renew = asyncio.Event()

    async def run(self, when_serving: Callable[[], None]) -> bool:
        """Serve until SIGTERM or SIGINT, renew at SIGHUP. Return False when no process ever began to serve."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.told_to_end.set)
        loop.add_signal_handler(signal.SIGINT, self.told_to_end.set)
        loop.add_signal_handler(signal.SIGHUP, self.told_to_renew.set)
        serving = spawn(self.serve(when_serving), name="processes")
        told = spawn(self.told_to_end.wait(), name="end of the processes")
        await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
        self.listening.close()
        for task in (serving, told):
            task.cancel()
        await asyncio.gather(*(worker.end() for worker in self.watched))
        await asyncio.gather(serving, told, *self.watched.values(), return_exceptions=True)
        self.numbers.cleanup()
        return not serving.done() or serving.cancelled() or serving.result()

    async def serve(self, when_serving: Callable[[], None]) -> bool:
        """Keep the processes going for ever; False, at once, when none of the first ones begins to serve."""
        await self.fill()
        if not await self.any_begins():
            return False
        when_serving()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.replace_the_dead())
            tasks.create_task(self.renew_when_told())
        return True

    async def any_begins(self) -> bool:
        """Wait for the first process that serves; False when all have ended."""
        for begun in asyncio.as_completed([worker.begun for worker in self.watched]):
            if await begun:
                return True
        return False

    def staying(self) -> list[Worker]:
        """Return the processes that fill a place each; one whose successor is alive has left its place to that one."""
        return [worker for worker in self.watched if not worker.is_leaving and worker.successor not in self.watched]

    async def fill(self) -> None:
        """Start what is missing."""
        while len(self.staying()) < self.count:
            await self.start()

    async def start(self) -> Worker:
        """Start a process and watch it."""
        worker = await Worker.start(self.listening, self.numbers.name)
        self.watched[worker] = spawn(self.watch(worker), name=f"watch of process {worker.pid}")
        return worker

    async def watch(self, worker: Worker) -> None:
        """Wait for the end of a process; note it if nobody had asked for it."""
        code = await worker.ended()
        del self.watched[worker]
        # What it counted goes on to count; what it had open is gone with it.
        mark_process_dead(worker.pid, self.numbers.name)  # type: ignore[no-untyped-call]
        if not worker.is_leaving:
            logger.warning("Process %s died (%s).", worker.pid, code)
            self.died.put_nowait(time.monotonic() - worker.started)

    async def replace_the_dead(self) -> None:
        """Fill the places of processes that died; slower and slower while they die at once."""
        pause_secs = 0.0
        while True:
            lived_secs = await self.died.get()
            pause_secs = 0 if lived_secs > STEADY_SECS else min(PAUSE_MAX_SECS, pause_secs * 2 or PAUSE_SECS)
            await asyncio.sleep(pause_secs)
            await self.fill()

    async def renew_when_told(self) -> None:
        """Replace the processes one by one whenever told to; stop where a new one does not begin to serve."""
        while True:
            await self.told_to_renew.wait()
            self.told_to_renew.clear()
            for worker in self.staying():
                # One that died meanwhile has a new one in its place anyway.
                if worker in self.watched and not await self.renew(worker):
                    break
            else:
                logger.info("All processes are renewed.")

    async def renew(self, old: Worker) -> bool:
        """Start a process, and when it serves, end the old one; False when it does not serve."""
        new = old.successor = await self.start()
        if not await new.begins(READY_SECS):
            logger.error("Process %s does not begin to serve; the others go on as they are.", new.pid)
            new.signal(signal.SIGKILL)
            return False
        logger.info("Process %s takes the place of %s.", new.pid, old.pid)
        await old.end()
        return True
