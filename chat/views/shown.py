"""Messages as the conversation page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.safestring import SafeString, mark_safe

from chat.models import Citation, Conversation, Message, Status, Verdict
from chat.replies.chips import insets, notes
from chat.replies.ending import LARGE, cited, error_of
from chat.replies.live import Cited
from chat.text.blocks import blocks_of

ENDINGS = {
    Status.STOPPED: "Stopped.",
    Status.INTERRUPTED: "Interrupted: this answer broke off before its end. What was written is kept.",
}


@dataclass(frozen=True)
class Shown:
    """One message; of a question only `row` is filled."""

    row: Message
    blocks: tuple[SafeString, ...] = ()
    ending: str = ""
    citations: tuple[Cited, ...] = ()
    can_be_continued: bool = False

    @property
    def offset(self) -> int:
        """Return how much of the text is shown, in code points; a script follows from there."""
        return len(self.row.text)


def shown_messages(conversation: Conversation) -> list[Shown]:
    """Return the conversation, oldest message first. Two queries, however long it is."""
    citations = Citation.objects.select_related("revision__article", "section").defer(*LARGE)
    messages = conversation.messages.select_related("passage__revision__article", "passage__section")
    messages = messages.defer(*(f"passage__{column}" for column in LARGE))
    messages = messages.prefetch_related(Prefetch("citations", queryset=citations))
    answered = {row.parent_id for row in messages}
    return [shown_reply(row, is_last=row.pk not in answered) if row.is_reply else Shown(row) for row in messages]


def shown_reply(reply: Message, is_last: bool) -> Shown:
    found = [cited(row) for row in reply.citations.all()]
    rendered = blocks_of(reply.text, not reply.is_unfinished, insets(found))
    if not reply.is_unfinished:
        rendered += notes(found, reply.passages_given, reply.passages_total)
    # The only HTML of an answer that is marked as safe: blocks_of sanitises each block.
    blocks = tuple(mark_safe(html) for html in rendered)  # noqa: S308
    error = error_of(reply)
    is_broken = error.is_retryable if error else reply.status == Status.INTERRUPTED
    return Shown(reply, blocks, ending(reply), listed(found), is_last and is_broken)


def listed(found: Iterable[Cited]) -> tuple[Cited, ...]:
    """Return the verified quotations, each once, as they are listed below an answer."""
    return tuple({cited.n: cited for cited in found if cited.verdict == Verdict.VERIFIED}.values())


def ending(reply: Message) -> str:
    """Return the sentence below a reply that is not complete, "" below one that is or may become so."""
    error = error_of(reply)
    return str(error) if error else ENDINGS.get(Status(reply.status), "")
