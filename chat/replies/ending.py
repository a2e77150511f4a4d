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
        held = Message.objects.select_for_update(of=("self",)).filter(pk=pk, writer=writer, status=Status.WRITING)
        reply = held.select_related("conversation").first()
        if reply is None:
            return None
        return ended(reply, conclude(reply, outcome))


def conclude(reply: Message, outcome: Outcome) -> list[Citation]:
    """Write the outcome into a reply's locked row, verify its quotations, settle its use; return its citations.

    Inside a transaction.
    """
    reply.status = outcome.status
    reply.finish_reason = outcome.finish_reason[:40]
    reply.error_code = outcome.error_code
    reply.prompt_tokens = outcome.prompt_tokens
    reply.completion_tokens = outcome.completion_tokens
    reply.first_token_ms = reply.first_token_ms or outcome.first_token_ms  # of a continued reply: the first one's
    reply.save(
        update_fields=[
            "status", "finish_reason", "error_code", "prompt_tokens", "completion_tokens", "first_token_ms",
        ]
    )  # fmt: skip
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
