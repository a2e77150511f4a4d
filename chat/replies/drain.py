"""The orderly end of a process: no new questions, live replies may finish, the rest is left to the next process."""

import asyncio
import logging

from chat.errors import Draining
from chat.replies import poll, writer

logger = logging.getLogger(__name__)

# How long stopped writers may take to store what they have: a flush and one more statement each.
STORE_SECS = 5.0

_is_draining = False


def refuse_when_draining() -> None:
    """Raise Draining once the process has been told to end."""
    if _is_draining:
        raise Draining


async def drain(finish_secs: float) -> None:
    """Let live replies finish for so long, release the others, and send all followers to another process."""
    global _is_draining
    _is_draining = True
    tasks = writer.running()
    if tasks:
        logger.info("Ending; %s replies may finish within %s s.", len(tasks), finish_secs)
        _, unfinished = await asyncio.wait(tasks, timeout=finish_secs)
        if unfinished:
            writer.release_all()
            await asyncio.wait(unfinished, timeout=STORE_SECS)
    poll.hand_over_all()
