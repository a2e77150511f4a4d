"""Reads out of an answer, while it is being written, what it claims to quote: “exact words” [3], or a block quote.

`[3]` names the passage that the words are from. Models leave it out, double its brackets, or use other quotation
marks: all of that is read. Every decision is made once, from what has come so far, so that it never depends on how
the answer was cut into pieces. Whether the words are the article's is for others to find out.
"""

import re
from dataclasses import dataclass, field

from chat.text.markers import MARKER, NO_ANSWER, may_become_marker, passage_of
from chat.text.parser import answer_parser, words_of

# What stands between a closing quotation mark and the marker that belongs to it.
_BETWEEN = re.compile(r"[*_)]{0,3}[.,;:!?]?[*_)]{0,3}[ \t]{0,2}")
_SPECIAL = re.compile('[“”„«»"\\[【\n]')
_CLOSES = {"“": "”", "„": "“”", "«": "»", "»": "«", "”": "”", '"': '"'}
# These open a quotation in some languages and close it in others: here, too, where a word may begin.
_TWO_SIDED = '"”»'
_MAY_STAND_BEFORE = " \t\n\u00a0([{—–-*_>:/"
_QUOTE_LINE = re.compile(r" {0,3}>")
_QUOTE_SIGNS = re.compile(r"^ {0,3}(?:> ?)+", re.MULTILINE)
_BLOCK_START = re.compile(r" {0,3}(?:#{1,6}\s|[-*+]\s|1[.)]\s|`{3}|~{3}|\||(?:[-*_]\s*){3,}$)")
# A block quote ends at more than a paragraph does: at any item of a list, too.
_ENDS_QUOTE = re.compile(rf"{_BLOCK_START.pattern}| {{0,3}}(?:[-*+]|\d{{1,9}}[.)])(?:\s|$)")
# A line of nothing but signs is no words; one character more in it would make something else of it.
_ONLY_SIGNS = re.compile(r"[\s>#*+=~`|:_-]*|[\s>]*\d{1,9}[.)]\s*")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])\s+)*(`{3,}|~{3,})")
_ATTRIBUTION = re.compile(r"\n\s*(?:—|–|--?)\s?[^\n]*\Z")

# Longer than this nothing is quoted: the opening mark was a stray one.
MAX_CHARS = 2000
# Fewer words without a marker are a name or a term in quotation marks, not a quotation.
MIN_WORDS = 3
# In scripts that write no spaces so many characters do.
MIN_CHARS = 24


@dataclass(frozen=True)
class Quotation:
    """Words that an answer claims to quote; offsets are code points in the answer."""

    words: str  # without markup
    start: int  # of its opening mark
    end: int  # behind its closing mark: the place where it is marked as found or not
    passage: int | None = None  # the number that the answer names


@dataclass
class Quoting:
    """Takes an answer in pieces; holds text back until it is decided whether a marker belongs to a quotation."""

    says_no_answer: bool = False
    _text: str = ""  # from the first line on that is not done with
    _base: int = 0  # where that begins in the answer
    _line: int = 0  # where the line under way begins
    _at: int = 0  # what lies before was read
    _released: int = 0
    _open: list[tuple[str, int]] = field(default_factory=list)  # opening marks and their places
    _closed: tuple[int, int] | None = None  # a quotation that waits for its marker
    _fence: str = ""
    _quote: tuple[int, int] | None = None  # where a block quote begins, and where its last line ends
    _found: list[Quotation] = field(default_factory=list)

    def feed(self, piece: str) -> tuple[str, list[Quotation]]:
        """Return the text that may be stored and shown now, and the quotations that were completed in it."""
        is_settled = self._closed is None and self._released == len(self._text)
        self._text += piece
        if is_settled and not _SPECIAL.search(piece):  # nearly every piece
            self._at = self._released = len(self._text)
            return piece, []
        return self._read()

    def flush(self) -> tuple[str, list[Quotation]]:
        """Return what is left; the answer has ended, or broken off."""
        released, found = self._read(is_end=True)
        quote = self._quote
        if not self._fence and (line := self._text[self._line :]) and self._belongs_to_quote(line):
            quote = (quote[0] if quote else self._line, len(self._text))
        if quote:
            self._end_quote(quote)
        return released, found + self._take()

    def _read(self, is_end: bool = False) -> tuple[str, list[Quotation]]:
        while self._step(is_end):
            pass
        held = self._closed[1] - 1 if self._closed else self._at
        released, self._released = self._text[self._released : held], held
        self._let_go()
        return released, self._take()

    def _take(self) -> list[Quotation]:
        found, self._found = self._found, []
        return found

    def _let_go(self) -> None:
        """Forget the lines that nothing open reaches back to."""
        if self._line and not (self._open or self._closed or self._quote):
            done = min(self._line, self._released)
            self._text = self._text[done:]
            self._base += done
            self._line, self._at, self._released = self._line - done, self._at - done, self._released - done

    def _step(self, is_end: bool) -> bool:
        """Read on to the next character that matters; False when nothing more can be decided now."""
        if self._closed:
            return self._settle(*self._closed, is_end)
        match = _SPECIAL.search(self._text, self._at)
        place = match.start() if match else len(self._text)
        if not match or (match[0] in "[【" and not is_end and may_become_marker(self._text[place:])):
            self._at = place
            return False
        self._at = place + 1
        if match[0] == "\n":
            self._end_line(self._text[self._line : place])
            self._line = self._at
        elif match[0] in "[【":
            self.says_no_answer |= NO_ANSWER.match(self._text, place) is not None
        elif not self._is_deaf():
            self._take_mark(match[0], place)
        return True

    # --- quotation marks ------------------------------------------------------------------------------------

    def _is_deaf(self) -> bool:
        """Tell whether marks mean nothing here: in code, and in a block quote, which is a quotation as a whole."""
        line = self._text[self._line : self._at]
        if self._fence or _FENCE.match(line):
            return True
        if _BLOCK_START.match(line):
            self._drop_opened_before(self._line)
        if not self._belongs_to_quote(line):
            return False
        begin = self._quote[0] if self._quote else self._line
        return not _has_marks(self._text[begin : self._at])

    def _drop_opened_before(self, place: int) -> None:
        self._open = [(mark, at) for mark, at in self._open if at >= place]

    def _take_mark(self, mark: str, place: int) -> None:
        for depth in reversed(range(len(self._open))):
            if mark in _CLOSES[self._open[depth][0]]:
                self._closed = (self._open[depth][1], place + 1)
                del self._open[depth:]
                return
        before = self._text[place - 1 : place]
        if mark not in _TWO_SIDED or not before or before in _MAY_STAND_BEFORE:
            self._open.append((mark, place))

    def _settle(self, start: int, end: int, is_end: bool) -> bool:
        """Decide whether a marker follows the closing mark; False while that is open."""
        between = _BETWEEN.match(self._text, end)
        at = between.end() if between else end
        rest = self._text[at : at + 80]
        marker = MARKER.match(rest)
        if not is_end and (not rest or may_become_marker(rest)):
            return False
        self._closed = None
        if marker:
            self._at = at + marker.end()
        self._note(self._text[start + 1 : end - 1], start, end, marker)
        return True

    def _note(self, source: str, start: int, end: int, marker: re.Match[str] | None) -> None:
        if len(source) > MAX_CHARS:
            return
        words = _plain(_QUOTE_SIGNS.sub("", source))
        # Without a marker, marks within marks are those of the quoted words themselves.
        if marker or (not self._open and _is_long_enough(words)):
            self._found.append(Quotation(words, self._base + start, self._base + end, passage_of(marker)))

    # --- lines ----------------------------------------------------------------------------------------------

    def _end_line(self, line: str) -> None:
        """Take note of a complete line: of code, of a block quote, or of the end of either."""
        fence = _FENCE.match(line)
        if self._fence:
            self._fence = "" if fence and fence[1].startswith(self._fence) else self._fence
            return
        end = self._line + len(line.rstrip())
        if self._belongs_to_quote(line):
            self._quote = (self._quote[0] if self._quote else self._line, end)
            if not line.strip(" >"):
                self._open.clear()
            return
        if self._quote:
            self._end_quote(self._quote)
            self._quote = None
        self._fence = fence[1] if fence else ""
        if not line.strip() or _BLOCK_START.match(line):
            self._drop_opened_before(self._line if line.strip() else len(self._text))

    def _belongs_to_quote(self, line: str) -> bool:
        """Tell whether a line is one of a block quote; Markdown counts lines of text that follow one, too."""
        if _QUOTE_LINE.match(line):
            return True
        return bool(self._quote and line.strip() and not _ENDS_QUOTE.match(line))

    def _end_quote(self, quote: tuple[int, int]) -> None:
        """Note a block quote as a quotation, unless its author put marks around what is quoted in it."""
        start, end = quote
        source = self._text[start:end].rstrip()
        is_words = not _ONLY_SIGNS.fullmatch(source.rpartition("\n")[2])
        if _has_marks(source) or len(source) > MAX_CHARS or not is_words:
            return
        content = _QUOTE_SIGNS.sub("", source)
        markers = list(MARKER.finditer(content))
        words = _block_words(_ATTRIBUTION.sub("", MARKER.sub("", content).rstrip()))
        if words and (markers or _is_long_enough(words)):
            passage = passage_of(markers[-1] if markers else None)
            self._found.append(Quotation(words, self._base + start, self._base + start + len(source), passage))


def _has_marks(quote: str) -> bool:
    """Tell whether the words of a block quote begin with a quotation mark."""
    return _QUOTE_SIGNS.sub("", quote).lstrip(" *_\n")[:1] in ("“", "„", "«", "»", '"', "”")


def _is_long_enough(words: str) -> bool:
    return len(words.split()) >= MIN_WORDS or len(words) >= MIN_CHARS


def _plain(source: str) -> str:
    """Return the words of inline Markdown."""
    return " ".join(words_of(token) for token in answer_parser().parseInline(source)).strip()


def _block_words(source: str) -> str:
    """Return the words of blocks of Markdown, each block on a line of its own."""
    return "\n".join(words_of(token) for token in answer_parser().parse(source) if token.type == "inline")
