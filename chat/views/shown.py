"""Messages as the conversation page shows them."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.safestring import SafeString, mark_safe

from chat.models import Citation, Conversation, Message, Status
from chat.replies.ending import error_of
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
    citations: tuple[Citation, ...] = ()
    can_be_continued: bool = False

    @property
    def offset(self) -> int:
        """Return how much of the text is shown, in code points; a script follows from there."""
        return len(self.row.text)


def shown_messages(conversation: Conversation) -> list[Shown]:
    """Return the conversation, oldest message first. Two queries, however long it is."""
    citations = Citation.objects.select_related("revision__article", "section").only(
        "reply", "ordinal", "exact", "section__heading", "section__anchor", "revision__number",
        "revision__article__slug",
    )  # fmt: skip
    messages = conversation.messages.prefetch_related(Prefetch("citations", queryset=citations))
    answered = {row.parent_id for row in messages}
    return [shown_reply(row, is_last=row.pk not in answered) if row.is_reply else Shown(row) for row in messages]


def shown_reply(reply: Message, is_last: bool) -> Shown:
    # The only HTML of an answer that is marked as safe: blocks_of sanitises each block.
    rendered = blocks_of(reply.text, is_finished=not reply.is_unfinished)
    blocks = tuple(mark_safe(html) for html in rendered)  # noqa: S308
    error = error_of(reply)
    is_broken = error.is_retryable if error else reply.status == Status.INTERRUPTED
    return Shown(reply, blocks, ending(reply), tuple(reply.citations.all()), is_last and is_broken)


def ending(reply: Message) -> str:
    """Return the sentence below a reply that is not complete, "" below one that is or may become so."""
    error = error_of(reply)
    return str(error) if error else ENDINGS.get(Status(reply.status), "")
