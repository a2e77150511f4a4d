"""Find quoted words in an article's plain text, however the quotation marks, dashes and spaces were typed."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# Characters that are not seen: soft hyphen, zero width space, word joiner, byte order mark.
_UNSEEN = "\u00ad\u200b\u2060\ufeff"
# What is written in several ways. A single space is left out: it is its own canonical spelling, and the most frequent.
_VARIANT = re.compile(
    rf"(?P<gap>[{_UNSEEN}]*(?:[^\S ]|\ (?=[\s{_UNSEEN}]))[\s{_UNSEEN}]*)"
    rf"|(?P<unseen>[{_UNSEEN}]+)"
    "|(?P<double>[“”„‟″«»]|''|``|‘‘|’’)"
    "|(?P<single>[‘’‚‛′`´ʼ])"
    "|(?P<dash>---?|[‐‑‒–—―−])"
    r"|(?P<dots>\.\.\.)"
    "|(?P<accented>[^\\W\\d_][\u0300-\u036f]+)"
)
_CANONICAL = {"gap": " ", "unseen": "", "double": '"', "single": "'", "dash": "-", "dots": "…"}
# Scripts that write no spaces between words: every place between two of their characters may end a quotation.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
# One article is searched for all quotations of a reply, and often for the next reply too.
_KEPT_ARTICLES = 16


def find(quote: str, plain: str, within: tuple[int, int] | None = None) -> tuple[int, int] | None:
    """Return where the quoted words begin and end in `plain`, preferably inside `within`; None if they are not there.

    White space, quotation marks, dashes, ellipses, composed accents and unseen characters may differ; nothing else
    may. Words and numbers are found whole, and a quote without a word is never found.
    """
    wanted = _spell(quote).text.strip()
    if not any(_is_in_word(character) for character in wanted):
        return None
    anywhere = None
    for span in _spans(wanted, _spell_article(plain)):
        if within is None or (within[0] <= span[0] and span[1] <= within[1]):
            return span
        anywhere = anywhere or span
    return anywhere


def places(words: str, plain: str) -> Iterator[tuple[int, int]]:
    """Yield every place where the words stand; what a reader selected may begin and end inside a word."""
    wanted = _spell(words).text.strip()
    if any(_is_in_word(character) for character in wanted):
        yield from _spans(wanted, _spell_article(plain), are_whole=False)


def context(plain: str, start: int, end: int, size: int = 32) -> tuple[str, str]:
    """Return up to `size` characters before and after the words, by which they can be told from equal words."""
    return plain[max(0, start - size) : start], plain[end : end + size]


@dataclass(frozen=True)
class _Variant:
    """One place where the canonical spelling differs from the text: its span here and its span there."""

    start: int
    end: int
    text_start: int
    text_end: int


@dataclass(frozen=True)
class _Spelling:
    """A text in canonical spelling, with the way back to the offsets of the text."""

    text: str
    variants: tuple[_Variant, ...]
    starts: tuple[int, ...]  # those of the variants, for bisect

    def text_span(self, index: int) -> tuple[int, int]:
        """Return where the canonical character at `index` stands in the text."""
        found = bisect_right(self.starts, index) - 1
        if found < 0:
            return index, index + 1
        variant = self.variants[found]
        if index < variant.end:
            return variant.text_start, variant.text_end
        start = variant.text_end + index - variant.end
        return start, start + 1


def _spell(text: str) -> _Spelling:
    """Return the text with one spelling of everything that is written in several ways."""
    parts: list[str] = []
    variants: list[_Variant] = []
    done = length = 0
    for match in _VARIANT.finditer(text):
        canonical = _CANONICAL.get(match.lastgroup or "")
        if canonical is None:
            canonical = unicodedata.normalize("NFC", match[0])
        start = length + match.start() - done
        variants.append(_Variant(start, start + len(canonical), match.start(), match.end()))
        parts += [text[done : match.start()], canonical]
        done, length = match.end(), start + len(canonical)
    parts.append(text[done:])
    return _Spelling("".join(parts), tuple(variants), tuple(variant.start for variant in variants))


_spell_article = lru_cache(maxsize=_KEPT_ARTICLES)(_spell)


def _spans(wanted: str, spelling: _Spelling, are_whole: bool = True) -> Iterator[tuple[int, int]]:
    """Yield every place of the text where the wanted words stand, whole or not."""
    at = spelling.text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (are_whole and (_cuts_before(spelling.text, at) or _cuts_after(spelling.text, end))):
            yield spelling.text_span(at)[0], spelling.text_span(end - 1)[1]
        at = spelling.text.find(wanted, at + 1)


def _cuts_before(text: str, start: int) -> bool:
    """Tell whether `start` is inside a word or a number, as the 5 of "1.5" is."""
    if start == 0 or not _is_in_word(text[start]):
        return False
    if text[start].isdigit() and text[start - 1] in ".,":
        return text[start - 2 : start - 1].isdigit()
    return _joins(text[start - 1], text[start])


def _cuts_after(text: str, end: int) -> bool:
    """Tell whether `end` is inside a word or a number: after the "don" of "don't", after the 1 of "1,000"."""
    if not _is_in_word(text[end - 1]) or end == len(text):
        return False
    following = text[end + 1 : end + 2]
    if text[end] == "'":
        return following.isalnum()
    if text[end] in ".,":
        return text[end - 1].isdigit() and following.isdigit()
    return _joins(text[end - 1], text[end])


def _joins(one: str, other: str) -> bool:
    """Tell whether two neighbouring characters belong to the same word."""
    return _is_in_word(one) and _is_in_word(other) and not (_SPACELESS.match(one) or _SPACELESS.match(other))


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.combining(character) > 0
