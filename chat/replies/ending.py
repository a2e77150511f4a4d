"""How a reply ends: one transaction with a compare-and-set, so that of two that end it the first one wins."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from chat import quota
from chat.answering import citations
from chat.errors import ChatError, error_named
from chat.models import Citation, Message, Status
from chat.replies.live import Cited, Ended


@dataclass(frozen=True)
class Outcome:
    """What a writer knows at the end of its reply."""

    status: Status
    finish_reason: str = ""
    error_code: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_token_ms: int | None = None
    has_text: bool = False


def end(pk: int, writer: str, outcome: Outcome) -> Ended | None:
    """End the reply that writer holds and verify its quotations; None when it is not the writer's any more."""
    with transaction.atomic():
        reply = write(pk, writer, outcome)
        return ended(reply, conclude(reply)) if reply else None


def write(pk: int, writer: str, outcome: Outcome) -> Message | None:
    """Write the outcome into the row of an unfinished reply and return that; None when writer does not hold it.

    Written out, because every reply ends: with the ORM it takes two statements and four times as long.
    """
    statement = (
        "UPDATE chat_message SET status = %s, finish_reason = %s, error_code = %s, prompt_tokens = %s,"
        # Of a continued reply it is the first attempt's.
        " completion_tokens = %s, first_token_ms = COALESCE(first_token_ms, %s)"
        " WHERE id = %s AND writer = %s AND status IN ('pending', 'writing') RETURNING *"
    )
    told = [outcome.status.value, outcome.finish_reason[:40], outcome.error_code]
    counts = [outcome.prompt_tokens, outcome.completion_tokens, outcome.first_token_ms]
    rows = list(Message.objects.raw(statement, [*told, *counts, pk, writer]))
    return rows[0] if rows else None


def conclude(reply: Message) -> list[Citation]:
    """Settle what a reply that has ended used, verify its quotations; return those found. In the same transaction."""
    quota.settle(reply)
    return citations.store(reply)


def ended(reply: Message, found: Iterable[Citation] | None = None) -> Ended:
    """Return how an ended reply ended, as followers get it. One query for citations that are not handed in."""
    if found is None:
        found = reply.citations.select_related("section", "revision__article")
    usage = {"prompt_tokens": reply.prompt_tokens, "completion_tokens": reply.completion_tokens}
    return Ended(
        status=reply.status,
        finish_reason=reply.finish_reason,
        error=error_of(reply),
        usage={name: tokens for name, tokens in usage.items() if tokens is not None},
        citations=tuple(cited(row) for row in found),
    )


def error_of(reply: Message) -> ChatError | None:
    """Return why the reply failed, None for every other end."""
    return error_named(reply.error_code) if reply.status == Status.FAILED else None


def cited(citation: Citation) -> Cited:
    """Return a citation as readers get it."""
    section = citation.section.heading if citation.section else ""
    return Cited(citation.ordinal, citation.exact, section, citation.url, citation.verdict)
