"""Removes what readers deleted once the time for Undo is over, with all that belongs to it."""

import asyncio
import logging

from chat.models import Conversation
from chat.replies.journal import journal
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# Nobody sees a deleted conversation; when exactly it goes matters little.
PAUSE_SECS = 60.0
# Removed in one go: the journal does it, which has replies to store meanwhile.
BATCH = 5


def start() -> None:
    """Remove now and then, from now on, in the running event loop. Call it once."""
    spawn(purge_for_ever(), name="purge")


async def purge_for_ever() -> None:
    """Remove what is due, for ever."""
    while True:
        removed = 0
        try:
            removed = await journal().run(purge)
        except Exception:
            logger.exception("Deleted conversations could not be removed; it is tried again.")
        await asyncio.sleep(0 if removed == BATCH else PAUSE_SECS)


def purge() -> int:
    """Remove a batch of what is due, but for what a stopped reply has not ended in; return how many."""
    due = list(Conversation.objects.expired().at_rest().order_by("pk")[:BATCH])
    for conversation in due:
        conversation.delete()
    return len(due)
