"""Which words of a reply are quotations, and where they stand in the article: only what is found becomes a citation."""

import re
from collections.abc import Iterator

from chat.answering.ask import current_revisions
from chat.models import Citation, Message, Revision, Section
from chat.text.parser import answer_parser, words_of
from chat.text.quotes import context, find

# “…”, "…" and «…» within a paragraph.
QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|„([^„“”]+)[“”]")
# Fewer words are a name or a term in quotation marks, not a quotation.
MIN_WORDS = 3
# More than anyone would check; keeps a reply that repeats itself from filling the table.
MAX_CITATIONS = 50


def store(reply: Message) -> list[Citation]:
    """Find the reply's quotations in its revision (or, without one, in what is published) and store those found.

    Inside the transaction that ends the reply, so that they appear together with its end.
    """
    quotations = list(dict.fromkeys(quotations_in(reply.text)))
    if not quotations:
        return []
    revisions = [reply.revision] if reply.revision else current_revisions()
    found: dict[tuple[int, int, int], Citation] = {}
    for words in quotations:
        if (citation := verify(words, revisions)) and len(found) < MAX_CITATIONS:
            found.setdefault((citation.revision_id, citation.start, citation.end), citation)
    for ordinal, citation in enumerate(found.values(), start=1):
        citation.reply, citation.ordinal = reply, ordinal
    return Citation.objects.bulk_create(found.values())


def quotations_in(text: str) -> Iterator[str]:
    """Yield the words of every block quote and of every passage in quotation marks, in order."""
    depth = 0
    for token in answer_parser().parse(text):
        if token.type in ("blockquote_open", "blockquote_close"):
            depth += token.nesting
        elif token.type == "inline" and depth:
            yield words_of(token)
        elif token.type == "inline":
            groups = (next(filter(None, match.groups())) for match in QUOTED.finditer(words_of(token)))
            yield from (words for words in groups if len(words.split()) >= MIN_WORDS)


def verify(words: str, revisions: list[Revision]) -> Citation | None:
    """Return an unsaved citation for the first place where the words stand; None when they stand nowhere."""
    for revision in revisions:
        if span := find(words, revision.plain):
            start, end = span
            prefix, suffix = context(revision.plain, start, end)
            return Citation(
                revision=revision, section=section_at(revision, start), exact=revision.plain[start:end],
                prefix=prefix, suffix=suffix, start=start, end=end,
            )  # fmt: skip
    return None


def section_at(revision: Revision, start: int) -> Section | None:
    """Return the section in which the offset lies; for words of a heading the section before. One query."""
    return revision.sections.filter(start__lte=start).order_by("-start", "-position").first()
