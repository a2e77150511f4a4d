"""Names of things as they stand inside an English question: with which letters, and whether they are names at all."""

import re
from collections.abc import Iterable

from chat.answering.words import word_set

MAX_NAME_CHARS = 50
MAX_NAME_WORDS = 7

# With one of these a phrase is no name: it points elsewhere, or is half a sentence.
_NEVER = word_set(
    """
    it its he him his she her hers they them their theirs this that these those there here we us our you your i me my
    what which who whom whose when where why how if as while because although though but or nor so than then
    is are was were be been being has have had do does did can could may might must will would shall should
    not no none nothing something anything everything everyone someone nobody every each another other others such
    some any many much most more few all both either neither one also only even still yet just perhaps however
    """
)
# A name does not begin with these.
_NOT_FIRST = word_set(
    """
    in on at by for from with of to after before during under over between among since until through without within
    across like unlike despite near around against along beyond once now today later and
    """
)
# "The result" and "a good example" are nothing by themselves.
_VAGUE = word_set(
    """
    first second third last next latter former following same result reason example aim goal problem question answer
    point purpose difference way thing fact best main rest number part kind sort type people person case
    """
)
# "Preparing for the day" is no name, "Thanksgiving in Canada" is one.
_BEHIND_A_VERB = word_set("a an the for to with from")
_ABSTRACT = re.compile(r"(tion|sion|ity|ism|ness|ment|ship|sis|logy|ics|graphy|ance|ence)s?$")
_ADJECTIVE = re.compile(r"(al|ous|ive|ary)$")
_OF_A_PEOPLE = re.compile(r"(ish|ese|ian|ean|rican|oman)$")
_PHRASE = re.compile(r"[^\W\d_](?:[^\W_]|[’'-])*(?: [^\W\d_](?:[^\W_]|[’'.-])*)*")
_ARTICLE = re.compile(r"(the|an?) ", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
# Behind another word or a comma: no sentence begins there.
_INSIDE = re.compile(r"(?:(?<=\w )|(?<=, ))[^\W\d_][\w’'-]*")


class Names:
    """Which words of a text are written with a capital only because a sentence begins with them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._lower: set[str] = set()
        self._capital: set[str] = set()
        self._seen: set[str] = set()
        for text in texts:
            words = set(_WORD.findall(text))
            self._lower.update(word for word in words if word[0].islower())
            self._seen.update(word.lower() for word in words)
            self._capital.update(word.lower() for word in _INSIDE.findall(text) if word[0].isupper())

    def knows(self, word: str) -> bool:
        """Tell whether a word stands elsewhere than at the beginning of a sentence."""
        return word.lower() in self._lower or word.lower() in self._capital

    def inside(self, phrase: str) -> str:
        """Return a phrase that stood at the beginning of a sentence as it is written within one."""
        first, space, rest = phrase.partition(" ")
        if not self._keeps_capital(first, rest):
            first = first[0].lower() + first[1:]
        return first + space + rest

    def heading(self, heading: str) -> str:
        """Return a heading as a phrase within a sentence: in Title Case, too, only names keep their capitals.

        A name is repeated in the text below it; a heading of one word that is not repeated is none.
        """
        first, *rest = self.inside(heading).split(" ")
        if not rest and first[1:].islower() and first.lower() not in self._seen:
            first = first.lower()
        return " ".join([first, *(word.lower() if word.lower() in self._lower else word for word in rest)])

    def _keeps_capital(self, first: str, rest: str) -> bool:
        lower = first.lower()
        if lower in ("a", "an", "the") or first[1:] != first[1:].lower():
            return lower not in ("a", "an", "the")
        if rest[:1].isupper():
            return True
        if lower in self._lower and lower not in self._capital:
            return False
        if not rest:
            return lower in self._capital or not _ABSTRACT.search(lower)
        is_known = lower in self._capital and not _ADJECTIVE.search(lower)
        return is_known or _OF_A_PEOPLE.search(lower) is not None or any(word[0].isupper() for word in rest.split())


def is_name(phrase: str, heading: str = "") -> bool:
    """Tell whether a phrase names something by itself, for a reader who has not read what stands before it."""
    if len(phrase) > MAX_NAME_CHARS or not _PHRASE.fullmatch(phrase) or phrase.endswith("."):
        return False
    article = _ARTICLE.match(phrase)
    words = phrase.lower().split()[1 if article else 0 :]
    if not words or len(words) > MAX_NAME_WORDS or words[0] in _NOT_FIRST or words[0].endswith("ly"):
        return False
    if not _NEVER.isdisjoint(words) or (words[0] in _VAGUE or (words[-1] in _VAGUE and "of" not in words)):
        return False
    if words[0].endswith("ing") and words[1:2] and words[1] in _BEHIND_A_VERB:
        return False
    # "The city" is one that was named before, unless the section is about it.
    is_known = words[0] in heading.lower().split() or phrase.split()[-1][0].isupper()
    return len(words) > 1 or article is None or article[1].lower() != "the" or is_known
