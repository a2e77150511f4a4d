"""What becomes of replies whose writer died: they end as interrupted, with all that was stored."""

import asyncio
import logging

from django.db import transaction

from chat.errors import WriterDied
from chat.models import Message, Status
from chat.models.conversations import MessageQuerySet
from chat.replies.ending import Outcome, conclude
from chat.replies.journal import journal
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# With STALE_AFTER (10 s) a dead writer's reply has its end within 14 s.
SWEEP_SECS = 4.0

_sweepers: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}


def interrupt_stale(messages: MessageQuerySet | None = None) -> int:
    """End the replies (of messages, or all) whose writer must be dead; return how many that were.

    First writer wins: each row is ended under its lock and only while it is stale still.
    """
    stale = (Message.objects.all() if messages is None else messages).stale()
    return sum(interrupt(pk) for pk in stale.values_list("pk", flat=True))


def interrupt(pk: int) -> bool:
    """End one stale reply; False when it is not stale any more."""
    with transaction.atomic():
        stale = Message.objects.stale().select_for_update(of=("self",)).select_related("conversation", "revision")
        if (reply := stale.filter(pk=pk).first()) is None:
            return False
        status = Status.STOPPED if reply.stop_requested_at else Status.INTERRUPTED
        conclude(reply, Outcome(status, error_code=WriterDied.code))
    logger.warning("Reply %s was interrupted: its writer had died.", reply.code)
    return True


def start() -> None:
    """Sweep now and every SWEEP_SECS in the running event loop; a second call changes nothing."""
    loop = asyncio.get_running_loop()
    if loop not in _sweepers:
        _sweepers[loop] = spawn(sweep(), name="recovery")


async def sweep() -> None:
    """End what is stale, for ever."""
    while True:
        try:
            await journal().run(interrupt_stale)
        except Exception:
            logger.exception("The sweep for interrupted replies failed; it goes on.")
        await asyncio.sleep(SWEEP_SECS)
