"""Clean text that comes from outside: one kind of line end, no NUL characters, no broken surrogates."""

import re

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
# What the next piece may complete: a CR to CRLF, a first half of a surrogate pair to a character.
_UNDECIDED = re.compile("[\r\ud800-\udbff]$")


class Cleaner:
    """Clean a text that arrives in pieces; the cleaned pieces joined never depend on where it was cut."""

    def __init__(self) -> None:
        self._held = ""

    def decode(self, piece: str) -> str:
        """Return the clean text that is certain by now; at most one character waits for the next piece."""
        text = self._held + piece.replace("\0", "")
        self._held = text[-1] if _UNDECIDED.search(text[-1:]) else ""
        return _cleaned(text[: len(text) - len(self._held)])

    def flush(self) -> str:
        """Return what was waiting; the text has ended."""
        text, self._held = self._held, ""
        return _cleaned(text)


def clean(text: str) -> str:
    """Return the whole text with LF line ends, without NUL characters, each lone surrogate as U+FFFD."""
    return _cleaned(text.replace("\0", ""))


def _cleaned(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _LONE.search(text):
        text = _LONE.sub("\ufffd", _PAIR.sub(_joined, text))
    return text


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
