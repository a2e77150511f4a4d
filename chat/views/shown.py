"""Messages as the conversation page shows them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.safestring import SafeString, mark_safe

from chat.models import Citation, Conversation, Feedback, Message, Revision, Section, Status, Verdict
from chat.replies.chips import insets, notes
from chat.replies.ending import LARGE, cited, error_of
from chat.replies.live import Cited
from chat.text.blocks import blocks_of
from chat.text.insets import Inset

ENDINGS = {
    Status.STOPPED: "Stopped.",
    Status.INTERRUPTED: "Interrupted: this answer broke off before its end. What was written is kept.",
}


@dataclass(frozen=True)
class Versions:
    """Where a message stands among those that were asked or answered in each other's place."""

    position: int
    count: int
    before: Message | None
    after: Message | None


@dataclass(frozen=True)
class Shown:
    """One message; of a question only `row` and `versions` are filled."""

    row: Message
    versions: Versions | None = None  # None: it is the only one
    blocks: tuple[SafeString, ...] = ()
    ending: str = ""
    citations: tuple[Cited, ...] = ()
    can_be_continued: bool = False
    opinion: Feedback | None = None

    @property
    def doors(self) -> str:
        """Return the address below which all that one can do with a reply has its own."""
        return self.row.events_url.removesuffix("events")

    @property
    def offset(self) -> int:
        """Return how much of the text is shown, in code points; a script follows from there."""
        return len(self.row.text)


def shown_messages(conversation: Conversation, thread: Sequence[Message], branch: Sequence[Message]) -> list[Shown]:
    """Return the messages of a branch of the conversation's thread. Two queries, however long it is."""
    rows = Citation.objects.filter(reply__conversation=conversation).select_related("revision__article", "section")
    citations: defaultdict[int, list[Cited]] = defaultdict(list)
    for row in rows.defer(*LARGE):
        citations[row.reply_id].append(cited(row))
    opinions = {row.reply_id: row for row in Feedback.objects.filter(reply__conversation=conversation)}
    versions = dict(versions_of(thread))
    fetch_places(branch)
    answered = {message.parent_id for message in thread}
    return [
        shown_reply(row, versions.get(row.pk), citations[row.pk], opinions.get(row.pk), is_last=row.pk not in answered)
        if row.is_reply
        else Shown(row, versions.get(row.pk))
        for row in branch
    ]


def fetch_places(branch: Sequence[Message]) -> None:
    """Fetch where the passages that were asked about stand, all at once; no query where none was."""
    passages = [message.about for message in branch if message.about]
    revisions = Revision.objects.select_related("article").defer("body", "body_html", "plain")
    prefetch_related_objects(
        passages, Prefetch("revision", queryset=revisions), Prefetch("section", queryset=Section.objects.defer("text"))
    )


def versions_of(thread: Sequence[Message]) -> Iterator[tuple[int, Versions]]:
    """Yield the messages, by primary key, that stand beside others."""
    beside: defaultdict[tuple[int | None, str], list[Message]] = defaultdict(list)
    for message in thread:
        beside[message.parent_id, message.role].append(message)
    for group in beside.values():
        around = [None, *group, None]
        for at, message in enumerate(group, 1):
            if len(group) > 1:
                yield message.pk, Versions(at, len(group), around[at - 1], around[at + 1])


def shown_reply(
    reply: Message, versions: Versions | None, found: list[Cited], opinion: Feedback | None, is_last: bool
) -> Shown:
    if reply.is_unfinished:
        rendered = blocks_of(reply.text, False, insets(found))
    else:
        rendered = [*blocks_of_ended(reply.text, tuple(insets(found)))]
        rendered += notes(found, reply.passages_given, reply.passages_total)
    # The only HTML of an answer that is marked as safe: blocks_of sanitises each block.
    blocks = tuple(mark_safe(html) for html in rendered)  # noqa: S308
    error = error_of(reply)
    is_broken = error.is_retryable if error else reply.status == Status.INTERRUPTED
    return Shown(reply, versions, blocks, ending(reply), listed(found), is_last and is_broken, opinion)


# A long conversation or two of everyone who reads at one time; the text of an ended reply never changes.
@lru_cache(maxsize=2048)
def blocks_of_ended(text: str, chips: tuple[Inset, ...]) -> tuple[str, ...]:
    """Return the blocks of a whole text, kept: rendering it takes longer than all else in the page."""
    return tuple(blocks_of(text, True, chips))


def listed(found: Iterable[Cited]) -> tuple[Cited, ...]:
    """Return the verified quotations, each once, as they are listed below an answer."""
    return tuple({cited.n: cited for cited in found if cited.verdict == Verdict.VERIFIED}.values())


def ending(reply: Message) -> str:
    """Return the sentence below a reply that is not complete, "" below one that is or may become so."""
    error = error_of(reply)
    return str(error) if error else ENDINGS.get(Status(reply.status), "")
