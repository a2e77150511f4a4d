"""How a reply ends: one transaction with a compare-and-set, so that of two that end it the first one wins."""

from dataclasses import dataclass

from django.db import transaction

from chat import quota
from chat.answering.source import Grounding
from chat.errors import ChatError, error_named
from chat.models import Citation, Message, Status
from chat.models.search import index
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
        reply = write(pk, writer, outcome)
        if reply is None:
            return None
        conclude(reply)
        return ended(reply)


def write(pk: int, writer: str, outcome: Outcome) -> Message | None:
    """Write the outcome into the row of an unfinished reply and return that; None when writer does not hold it.

    Written out, because every reply ends: with the ORM it takes two statements and four times as long.
    """
    statement = (
        "UPDATE chat_message SET status = %s, finish_reason = %s, error_code = %s, is_unanswered = %s,"
        " prompt_tokens = %s, completion_tokens = %s,"
        # Of a continued reply these are the first attempt's.
        " first_token_ms = COALESCE(first_token_ms, %s), prompt_version = COALESCE(%s, prompt_version),"
        " settings_version = COALESCE(%s, settings_version),"
        " passages_given = COALESCE(%s, passages_given), passages_total = COALESCE(%s, passages_total)"
        " WHERE id = %s AND writer = %s AND status IN ('pending', 'writing') RETURNING *"
    )
    told = [outcome.status.value, outcome.finish_reason[:40], outcome.error_code, outcome.is_unanswered]
    counts = [outcome.prompt_tokens, outcome.completion_tokens, outcome.first_token_ms]
    given = outcome.grounding
    grounds = [given.version, given.settings, given.given, given.total] if given else [None] * 4
    rows = list(Message.objects.raw(statement, [*told, *counts, *grounds, pk, writer]))
    return rows[0] if rows else None


def conclude(reply: Message) -> None:
    """Settle what a reply that has ended used, and make it findable. In the same transaction."""
    quota.settle(reply)
    index(reply)


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
        title=citation.revision.article.title if citation.revision else "",
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
