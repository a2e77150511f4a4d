"""What becomes of replies whose writer died: a live process continues them once, then they end as interrupted."""

import asyncio
import logging

from django.db import transaction

from chat import measures
from chat.answering import choose
from chat.answering.citations import Verifier
from chat.errors import WriterDied
from chat.models import Citation, Message, Status
from chat.models.messages import MAX_ATTEMPTS
from chat.replies import news, writer
from chat.replies.claim import reread, take_over
from chat.replies.ending import Outcome, end
from chat.replies.journal import journal
from chat.replies.tasks import spawn
from chat.text.quoting import Quoting

logger = logging.getLogger(__name__)

# With STALE_AFTER (10 s) a dead writer's reply goes on, or has its end, within 11 s. One indexed query each time.
SWEEP_SECS = 1.0
# Taken over in one go. The journal does it, which has other replies to store meanwhile; the next go follows at once.
BATCH = 10


class Sweeper:
    """Looks for dead writers' replies in one event loop until it is stopped."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.task = spawn(self.sweep(), name="recovery")

    async def sweep(self) -> None:
        """Deal with what is stale, for ever."""
        while True:
            self.woken.clear()
            try:
                found = await journal().run(recover, writer.written(), asyncio.get_running_loop())
            except Exception:
                logger.exception("The sweep for dead writers failed; it goes on.")
                found = 0
            if found < BATCH:
                await self.pause()

    async def pause(self) -> None:
        """Wait for the next turn, or until there is a reason to look at once."""
        try:
            async with asyncio.timeout(SWEEP_SECS):
                await self.woken.wait()
        except TimeoutError:
            pass


_sweepers: dict[asyncio.AbstractEventLoop, Sweeper] = {}


def start() -> None:
    """Sweep from now on in the running event loop; a second call changes nothing."""
    loop = asyncio.get_running_loop()
    if loop not in _sweepers:
        _sweepers[loop] = Sweeper()


def stop() -> None:
    """Take nothing over any more: this process is about to end. It does not start again."""
    if sweeper := _sweepers.get(asyncio.get_running_loop()):
        sweeper.task.cancel()


def wake() -> None:
    """Look at once: somebody gave up a reply."""
    if sweeper := _sweepers.get(asyncio.get_running_loop()):
        sweeper.woken.set()


def recover(written: frozenset[int], loop: asyncio.AbstractEventLoop) -> int:
    """Continue or end a batch of stale replies, but for those written in loop; return how many were found."""
    stale = list(Message.objects.stale().exclude(pk__in=written).order_by("pk")[:BATCH])
    for reply in stale:
        if reply.stop_requested_at or reply.attempt >= MAX_ATTEMPTS:
            interrupt(reply.pk)
        elif claim := take_over(reply.pk):
            logger.warning("Reply %s is continued: its writer had died.", reply.code)
            # Told by this thread, not by the sweep that waits for it: the sweep may be stopped by now.
            loop.call_soon_threadsafe(writer.start, claim)
    return len(stale)


def interrupt_stale() -> int:
    """End all replies whose writer must be dead, as a process does that cannot continue them; return how many."""
    return sum(interrupt(pk) for pk in Message.objects.stale().values_list("pk", flat=True))


def interrupt(pk: int) -> bool:
    """End one stale reply under its lock; False when it is not stale any more."""
    with transaction.atomic():
        stale = Message.objects.stale().select_related("conversation").select_for_update(of=("self",))
        if (reply := stale.filter(pk=pk).first()) is None:
            return False
        status = Status.STOPPED if reply.stop_requested_at else Status.INTERRUPTED
        end(pk, reply.writer, Outcome(status, error_code=WriterDied.code))
        store_last_citations(pk)
    measures.count_reply(status, WriterDied.code)
    news.announce(reply.conversation.owner_id)
    logger.warning("Reply %s was interrupted: its writer had died.", reply.code)
    return True


def store_last_citations(pk: int) -> None:
    """Look up what a reply quotes at its end, which its writer did not come to. Inside the transaction."""
    held = reread(pk, "", choose.setup())
    if held.asked is None:
        return
    try:
        quoting = Quoting()
        _, quotations = quoting.feed(held.asked.begun)
        _, last = quoting.flush()
        found = Verifier(pk, held.asked, held.cited).verify([*quotations, *last])
    except Exception:  # as while it is written: this costs the verdicts, but the reply has to end
        logger.exception("The last quotations of message %s could not be looked up.", pk)
        return
    Citation.objects.bulk_create(found)
