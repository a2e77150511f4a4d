"""Replies that other processes write, or that have ended: read from their rows, one query for all that are followed."""

import asyncio
import logging
import time
from weakref import WeakValueDictionary

from django.db import DatabaseError
from django.db.models.functions import Length

from chat.errors import NotFound
from chat.models import Message
from chat.models.messages import UNFINISHED
from chat.replies import hints
from chat.replies.ending import citations_of, ended
from chat.replies.journal import journal
from chat.replies.live import Cited, Ended, HandedOver, Live
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# How late a reply of another process may be seen.
POLL_SECS = 0.5
# Hints come in bursts: between two looks is at least this, or as long as a look takes.
LOOK_GAP_SECS = 0.025
# What a follower is told of a reply whose conversation was deleted meanwhile.
DELETED = ("", (), Ended("failed", error=NotFound()))


class Poll:
    """The rows that one event loop watches, and the task that reads them while there are any.

    Held weakly: a reply that nobody follows any more is not read any more, whatever became of its followers.
    """

    def __init__(self) -> None:
        self.watched: WeakValueDictionary[int, Live] = WeakValueDictionary()
        self.task: asyncio.Task[None] | None = None
        self.wanted = asyncio.Event()
        self.is_over = False

    def watch(self, live: Live) -> Live:
        """Read the row of live now and again until it has ended or nobody holds it any more."""
        if self.is_over:
            live.end(HandedOver())
            return live
        self.watched[live.pk] = live
        self.wanted.set()
        hints.watch(live.pk)
        if self.task is None or self.task.done():
            self.task = spawn(self.run(), name="poll")
        return live

    async def run(self) -> None:
        """Read until nothing is watched."""
        while self.watched:
            self.wanted.clear()
            started = time.monotonic()
            await self.look()
            await asyncio.sleep(max(LOOK_GAP_SECS, time.monotonic() - started))
            try:
                async with asyncio.timeout(POLL_SECS):
                    await self.wanted.wait()
            except TimeoutError:
                pass

    async def look(self) -> None:
        """Read all watched rows once and wake their followers."""
        asked = dict(self.watched)
        known = {pk: (len(live.text), len(live.citations)) for pk, live in asked.items()}
        try:
            seen = await journal().run(read, known)
        except DatabaseError:
            logger.exception("Followed replies could not be read; the next look may.")
            return
        for pk, live in asked.items():
            if self.watched.get(pk) is not live or len(live.text) != known[pk][0]:
                continue  # this process has begun to write it meanwhile
            show(live, *seen.get(pk, DELETED))
            if live.ended:
                self.watched.pop(pk, None)


def show(live: Live, text: str, citations: tuple[Cited, ...], ended: Ended | None) -> None:
    """Show followers what a look found."""
    if text or citations:
        live.extend(text, citations)
    if ended:
        live.end(ended)


def read(known: dict[int, tuple[int, int]]) -> dict[int, tuple[str, tuple[Cited, ...], Ended | None]]:
    """Return for each reply what is new, and how it ended; what is known is an offset and a number of citations.

    A few queries more when anything is new.
    """
    rows = Message.objects.filter(pk__in=known)
    states = rows.annotate(length=Length("text")).values_list("pk", "status", "length")
    news = [pk for pk, status, length in states if length > known[pk][0] or status not in UNFINISHED]
    seen: dict[int, tuple[str, tuple[Cited, ...], Ended | None]] = {pk: ("", (), None) for pk, _, _ in states}
    for reply in rows.filter(pk__in=news):
        offset, count = known[reply.pk]
        # Read after the text: those of later text wait in the blocks until it is there.
        citations = citations_of(reply, after=count)
        seen[reply.pk] = reply.text[offset:], citations, None if reply.is_unfinished else ended(reply)
    return seen


_polls: dict[asyncio.AbstractEventLoop, Poll] = {}


def poll() -> Poll:
    """Return the running event loop's poll."""
    return _polls.setdefault(asyncio.get_running_loop(), Poll())


def hand_over_all() -> None:
    """Tell every follower in this process, and all who come yet, that the reply goes on elsewhere."""
    poll().is_over = True
    for live in list(poll().watched.values()):
        live.end(HandedOver())


def adopt(live: Live) -> None:
    """Go on showing a reply that this process gave up, as its row tells."""
    poll().watch(live)


def followed() -> frozenset[int]:
    """Return the keys of the replies that are followed here and written elsewhere."""
    return frozenset(poll().watched.keys())


def look_at(pks: frozenset[int]) -> None:
    """Look at once if any of these replies is followed here: another process says that they changed."""
    if not pks.isdisjoint(poll().watched):
        poll().wanted.set()


def give_up(pk: int) -> Live | None:
    """Stop reading a row that this process writes itself from now on; return what its followers hold."""
    return poll().watched.pop(pk, None)


def watch(reply: Message, citations: tuple[Cited, ...]) -> Live:
    """Return the reply as its row tells, with what its text cites; several followers share it."""
    return poll().watched.get(reply.pk) or poll().watch(Live(reply.pk, reply.code, reply.text, citations))
