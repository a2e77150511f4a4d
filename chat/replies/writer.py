"""The writer: a detached task that asks the answer source and gives each piece to the journal.

No request owns it. It claims the reply's row with a token; whoever holds the token may extend the text.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from django.conf import settings

from chat.answering import ask, choose
from chat.answering.source import Ask, Ending, Source
from chat.errors import ChatError, ModelCut
from chat.models import Message, Status
from chat.replies import poll
from chat.replies.ending import Outcome, end
from chat.replies.journal import Entry, Journal, journal
from chat.replies.live import Ended, Live
from chat.replies.tasks import spawn
from chat.text.clean import Cleaner

logger = logging.getLogger(__name__)

# How long a cancelled read may take to close the connection to the model.
CLOSE_SECS = 5.0


@dataclass(eq=False)
class Writing:
    """One reply in the hands of this process."""

    live: Live
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    is_released: bool = False
    task: "asyncio.Task[None] | None" = None


_writings: dict[int, Writing] = {}


def live(pk: int) -> Live | None:
    """Return the reply that this process writes, None when it does not."""
    return _writings[pk].live if pk in _writings else None


def start(reply: Message) -> asyncio.Task[None] | None:
    """Begin to write a pending reply in a task of its own; None when it is not pending or begun already."""
    if reply.status != Status.PENDING or reply.pk in _writings:
        return None
    writing = _writings[reply.pk] = Writing(Live(reply.pk, reply.code))
    writing.task = spawn(write(writing), name=f"reply {reply.code}")
    return writing.task


def running() -> set[asyncio.Task[None]]:
    """Return the tasks of the replies that this process writes."""
    return {writing.task for writing in _writings.values() if writing.task}


def release_all() -> None:
    """Stop writing; each reply is left, with all that was written, to the process that takes it over."""
    for writing in _writings.values():
        writing.is_released = True
        writing.stopped.set()


def stop(pk: int) -> None:
    """Stop the reply at once if this process writes it. The row says it to other processes."""
    if pk in _writings:
        _writings[pk].stopped.set()


async def write(writing: Writing) -> None:
    """Claim, read, store and end one reply, or leave it to the process that has it."""
    entry = Entry(writing.live, writing.token, when_stopped_or_lost=writing.stopped.set)
    try:
        if await journal().run(claim, writing):
            journal().open(entry)
            outcome = await generate(writing, entry)
            if ended := await journal().run(finish, journal(), writing, entry, outcome):
                writing.live.end(ended)
    finally:
        journal().close(entry)
        del _writings[writing.live.pk]
        if not writing.live.ended:
            poll.adopt(writing.live)  # its row will tell how it goes on


def claim(writing: Writing) -> bool:
    """Take the pending reply; False when another process was first."""
    return Message.objects.filter(pk=writing.live.pk).claim(writing.token, choose.source().name)


def finish(log: Journal, writing: Writing, entry: Entry, outcome: Outcome) -> Ended | None:
    """End or release the reply, on the journal's thread: its pieces are stored by then, and no beat comes after."""
    log.close(entry)
    if writing.is_released and outcome.status == Status.STOPPED:
        Message.objects.filter(pk=writing.live.pk).release(writing.token)
        return None
    return end(writing.live.pk, writing.token, outcome)


async def generate(writing: Writing, entry: Entry) -> Outcome:
    """Have the source answer; return how that ended. Never raises because of the source."""
    pieces = Pieces(entry, journal())
    try:
        asked = await journal().run(read_ask, writing.live.pk)
        outcome = await until_stopped(writing, read(choose.source(), asked, pieces))
        return replace(outcome, first_token_ms=pieces.first_ms)
    except Exception:  # the one broad except around a reply's task
        logger.exception("Reply %s failed.", writing.live.code)
        return Outcome(Status.FAILED, error_code=ChatError.code)
    finally:
        pieces.flush()


def read_ask(pk: int) -> Ask:
    """Read all that the source needs."""
    return ask.read(Message.objects.select_related("conversation__owner", "revision__article").get(pk=pk))


async def until_stopped(writing: Writing, reading: Coroutine[None, None, Outcome]) -> Outcome:
    """Run reading as a task that Stop can cancel without cancelling the writer."""
    name = f"model for reply {writing.live.code}"
    task, stopped = spawn(reading, name), spawn(writing.stopped.wait(), f"stop of {name}")
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CLOSE_SECS)
    return task.result() if task.done() and not task.cancelled() else Outcome(Status.STOPPED)


async def read(source: Source, asked: Ask, pieces: "Pieces") -> Outcome:
    """Give the source's pieces to the journal; return the outcome that the source's end means."""
    try:
        async with aclosing(source.answer(asked)) as items:
            async for item in items:
                if isinstance(item, Ending):
                    return Outcome(
                        Status.COMPLETE,
                        finish_reason=item.finish_reason,
                        prompt_tokens=item.prompt_tokens,
                        completion_tokens=item.completion_tokens,
                    )
                if not pieces.append(item):
                    return Outcome(Status.COMPLETE, finish_reason="length")
        raise ModelCut
    except ChatError as error:
        is_cut = isinstance(error, ModelCut) and pieces.chars > 0
        return Outcome(Status.INTERRUPTED if is_cut else Status.FAILED, error_code=error.code)


class Pieces:
    """The way from a source to the journal: cleans the text, counts it, notes when it began."""

    def __init__(self, entry: Entry, log: Journal) -> None:
        self.chars = 0
        self.first_ms: int | None = None
        self._started = time.monotonic()
        self._entry = entry
        self._journal = log
        self._cleaner = Cleaner()

    def append(self, piece: str) -> bool:
        """Hand a piece on; False when the reply is as long as a reply may be."""
        room = settings.REPLY_MAX_CHARS - self.chars
        self._hand_on(self._cleaner.decode(piece)[:room])
        return self.chars < settings.REPLY_MAX_CHARS

    def flush(self) -> None:
        """Hand on what the cleaner held back until it knew what follows."""
        self._hand_on(self._cleaner.flush())

    def _hand_on(self, text: str) -> None:
        if not text:
            return
        if self.first_ms is None:
            self.first_ms = int((time.monotonic() - self._started) * 1000)
        self.chars += len(text)
        self._journal.append(self._entry, text)
