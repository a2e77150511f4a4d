"""The passage that a question is about: as a client names it, and as it then stands in a revision of the article."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from chat.errors import BadRequest
from chat.models import Article, Conversation, Passage, Revision, Section
from chat.text.clean import clean
from chat.text.letters import letters, offset_after
from chat.text.quotes import context, places

# About a screen of text: more is no passage any more, and would crowd the article out of the prompt.
MAX_CHARS = 2000
NO_WORDS = "A quote has words of the article in exact."
GONE = "The passage does not stand in the article. Remove it, or select it anew."

_NUMBER = re.compile(r"[0-9]{1,9}")
_PLACE = re.compile(r"([0-9]{1,9})-[0-9]{1,9}")


@dataclass(frozen=True)
class Quote:
    """Words of an article as a client names them; all but the first only tells which of equal words are meant."""

    exact: str
    prefix: str = ""
    suffix: str = ""
    start: int | None = None  # in the revision's plain text, in code points
    place: str = ""  # in the page, counted in letters, like that of a citation
    revision: int | None = None  # its number; None: the current one
    article: str = ""  # its slug or path, for a conversation about all articles


def read_quote(value: object) -> Quote | None:
    """Return the quote in a request, None for none; raise BadRequest. What has no meaning is left out of account."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise BadRequest(NO_WORDS)
    exact = clean(_text(value, "exact")).strip()
    if not exact and "exact" in value:  # the page's own form, with no passage in it
        return None
    if not exact:
        raise BadRequest(NO_WORDS)
    if len(exact) > MAX_CHARS:
        raise BadRequest(f"A passage to ask about has at most {MAX_CHARS:,} characters.")
    return Quote(
        exact, _text(value, "prefix"), _text(value, "suffix"), _number(value, "start"), _text(value, "place"),
        _number(value, "revision"), _text(value, "article"),
    )  # fmt: skip


def form_fields(posted: Mapping[str, str]) -> dict[str, str] | None:
    """Return what the composer's form says of a passage, None when it has none; no more than a session may keep."""
    fields = {
        name.removeprefix("quote_"): value[: MAX_CHARS + 1]
        for name, value in posted.items()
        if name.startswith("quote_") and value
    }
    return fields if "exact" in fields else None


def find_passage(quote: Quote, conversation: Conversation) -> Passage:
    """Return the unsaved passage that the quote names; raise BadRequest when it stands nowhere. Two queries."""
    revision = _revision(quote, conversation)
    plain = revision.plain if revision else ""
    span = min(places(quote.exact, plain), key=_misfit(quote, plain), default=None)
    if revision is None or span is None:
        raise BadRequest(GONE)
    prefix, suffix = context(plain, *span)
    section = Section.objects.filter(revision=revision, start__lte=span[0]).order_by("-position").defer("text").first()
    return Passage(
        revision=revision, section=section, exact=plain[slice(*span)], prefix=prefix, suffix=suffix,
        start=span[0], end=span[1], letters_before=letters(plain, 0, span[0]),
    )  # fmt: skip


def _revision(quote: Quote, conversation: Conversation) -> Revision | None:
    """Return the named revision of the conversation's article, as far as readers may read that."""
    articles = Article.objects.published()
    if conversation.article_id:
        articles = articles.filter(pk=conversation.article_id)
    else:
        articles = articles.filter(slug=unquote(quote.article).strip("/").rpartition("/")[2])
    revisions = Revision.objects.defer("body", "body_html")
    if quote.revision is None:
        return revisions.filter(pk__in=articles.values("revision")).first()
    return revisions.filter(article__in=articles, number=quote.revision).first()


def _misfit(quote: Quote, plain: str) -> Callable[[tuple[int, int]], int]:
    """Return what tells how badly one of several equal places fits the quote."""
    found = _PLACE.fullmatch(quote.place)
    wanted = offset_after(plain, int(found[1])) if found else quote.start
    if wanted is not None:
        return lambda span: abs(span[0] - wanted)
    return lambda span: -plain.endswith(quote.prefix, 0, span[0]) - plain.startswith(quote.suffix, span[1])


def _text(value: Mapping[str, object], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str | None):
        raise BadRequest(f"In a quote {name} is text.")
    return text or ""


def _number(value: Mapping[str, object], name: str) -> int | None:
    """Return a number that stands there as such or, as in a form, in digits."""
    number = value.get(name)
    if number is None or number == "":
        return None
    if isinstance(number, bool) or not _NUMBER.fullmatch(str(number)):
        raise BadRequest(f"In a quote {name} is a whole number.")
    return int(str(number))
