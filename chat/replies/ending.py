"""How a reply ends: one transaction with a compare-and-set, so that of two that end it the first one wins."""

from dataclasses import dataclass

from django.db import transaction

from chat import quota
from chat.answering.source import Grounding
from chat.errors import ChatError, error_named
from chat.models import Citation, Message, Status
from chat.replies.live import Cited, Ended

# What a citation needs is in the small columns of what it points to.
LARGE = ("section__text", "revision__body", "revision__body_html", "revision__plain")


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
    grounding: Grounding | None = None
    is_unanswered: bool = False


def end(pk: int, writer: str, outcome: Outcome) -> Ended | None:
    """End the reply that writer holds; None when it is not the writer's any more."""
    with transaction.atomic():
        held = Message.objects.select_for_update(of=("self",)).filter(pk=pk, writer=writer, status=Status.WRITING)
        reply = held.select_related("conversation").first()
        if reply is None:
            return None
        conclude(reply, outcome)
        return ended(reply)


def conclude(reply: Message, outcome: Outcome) -> None:
    """Write the outcome into a reply's locked row and settle its use. Inside a transaction."""
    reply.status = outcome.status
    reply.finish_reason = outcome.finish_reason[:40]
    reply.error_code = outcome.error_code
    reply.prompt_tokens = outcome.prompt_tokens
    reply.completion_tokens = outcome.completion_tokens
    reply.first_token_ms = reply.first_token_ms or outcome.first_token_ms  # of a continued reply: the first one's
    reply.is_unanswered = outcome.is_unanswered
    if given := outcome.grounding:
        reply.prompt_version, reply.passages_given, reply.passages_total = given.version, given.given, given.total
    reply.save(
        update_fields=[
            "status", "finish_reason", "error_code", "prompt_tokens", "completion_tokens", "first_token_ms",
            "is_unanswered", "prompt_version", "passages_given", "passages_total",
        ]
    )  # fmt: skip
    quota.settle(reply)


def ended(reply: Message) -> Ended:
    """Return how an ended reply ended, as followers get it."""
    usage = {"prompt_tokens": reply.prompt_tokens, "completion_tokens": reply.completion_tokens}
    return Ended(
        status=reply.status,
        finish_reason=reply.finish_reason,
        error=error_of(reply),
        usage={name: tokens for name, tokens in usage.items() if tokens is not None},
        passages=(reply.passages_given, reply.passages_total),
    )


def error_of(reply: Message) -> ChatError | None:
    """Return why the reply failed, None for every other end."""
    return error_named(reply.error_code) if reply.status == Status.FAILED else None


def cited(citation: Citation) -> Cited:
    """Return a citation as readers get it. Its revision, article and section are at hand."""
    return Cited(
        n=citation.number,
        exact=citation.exact,
        section=section_name(citation),
        url=citation.url,
        verdict=citation.verdict,
        at=citation.at,
        prefix=citation.prefix,
        suffix=citation.suffix,
        start=citation.start,
        end=citation.end,
        revision=citation.revision.number if citation.revision else None,
        place=citation.place,
    )


def section_name(citation: Citation) -> str:
    """Return the heading of the cited section; the beginning of an article has its title for that."""
    if citation.section and citation.section.heading:
        return citation.section.heading
    return citation.revision.article.title if citation.revision else ""


def citations_of(reply: Message, after: int = 0) -> tuple[Cited, ...]:
    """Return the citations of a stored reply, but for the first ones. One query."""
    rows = reply.citations.select_related("section", "revision__article").defer(*LARGE)[after:]
    return tuple(cited(row) for row in rows)
