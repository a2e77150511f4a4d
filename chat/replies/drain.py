"""The orderly end of a process: no new questions, live replies may finish, the rest is left to the next process."""

import asyncio
import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from chat.errors import Draining
from chat.replies import news, poll, recovery, writer
from chat.replies.journal import journal
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# How long stopped writers may take to store what they have: a flush and one more statement each.
STORE_SECS = 5.0

_is_draining = False
# The questions that threads are storing now: none of them is in the hands of a writer yet.
_storing: set[Future[None]] = set()


def refuse_when_draining() -> None:
    """Raise Draining once the process has been told to end."""
    if _is_draining:
        raise Draining


@contextmanager
def storing(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Have the end wait for a question that this thread stores and gives to a writer in loop.

    To be entered before refuse_when_draining() is asked: what was not refused then is waited for.
    """
    question: Future[None] = Future()
    _storing.add(question)
    try:
        yield
    finally:
        # In the loop, and so after the writer's start, which was called for before.
        loop.call_soon_threadsafe(_storing.discard, question)
        question.set_result(None)


async def drain(finish_secs: float) -> None:
    """Let live replies finish for so long, release the others, and send all followers to another process."""
    global _is_draining
    _is_draining = True
    recovery.stop()
    await news.close_all()
    deadline = time.monotonic() + finish_secs
    # What the last sweep took over has its writer once the journal has come to this.
    await asyncio.wait({spawn(journal().run(lambda: None), name="end of the sweep")}, timeout=finish_secs)
    if tasks := at_work():
        logger.info("Ending; %s replies may finish within %s s.", len(tasks), finish_secs)
    if not await quiet(deadline):
        await quiet(time.monotonic() + STORE_SECS, is_released=True)
    poll.hand_over_all()


async def quiet(deadline: float, is_released: bool = False) -> bool:
    """Wait until nothing is stored or written here any more; False when something still is at the deadline.

    With is_released every writer is told to stop, also one that begins meanwhile.
    """
    while tasks := at_work():
        if is_released:
            writer.release_all()
        if (secs := deadline - time.monotonic()) <= 0:
            return False
        await asyncio.wait(tasks, timeout=secs)
    return True


def at_work() -> set[asyncio.Future[None]]:
    """Return what is to be waited for: questions that are being stored, and writers."""
    return {asyncio.wrap_future(question) for question in list(_storing)} | writer.running()
