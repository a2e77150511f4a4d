"""What counts as a word when questions and sections are compared: words, English stems, numbers."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Scripts that write no spaces between words are compared character by character.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list written with spaces."""
    return frozenset(text.split())


NUMBER_WORDS = word_set(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty hundred thousand million
    first second third fourth fifth sixth seventh eighth ninth tenth sixteenth seventeenth eighteenth nineteenth
    twentieth century
    january february march april june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter midsummer midwinter
    """
)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return what a lower-case English word has in common with its other forms; short and other words as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _without_plural(word)
    word = word[:-3] + "y" if word.endswith("ied") and len(word) > 4 else word
    for ending in ("ingly", "edly", "ing", "ed", "ally", "ly"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and re.search("[aeiouy]", rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    word = word[:-2] if word.endswith("al") and len(word) >= 7 else word
    word = word[:-3] if word.endswith(("tion", "sion")) and len(word) >= 6 else word
    return word[:-1] if word.endswith("e") and len(word) >= 4 else word


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def plain_words(text: str) -> list[str]:
    """Return the words of text in lower case and without accents, so that people need not type them."""
    return _WORD.findall(_folded(text))


def has_number(words: Iterable[str]) -> bool:
    """Tell whether plain words name a number or a time of the year."""
    return any(word in NUMBER_WORDS or word[0].isdigit() for word in words)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(_without_marks, unicodedata.normalize("NFKD", text.casefold()))


def _without_marks(match: re.Match[str]) -> str:
    return "".join(character for character in match[0] if not unicodedata.combining(character))
