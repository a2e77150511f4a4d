"""What became of quoted words since the article was edited."""

import re
from dataclasses import dataclass

from chat.models import Article, Revision, Section
from chat.models.citations import passage_url
from chat.text.letters import place
from chat.text.quotes import find
from chat.text.quoting import MAX_CHARS

_QUOTE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True)
class Since:
    """Where the words stand in the current revision; empty when they stand there no more."""

    url: str = ""
    place: str = ""


def since(article: Article, revision: Revision, quote: str) -> Since | None:
    """Look words of an older revision up in the current one; None when `quote`, two offsets, names no words of it."""
    words = _words(revision, quote)
    current = article.revision
    if not words or current is None or current.pk == revision.pk:
        return None
    span = find(words, current.plain)
    if span is None:
        return Since()
    words = current.plain[span[0] : span[1]]
    return Since(passage_url(current, _anchor(current, span[0]), words, span), place(current.plain, *span))


def _words(revision: Revision, quote: str) -> str:
    offsets = _QUOTE.fullmatch(quote)
    start, end = (int(offset) for offset in offsets.groups()) if offsets else (0, 0)
    # What no answer can have quoted: no words, too many, or what begins or ends where the text does not.
    if not start < end <= min(len(revision.plain), start + 2 * MAX_CHARS):
        return ""
    words = revision.plain[start:end]
    return words if any(map(str.isalnum, words)) else ""


def _anchor(revision: Revision, start: int) -> str:
    """Return the anchor of the section in which the offset lies; for words of a heading that of the section before."""
    sections = Section.objects.filter(revision=revision, start__lte=start)
    return sections.order_by("-position").values_list("anchor", flat=True).first() or ""
