"""Loaded by a server process whose PYTHONPATH names this folder: what tests need inside a process, by its environment.

SIGUSR1 writes its tasks into $TASKS_FILE. A file named by $FAILPOINT_FILE makes it kill itself at a point of its work.
$SQLITE_TIMEOUT_SECS is how long it waits for a locked SQLite database, $SEND_BUFFER_BYTES how much the system takes for
a reader who does not read.
"""

import asyncio
import importlib.machinery
import os
import signal
import socket
import sqlite3.dbapi2
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path

# The commits of a reply's life: where "before" and "after" are in the code, each as module, function and whether that
# is before or after the function's body. A function that is one statement commits with it.
POINTS = {
    "ask:before": ("chat.models.conversations", "Conversation.ask", "after"),
    "ask:after": ("chat.replies.submit", "submit", "after"),
    "claim:before": ("chat.models.messages", "MessageQuerySet.claim", "before"),
    "claim:after": ("chat.models.messages", "MessageQuerySet.claim", "after"),
    "extend:before": ("chat.replies.extend", "extend", "before"),
    "extend:after": ("chat.replies.extend", "extend", "after"),
    "end:before": ("chat.replies.ending", "conclude", "after"),
    "end:after": ("chat.replies.ending", "end", "after"),
    "release:before": ("chat.models.messages", "MessageQuerySet.release", "before"),
    "release:after": ("chat.models.messages", "MessageQuerySet.release", "after"),
    "take_over:before": ("chat.models.messages", "MessageQuerySet.take_over", "before"),
    "take_over:after": ("chat.models.messages", "MessageQuerySet.take_over", "after"),
}
_passes: dict[tuple[str, int], int] = {}


def write_tasks(*_: object) -> None:
    """Write the names of all unfinished tasks, whole or not at all."""
    target = Path(os.environ["TASKS_FILE"])
    part = target.with_suffix(".part")
    part.write_text("\n".join(sorted(task.get_coro().__qualname__ for task in asyncio.all_tasks())))
    part.rename(target)


def pass_by(point: str) -> None:
    """Die here if the file says so, as `name:before:3` for the third pass since it was written."""
    path = os.environ["FAILPOINT_FILE"]
    try:
        armed, written = Path(path).read_text(), os.stat(path).st_mtime_ns
    except OSError:
        return
    wanted, _, number = armed.rpartition(":")
    if wanted == point:
        passed = _passes[(armed, written)] = _passes.get((armed, written), 0) + 1
        if passed == int(number):
            with suppress(FileNotFoundError):  # else it was taken back at this moment
                os.unlink(path)
                time.sleep(0.05)  # what other threads would let out too early gets out now
                os.kill(os.getpid(), signal.SIGKILL)


def with_points(function: Callable, points: dict[str, str]) -> Callable:
    """Return function with the points that lie before and after it."""

    @wraps(function)
    def passing(*args: object, **kwargs: object) -> object:
        if "before" in points:
            pass_by(points["before"])
        result = function(*args, **kwargs)
        if "after" in points:
            pass_by(points["after"])
        return result

    return passing


class Finder:
    """Puts the points into modules as they are imported, so that whoever imports from them gets them, too."""

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        functions: dict[str, dict[str, str]] = {}
        for point, (module, function, place) in POINTS.items():
            if module == name:
                functions.setdefault(function, {})[place] = point
        if not functions:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module

        def exec_module(module: object) -> None:
            execute(module)
            for function, points in functions.items():
                *owners, last = function.split(".")
                owner = getattr(module, owners[0]) if owners else module
                setattr(owner, last, with_points(getattr(owner, last), points))

        spec.loader.exec_module = exec_module
        return spec


def replace_defaults() -> None:
    """Make waits and buffers as small as the environment says."""
    if secs := os.environ.get("SQLITE_TIMEOUT_SECS"):
        connect = sqlite3.dbapi2.connect
        sqlite3.dbapi2.connect = lambda *args, **options: connect(*args, **{**options, "timeout": float(secs)})
    if size := os.environ.get("SEND_BUFFER_BYTES"):
        listen = socket.socket.listen

        def small(self: socket.socket, *backlog: int) -> None:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, int(size))  # inherited by what is accepted
            listen(self, *backlog)

        socket.socket.listen = small


if "TASKS_FILE" in os.environ:
    signal.signal(signal.SIGUSR1, write_tasks)
if "FAILPOINT_FILE" in os.environ:
    sys.meta_path.insert(0, Finder())
replace_defaults()
