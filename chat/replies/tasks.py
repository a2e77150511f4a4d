"""The one way to start a task that outlives its caller."""

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from chat.tracing import request_id

logger = logging.getLogger(__name__)

T = TypeVar("T")

# asyncio itself keeps only weak references: a task that nobody holds may vanish in the middle.
_running: set[asyncio.Task[Any]] = set()  # Any: the set does not care what its tasks return


def spawn(coroutine: Coroutine[Any, Any, T], name: str, *, is_asked_for: bool = False) -> asyncio.Task[T]:
    """Start a task in a fresh context, hold it until it ends, log what it raises.

    A task that inherited a request's context would go on using that request's database thread after its end. Lines of
    the log name the request only of a task that is_asked_for: one that the first request happens to start is not.
    """
    context = contextvars.Context()
    if is_asked_for:
        context.run(request_id.set, request_id.get())
    task = asyncio.get_running_loop().create_task(coroutine, name=name, context=context)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.error("Task %s failed.", task.get_name(), exc_info=error)
