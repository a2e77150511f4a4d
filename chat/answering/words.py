"""What counts as a word when questions and sections are compared: terms, stems, stop words, numbers."""

import re
import unicodedata
from functools import lru_cache

# Scripts that write no spaces between words are compared character by character.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list written with spaces."""
    return frozenset(text.split())


# Words that say nothing about the subject of a question: grammar, question words, and what one says to a librarian.
STOP_WORDS = word_set(
    """
    a about above after again against all also am an and any are as at be because been before being below between both
    but by can could d did do does doing don down during each else ever few for from further had has have having he her
    here hers him his i if in into is isn it its itself just ll m may me might more most must my no nor not now of off
    on once only or other our out over own please re s same shall she should so some such t than that the their theirs
    them then there these they this those through to too under until up upon us ve very was we were will with would you
    your yours

    how what when where which who whom whose why

    article articles define describe explain happen happened happening happens give important know like mean means page
    say says tell text thing things
    """
)
PRONOUNS = word_set("he her hers him his it its she that their theirs them these they this those")
QUESTION_WORDS = word_set("how what when where which who whom whose why")
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
    folded = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(character for character in folded if not unicodedata.combining(character)))


def terms(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order, with repetitions."""
    return [stem(word) for word in plain_words(text) if word not in STOP_WORDS]


def has_number(text: str) -> bool:
    """Tell whether text names a number or a time of the year."""
    return any(word in NUMBER_WORDS or word[0].isdigit() for word in plain_words(text))
