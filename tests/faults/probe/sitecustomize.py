"""Loaded by a server process whose PYTHONPATH names this folder: SIGUSR1 writes its tasks into $TASKS_FILE."""

import asyncio
import os
import signal
from pathlib import Path


def write_tasks(*_: object) -> None:
    """Write the names of all unfinished tasks, whole or not at all."""
    target = Path(os.environ["TASKS_FILE"])
    part = target.with_suffix(".part")
    part.write_text("\n".join(sorted(task.get_coro().__qualname__ for task in asyncio.all_tasks())))
    part.rename(target)


if "TASKS_FILE" in os.environ:
    signal.signal(signal.SIGUSR1, write_tasks)
