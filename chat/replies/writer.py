"""The writer: a detached task that asks the answer source and gives each piece to the journal.

No request owns it. It works under a claim on the reply's row; whoever holds the claim's token may extend the text.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from chat import measures, quota
from chat.answering.source import Ask, Ending, Grounding, Source, Waiting
from chat.errors import ChatError, ModelCut, ModelUnreachable
from chat.models import Message, Status
from chat.replies import hints, news, poll
from chat.replies.claim import Claim, try_again
from chat.replies.ending import Outcome, cited, end
from chat.replies.journal import Entry, Journal, journal
from chat.replies.live import Ended, Live
from chat.replies.pieces import Pieces
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# How long a cancelled read may take to close the connection to the model.
CLOSE_SECS = 5.0
# How an answer breaks off that may go on where it was: the model's side is there again, or was never gone.
CONTINUED = (ModelCut.code, ModelUnreachable.code)


@dataclass(eq=False)
class Writing:
    """One reply in the hands of this process."""

    live: Live
    claim: Claim
    # Neither an event nor a task that waits for one: there is one for each open stream.
    stopped: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    is_released: bool = False
    began: float = field(default_factory=time.monotonic)
    task: "asyncio.Task[None] | None" = None

    def stop(self) -> None:
        """Read no further; a second call changes nothing."""
        if not self.stopped.done():
            self.stopped.set_result(None)


_writings: dict[int, Writing] = {}


def live(pk: int) -> Live | None:
    """Return the reply that this process writes, None when it does not."""
    return _writings[pk].live if pk in _writings else None


def start(claim: Claim) -> None:
    """Write a claimed reply in a task of its own; whoever follows it here goes on following."""
    live = poll.give_up(claim.pk) or lost(claim.pk) or Live(claim.pk, claim.code)
    if claim.asked:
        cited_anew = tuple(map(cited, claim.cited))[len(live.citations) :]
        live.extend(claim.asked.begun[len(live.text) :], cited_anew)
    writing = _writings[claim.pk] = Writing(live, claim)
    writing.task = spawn(write(writing), name=f"reply {claim.code}", is_asked_for=True)


def lost(pk: int) -> Live | None:
    """Return what followers hold of a reply that this process took over from itself: its clock jumped, or it froze."""
    writing = _writings.get(pk)
    return writing.live if writing and not writing.live.ended else None


def written() -> frozenset[int]:
    """Return the keys of the replies that this process writes."""
    return frozenset(_writings)


def running() -> set[asyncio.Task[None]]:
    """Return the tasks of the replies that this process writes."""
    return {writing.task for writing in _writings.values() if writing.task}


def release_all() -> None:
    """Stop writing; each reply is left, with all that was written, to the process that takes it over."""
    for writing in _writings.values():
        writing.is_released = True
        writing.stop()


def stop(pk: int) -> None:
    """Stop the reply at once if this process writes it. The row says it to other processes."""
    if pk in _writings:
        _writings[pk].stop()


async def write(writing: Writing) -> None:
    """Read, store and end one reply, or leave it to the process that has it."""
    entry = Entry(writing.live, writing.claim.token, when_stopped_or_lost=writing.stop)
    try:
        journal().open(entry)
        outcome = await generate(writing, entry)
        if ended := await journal().run(finish, journal(), writing, entry, outcome):
            writing.live.end(ended)
            tell(writing, ended, outcome)
    finally:
        journal().close(entry)
        hints.announce([writing.claim.pk])
        news.announce(writing.claim.owner)
        if writing.is_released:
            hints.announce_release(writing.claim.pk)
        if _writings.get(writing.live.pk) is writing:  # else it was claimed anew here meanwhile
            del _writings[writing.live.pk]
            if not writing.live.ended:
                poll.adopt(writing.live)  # its row will tell how it goes on


def tell(writing: Writing, ended: Ended, outcome: Outcome) -> None:
    """Count a reply that was written to its end here, and log it."""
    tokens = outcome.prompt_tokens, outcome.completion_tokens
    measures.count_reply(ended.status, outcome.error_code, outcome.first_token_ms, *tokens)
    known = {
        "reply": str(writing.live.code),
        "status": ended.status,
        "code": outcome.error_code,
        "seconds": round(time.monotonic() - writing.began, 3),
        "first_word_ms": outcome.first_token_ms,
        "prompt_tokens": outcome.prompt_tokens,
        "completion_tokens": outcome.completion_tokens,
    }
    logger.info("Reply %(reply)s: %(status)s %(code)s after %(seconds)s s.", known, extra=known)


def finish(log: Journal, writing: Writing, entry: Entry, outcome: Outcome) -> Ended | None:
    """End or release the reply, on the journal's thread: its pieces are stored by then, and no beat comes after."""
    log.close(entry)
    if writing.is_released and outcome.status == Status.STOPPED:
        Message.objects.filter(pk=writing.claim.pk).release(writing.claim.token)
        return None
    return end(writing.claim.pk, writing.claim.token, outcome)


