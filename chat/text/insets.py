"""Puts HTML of the site's own between the words of an answer: the chips of its quotations."""

import re
from collections.abc import Sequence
from typing import NamedTuple

# Unicode keeps these two for use inside a program; those in an answer are taken out before.
_BEGIN, _END = "\ufdd0", "\ufdd1"
_RESERVED = re.compile(f"[{_BEGIN}{_END}]")
_SIGN = re.compile(rf"{_BEGIN}(\d+){_END}")


class Inset(NamedTuple):
    """HTML that stands behind the first `offset` code points of an answer. It is trusted."""

    offset: int
    html: str


def with_signs(source: str, insets: Sequence[Inset], begin: int) -> str:
    """Return a part of an answer, which begins at an offset, with a sign at the place of each inset that is in it."""
    parts, done = [], 0
    places = sorted((inset.offset - begin, number) for number, inset in enumerate(insets))
    source = _RESERVED.sub("\ufffd", source)
    for place, number in places:
        if 0 < place <= len(source):
            parts += [source[done:place], f"{_BEGIN}{number}{_END}"]
            done = place
    return "".join([*parts, source[done:]])


def has_signs(text: str) -> bool:
    """Tell whether an inset belongs somewhere in the text."""
    return _BEGIN in text


def without_signs(text: str) -> str:
    """Return the value of an attribute without the signs that got into it: an inset belongs between tags."""
    return _SIGN.sub("", text)


def with_insets(html: str, insets: Sequence[Inset]) -> str:
    """Return sanitised HTML with the insets in the places of their signs."""
    return _SIGN.sub(lambda sign: insets[int(sign[1])].html, html) if _BEGIN in html else html
