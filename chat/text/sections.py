"""Cut an article into its sections and its plain text, with the offsets that citations point to."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from markdown_it.token import Token

from chat.text.parser import article_parser, words_of

TOP = "top"
# Ids that the pages themselves use, and `#top`, which every browser takes for the beginning of the page:
# a heading with one of these words gets a number, so that scripts and labels still find their own element.
_TAKEN = frozenset(
    f"{TOP} main article contents conversation messages message composer problem status key"
    " question-template reply-template citation-template next-template".split()
)
_NOT_IN_ANCHORS = re.compile(r"[^\w\s-]")
_GAPS = re.compile(r"[\s-]+")
# Enough to tell headings apart, and short enough for an address that people send each other.
_ANCHOR_LENGTH = 80


@dataclass(frozen=True)
class SectionText:
    """One section: the words from after its heading to the next heading, whatever the level of that."""

    position: int  # counted from 0
    level: int
    heading: str  # "" for the words before the first heading
    anchor: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Outline:
    """What an article says without its markup; `plain[section.start:section.end] == section.text` for each section."""

    plain: str
    sections: tuple[SectionText, ...]


def outline(body: str) -> Outline:
    """Return the plain text and the sections of an article.

    The plain text has exactly the characters that the rendered page shows, apart from white space: blocks are
    separated by an empty line, list items, table rows and hard line breaks by a newline, table cells by a tab.
    Bullets, numbers of list items and pictures are no words.
    """
    writer = _Writer()
    tokens = article_parser().parse(body)
    heading = None
    anchors = _Anchors()
    for token in tokens:
        if token.type == "heading_open" and token.level == 0:
            heading = token
        elif token.type == "inline" and heading is not None:
            words = words_of(token)
            writer.open_section(int(heading.tag[1]), words, anchors.of(words))
            heading = None
        else:
            writer.take(token)
    return writer.outline()


def set_anchors(tokens: list[Token]) -> None:
    """Give every heading that begins a section the id that `outline` reports as its anchor, in place."""
    anchors = _Anchors()
    for token, following in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0:
            token.attrSet("id", anchors.of(words_of(following)))


class _Anchors:
    """Make anchors from headings: lower-case words joined by hyphens, each only once."""

    def __init__(self) -> None:
        self._taken = set(_TAKEN)
        self._numbers: dict[str, int] = {}  # where to go on, so that many equal headings cost no more than others

    def of(self, heading: str) -> str:
        words = _GAPS.sub("-", _NOT_IN_ANCHORS.sub("", heading.lower()))
        base = words[:_ANCHOR_LENGTH].strip("-") or "section"
        number, anchor = self._numbers.get(base, 1), base
        while anchor in self._taken:
            number += 1
            anchor = f"{base}-{number}"
        self._numbers[base] = number
        self._taken.add(anchor)
        return anchor


@dataclass
class _Draft:
    """A section while its words are collected."""

    level: int
    heading: str
    anchor: str
    start: int
    end: int
    is_empty: bool = True


@dataclass
class _Writer:
    """Collect the plain text token by token."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    drafts: list[_Draft] = field(default_factory=list)
    depth: int = 0  # of lists and tables
    is_new_block: bool = True
    is_in_row: bool = False
    row_has_words: bool = False

    def open_section(self, level: int, heading: str, anchor: str) -> None:
        self.is_new_block = True
        self._write(heading)
        self.drafts.append(_Draft(level, heading, anchor, self.length, self.length))
        self.is_new_block = True

    def take(self, token: Token) -> None:
        if token.level == 0 and token.nesting >= 0:
            self.is_new_block = True
        if token.type in ("bullet_list_open", "ordered_list_open", "table_open"):
            self.depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close", "table_close"):
            self.depth -= 1
        elif token.type in ("tr_open", "tr_close"):
            self.is_in_row, self.row_has_words = token.nesting > 0, False
        elif token.type == "inline":
            self._add(words_of(token))
        elif token.type in ("fence", "code_block"):
            self._add(token.content.rstrip("\n"))

    def outline(self) -> Outline:
        plain = "".join(self.parts)
        return Outline(plain, tuple(_finished(index, draft, plain) for index, draft in enumerate(self.drafts)))

    def _add(self, words: str) -> None:
        if not words:
            return
        if not self.drafts:
            self.drafts.append(_Draft(1, "", TOP, 0, 0))
        start = self._write(words)
        draft = self.drafts[-1]
        if draft.is_empty:
            draft.start, draft.is_empty = start, False
        draft.end = self.length
        self.row_has_words = self.is_in_row

    def _write(self, words: str) -> int:
        """Append words, separated from what went before; return the offset at which they begin."""
        separator = self._separator() if self.length else ""
        self.parts += [separator, words]
        start = self.length + len(separator)
        self.length = start + len(words)
        self.is_new_block = False
        return start

    def _separator(self) -> str:
        if self.is_new_block:
            return "\n\n"
        if self.row_has_words:
            return "\t"
        return "\n" if self.depth else "\n\n"


def _finished(position: int, draft: _Draft, plain: str) -> SectionText:
    text = plain[draft.start : draft.end]
    return SectionText(position, draft.level, draft.heading, draft.anchor, text, draft.start, draft.end)
