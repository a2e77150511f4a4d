"""Puts marks into an article's page, each behind so many letters of its text."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from html import unescape

from chat.text.letters import end_of, letters

# In sanitised HTML: a tag, whose attributes may hold ">", a character written as an entity, or plain characters.
_PIECE = re.compile(r"""<(?:"[^"]*"|'[^']*'|[^'">])*>|&[#\w]+;|[^<&]+|.""", re.DOTALL)


def with_marks(html: str, marks: Iterable[tuple[int, str]]) -> str:
    """Return html with each mark's HTML behind its number of letters, in their order; never inside of a link."""
    return "".join(_marked(html, deque(marks)))


def _marked(html: str, waiting: deque[tuple[int, str]]) -> Iterator[str]:
    count, is_in_link = 0, False
    for piece in _PIECE.findall(html):
        if piece.startswith("<"):
            yield piece
            is_in_link = piece.startswith("<a ") or (is_in_link and piece != "</a>")
            while waiting and waiting[0][0] <= count and not is_in_link:
                yield waiting.popleft()[1]
            continue
        before, done = count, 0
        count += letters(unescape(piece))
        while waiting and waiting[0][0] <= count and not is_in_link:
            wanted, mark = waiting.popleft()
            at = len(piece) if piece.startswith("&") else end_of(piece, wanted - before)
            yield piece[done:at] + mark
            done = at
        yield piece[done:]
