"""Counts characters but no white space: a text and the page made from it have that count in common, and no other."""

from bisect import bisect_left

# What HTML calls white space: the only characters that a page may have more or fewer of than its text.
_WHITE_SPACE = " \t\n\r\f"
_SPACES = frozenset(_WHITE_SPACE)


def letters(text: str, start: int = 0, end: int | None = None) -> int:
    """Return how many characters of `text[start:end]` are no white space."""
    start, end, _ = slice(start, end).indices(len(text))
    return max(0, end - start) - sum(text.count(space, start, end) for space in _WHITE_SPACE)


def end_of(text: str, count: int) -> int:
    """Return the offset right behind so many letters, or the end of the text."""
    return bisect_left(range(len(text)), count, key=lambda end: letters(text, 0, end))


def offset_after(text: str, count: int) -> int:
    """Return the offset of the letter before which so many stand, or the end of the text."""
    offset = end_of(text, count)
    while text[offset : offset + 1] in _SPACES:
        offset += 1
    return offset


def place(text: str, start: int, end: int) -> str:
    """Return where in a page the words `text[start:end]` stand: the letters before their first and up to their last."""
    before = letters(text, 0, start)
    return f"{before}-{before + letters(text, start, end)}"
