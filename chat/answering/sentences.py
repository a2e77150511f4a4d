"""Cuts a section into what can be quoted by itself: sentences of prose, list items and table rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chat.answering.languages import Language
from chat.answering.words import has_number, plain_words

# Lines that follow each other without an empty one.
_BLOCK = re.compile(r"^[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", re.MULTILINE)
_LINE = re.compile(r"[^\n]+")
_ENDING = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]]*\s+|[。！？]+[」』”]*\s*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|[a-z](?:\.[a-z])+|al|ca?|cf|dr|eds?|etc|figs?|mrs?|ms|no|pp?|prof|st|vols?|vs)\.\s+$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"([^:.]{1,60})[:.]\s+")
# "A celebration is ...", "Songkran, the traditional New Year of Thailand, is ..."
_SUBJECT = re.compile(r"(?:(?:an?|the)\s+)?([^,;:.()]{1,60}?)(?:,|\s\(|\s+(?:is|are|was|were|means?)\b)", re.IGNORECASE)
# A quotation is to be taken in at a glance: what has no sentence end for so long is cut between two words, and what
# cannot be cut and is twice as long is not quoted.
MAX_QUOTATION = 600
# Digits and a full stop at the beginning of a line are the number of a list item.
NUMBER_LENGTH = 9


@dataclass(frozen=True, slots=True)
class Unit:
    """A verbatim piece of a passage, `passage.text[start:end]`."""

    start: int
    end: int
    block: int  # paragraphs and lists are counted; sentences of one paragraph share the number
    is_item: bool
    size: int  # in different words
    terms: frozenset[str]
    label: frozenset[str]  # the terms of "Retail events" in the list item "Retail events: ..."
    subject: frozenset[str]  # the stems of what the sentence begins with, where that may be what it defines
    has_number: bool
    is_lead_in: bool  # it ends with a colon and says little without what follows


def units(text: str, language: Language) -> list[Unit]:
    """Return the units of a passage that have words; a long list item is there as a whole and in its sentences."""
    found = []
    for number, block in enumerate(_BLOCK.finditer(text)):
        is_list = "\n" in block.group() or block.group().startswith("- ")
        for line in _LINE.finditer(text, block.start(), block.end()):
            start, end = line.span()
            start += 2 if text.startswith("- ", start) else 0
            spans = _item(text, start, end) if is_list else _sentences(text, start, end)
            short = (span for span in spans if span[1] - span[0] <= 2 * MAX_QUOTATION)
            found += [_unit(text, *span, number, is_list, language) for span in short]
    return [unit for unit in found if unit.size]


def _unit(text: str, start: int, end: int, block: int, is_item: bool, language: Language) -> Unit:
    quotable = text[start:end]
    words = plain_words(quotable)
    label = _LABEL.match(quotable) if is_item else None
    subject = _SUBJECT.match(quotable)
    return Unit(
        start,
        end,
        block,
        is_item,
        len(set(words)),
        frozenset(language.terms_of(words)),
        frozenset(language.terms(label[1])) if label else frozenset(),
        language.forms(plain_words(subject[1])) if subject else frozenset(),
        has_number(words),
        quotable.endswith(":"),
    )


def _item(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a list item or table row behind its label, if it has several, and then it as a whole."""
    label = _LABEL.match(text, start, end)
    sentences = list(_sentences(text, label.end() if label else start, end))
    if len(sentences) > 1:
        yield from sentences
    if len(sentences) < 2 or end - start <= MAX_QUOTATION:
        yield _stripped(text, start, end)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of one line begin and end, without the space around them."""
    cuts = list(_sentence_ends(text, start, end))
    for left, right in zip([start, *cuts], [*cuts, end], strict=True):
        for span in _short(text, left, right):
            yield _stripped(text, *span)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), start + len(words.rstrip())


def _sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    for match in _ENDING.finditer(text, start, end):
        following = text[match.end() : match.end() + 2].lstrip("\"'“‘«([")[:1]
        if (
            following.islower()
            or (match.start() - start <= NUMBER_LENGTH and text[start : match.start()].isdigit())
            or _ABBREVIATION.search(text[max(start, match.start() - 8) : match.end()])
        ):
            continue
        yield match.end()


def _short(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > MAX_QUOTATION:
        space = text.rfind(" ", start, start + MAX_QUOTATION)
        cut = space if space > start else text.find(" ", start + MAX_QUOTATION, end)
        if cut < 0:
            break
        yield start, cut
        start = cut + 1
    yield start, end
