"""The one way to start a task that outlives its caller."""

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

# asyncio itself keeps only weak references: a task that nobody holds may vanish in the middle.
_running: set[asyncio.Task[Any]] = set()  # Any: the set does not care what its tasks return


def spawn(coroutine: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start a task in a fresh context, hold it until it ends, log what it raises.

    A task that inherited a request's context would go on using that request's database thread after its end.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(coroutine, name=name, context=contextvars.Context())
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.error("Task %s failed.", task.get_name(), exc_info=error)
