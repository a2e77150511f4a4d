"""Words that somebody looks for, and the part of a text in which they stand."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# What stands between words, in ASCII and in print; the index of PostgreSQL is made with the same list.
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\xa0¡«·»¿–—‘’‚“”„•…‹›"
# More words than that narrow nothing down.
MAX_WORDS, MAX_CHARS = 10, 200
# Enough around a hit to know what it was about: two lines.
BEFORE_CHARS, EXCERPT_CHARS = 60, 220

_TO_SPACE = str.maketrans(PUNCTUATION, " " * len(PUNCTUATION))


class Part(NamedTuple):
    """A part of an excerpt."""

    text: str
    is_hit: bool


class _Folding(dict[int, str]):
    """Letter to the same without accent and case; one letter always stays one, so that offsets hold."""

    def __missing__(self, code: int) -> str:
        letter = unicodedata.normalize("NFD", chr(code))[0].lower()
        self[code] = letter if len(letter) == 1 else chr(code)
        return self[code]


_folding = _Folding()


def words_of(query: str) -> list[str]:
    """Return the words that are looked for, without anything that a database could take for an operator."""
    kept = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in query[:MAX_CHARS])
    words = kept.translate(_TO_SPACE).split()
    return [word for word in words if any(map(str.isalnum, word))][:MAX_WORDS]


def excerpt(text: str, words: list[str]) -> list[Part]:
    """Return the part of a text around the first of the words, the last one being a beginning; else its beginning."""
    found = _pattern(words).search(text.translate(_folding)) if words else None
    at = found.start() if found else 0
    start = text.rfind(" ", 0, max(0, at - BEFORE_CHARS)) + 1 if at > BEFORE_CHARS else 0
    end = min(len(text), start + EXCERPT_CHARS)
    if end < len(text):
        end = max(text.rfind(" ", at + 1, end), found.end() if found else end)
    parts = list(_parts(text[start:end], words))
    return [Part("… ", False)] * (start > 0) + parts + [Part(" …", False)] * (end < len(text))


def _parts(text: str, words: list[str]) -> Iterator[Part]:
    done = 0
    for hit in _pattern(words).finditer(text.translate(_folding)) if words else ():
        yield Part(text[done : hit.start()], False)
        yield Part(text[hit.start() : hit.end()], True)
        done = hit.end()
    yield Part(text[done:], False)


def _pattern(words: list[str]) -> re.Pattern[str]:
    *whole, begun = (re.escape(word.translate(_folding)) for word in words)
    forms = "|".join([rf"{begun}[^\W_]*", *whole])
    return re.compile(rf"(?<![^\W_])(?:{forms})(?![^\W_])")
