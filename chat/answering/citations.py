"""Looks up what a reply quotes: only words that stand in the article's stored revision count as its own."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chat.answering.source import Ask, Heading, Original, Passage
from chat.models import Article, Citation, Revision, Section, Verdict
from chat.text.letters import letters
from chat.text.quotes import context, find
from chat.text.quoting import Quotation

# More than anyone would check; keeps a reply that repeats itself from filling the table.
MAX_CITATIONS = 50
# What was left out of a quotation.
_ELLIPSIS = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|…|\.\s?\.\s?\.)\s*")
# American typography puts the sentence's own stop inside the quotation marks.
_STOPS = " .,;:!?"
# Parts of one quotation stand near each other: further apart it is a collage.
MAX_GAP_CHARS = 2000


class Span(NamedTuple):
    """Where quoted words stand in an original, in code points."""

    original: Original
    start: int
    end: int


class Verifier:
    """Gives the quotations of one reply, in order, their verdicts; the same reply always gets the same ones."""

    def __init__(self, reply_id: int, ask: Ask, known: Sequence[Citation] = ()) -> None:
        """Go on behind the citations that are known of a reply that broke off."""
        self._reply_id = reply_id
        self._ask = ask
        self._ordinal = max((citation.ordinal for citation in known), default=0)
        self._judged = {citation.at for citation in known}  # by where they end
        self._numbers: dict[tuple[int, int, int], int] = {}
        for citation in known:
            if citation.number and citation.revision_id:
                place = (citation.revision_id, citation.start or 0, citation.end or 0)
                self._numbers[place] = citation.number

    def verify(self, quotations: Iterable[Quotation]) -> list[Citation]:
        """Return unsaved citations: of a quotation that leaves something out one for each of its parts."""
        found: list[Citation] = []
        for quotation in quotations:
            if self._ordinal >= MAX_CITATIONS or quotation.end in self._judged:
                continue
            self._judged.add(quotation.end)
            spans = look_up(quotation, self._ask)
            found += [self._found(quotation, span) for span in spans] or [self._missing(quotation)]
        return found

    def nearest(self, passages: Iterable[Passage]) -> list[Citation]:
        """Return unsaved citations that lead to sections, for a reply that says it has no answer."""
        originals = {original.revision_id: original for original in self._ask.originals}
        return [
            self._at_place(Span(originals[passage.revision_id], passage.start, passage.end), Verdict.NEAREST)
            for passage in passages
            if passage.revision_id in originals
        ]

    def _found(self, quotation: Quotation, span: Span) -> Citation:
        citation = self._at_place(span, Verdict.VERIFIED)
        place = (span.original.revision_id, span.start, span.end)
        citation.number = self._numbers.setdefault(place, len(self._numbers) + 1)
        citation.exact = span.original.plain[span.start : span.end]
        citation.letters_before = letters(span.original.plain, 0, span.start)
        citation.prefix, citation.suffix = context(span.original.plain, span.start, span.end)
        citation.at = quotation.end
        return citation

    def _missing(self, quotation: Quotation) -> Citation:
        return Citation(
            reply_id=self._reply_id,
            ordinal=self._next(),
            verdict=Verdict.MISSING,
            exact=quotation.words,
            at=quotation.end,
        )

    def _at_place(self, span: Span, verdict: Verdict) -> Citation:
        """Return a citation whose revision and section are at hand without a query."""
        original = span.original
        article = Article(title=original.title, slug=original.slug)
        section = section_at(original, span.start)
        return Citation(
            reply_id=self._reply_id, ordinal=self._next(), verdict=verdict, start=span.start, end=span.end,
            revision=Revision(pk=original.revision_id, number=original.number, article=article),
            section=Section(pk=section.section_id, heading=section.heading, anchor=section.anchor) if section else None,
        )  # fmt: skip

    def _next(self) -> int:
        self._ordinal += 1
        return self._ordinal


def look_up(quotation: Quotation, ask: Ask) -> list[Span]:
    """Return where the words stand, first in the passage that the answer names; [] when they stand nowhere."""
    number = quotation.passage or 0
    named = ask.passages[number - 1] if 0 < number <= len(ask.passages) else None
    for original in ordered(ask.originals, named):
        within = (named.start, named.end) if named and named.revision_id == original.revision_id else None
        if spans := spans_in(original, quotation.words, within):
            return spans
    return []


def ordered(originals: tuple[Original, ...], named: Passage | None) -> Sequence[Original]:
    """Return the original of the named passage before all others."""
    if named is None:
        return originals
    return sorted(originals, key=lambda original: original.revision_id != named.revision_id)


def spans_in(original: Original, words: str, within: tuple[int, int] | None) -> list[Span]:
    """Return where all of the words stand in an original: as a whole, or the parts between ellipses in order."""
    for wanted in dict.fromkeys((words, words.strip(_STOPS))):
        if span := find(wanted, original.plain, within):
            return [Span(original, *span)]
    parts = [part.strip(_STOPS) for part in _ELLIPSIS.split(words)]
    return parts_in(original, [part for part in parts if part], within)


def parts_in(original: Original, parts: list[str], within: tuple[int, int] | None) -> list[Span]:
    """Return where the parts of a quotation with ellipses stand, one after another and near each other."""
    spans: list[Span] = []
    # A single word between two ellipses stands everywhere.
    is_quotable = 1 < len(parts) <= 4 and all(len(part.split()) > 1 for part in parts)
    for part in parts if is_quotable else ():
        behind = (spans[-1].end, min(spans[-1].end + MAX_GAP_CHARS, len(original.plain))) if spans else within
        span = find(part, original.plain, behind)
        if span is None or (spans and behind and not behind[0] <= span[0] <= behind[1]):
            return []
        spans.append(Span(original, *span))
    return spans


def section_at(original: Original, start: int) -> Heading | None:
    """Return the section in which the offset lies; for words of a heading the section before."""
    index = bisect_right([heading.start for heading in original.headings], start)
    return original.headings[index - 1] if index else None