async def generate(writing: Writing, entry: Entry) -> Outcome:
    """Have the source answer, once more where its answer breaks off; return how that ended."""
    outcome = await attempt(writing, entry, writing.claim)
    if outcome.error_code not in CONTINUED or not outcome.has_text or writing.stopped.done():
        return outcome
    if (again := await journal().run(try_again, writing.claim)) is None:
        return outcome
    logger.info("Reply %s broke off (%s) and is continued.", writing.live.code, outcome.error_code)
    later = await attempt(writing, entry, again)
    return outcome if later.status == Status.FAILED else replace(later, first_token_ms=outcome.first_token_ms)


async def attempt(writing: Writing, entry: Entry, claim: Claim) -> Outcome:
    """Have the source answer once. Never raises because of the source."""
    if claim.asked is None:
        return Outcome(Status.FAILED, error_code=ChatError.code)
    pieces: Pieces | None = None
    try:
        pieces = Pieces(entry, journal(), claim.asked, claim.cited)
        outcome = await until_stopped(writing, read(claim.source, claim.asked, pieces))
        return replace(outcome, first_token_ms=pieces.first_ms, has_text=pieces.chars > 0, grounding=pieces.grounding)
    except Exception:  # the one broad except around a reply's task
        logger.exception("Reply %s failed.", writing.live.code)
        return Outcome(Status.FAILED, error_code=ChatError.code)
    finally:
        if pieces:
            await pieces.flush()


async def until_stopped(writing: Writing, reading: Coroutine[None, None, Outcome]) -> Outcome:
    """Run reading as a task that Stop can cancel without cancelling the writer."""
    task = spawn(reading, f"model for reply {writing.live.code}", is_asked_for=True)
    either: set[asyncio.Future[Outcome] | asyncio.Future[None]] = {task, writing.stopped}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
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
                    return await complete(item, asked, pieces)
                if isinstance(item, Waiting):
                    pieces.tell(item)
                elif isinstance(item, Grounding):
                    pieces.grounding = item
                elif not await pieces.append(item):
                    return Outcome(Status.COMPLETE, finish_reason="length")
        raise ModelCut
    except ChatError as error:
        is_cut = isinstance(error, ModelCut) and pieces.chars > 0
        return Outcome(Status.INTERRUPTED if is_cut else Status.FAILED, error_code=error.code)


async def complete(ending: Ending, asked: Ask, pieces: "Pieces") -> Outcome:
    """Return the outcome of an answer that came to its end; what was written before it is counted, too."""
    await pieces.flush()
    is_unanswered = (ending.is_unanswered or pieces.says_no_answer) and not pieces.has_quotations
    if is_unanswered:
        await pieces.lead_to(asked)
    tokens = ending.completion_tokens
    if tokens is not None:
        tokens += len(asked.begun) // quota.CHARS_PER_TOKEN
    return Outcome(Status.COMPLETE, ending.finish_reason, "", ending.prompt_tokens, tokens, is_unanswered=is_unanswered)
