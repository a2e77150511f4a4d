"""The markers with which an answer names the passage it quotes, `[3]`, or says that there is no answer."""

import re

_NUMBER = r"\s*(?:passages?|sections?|nos?\.?|p\.|#|§)?\s*(\d{1,4})(?:\s*[,;–-]\s*#?\d{1,4})*(?:†[^\]】]{0,40})?\s*"
# Models also write [passage 3], [3, 5], [[3]] and 【3†source】. `[3](…)` is a link.
MARKER = re.compile(rf"\[\[{_NUMBER}\]\]|\[{_NUMBER}\](?!\()|【{_NUMBER}】", re.IGNORECASE)
NO_ANSWER = re.compile(r"\[\s*no[ _-]?answer\s*\]", re.IGNORECASE)
_FORMING = re.compile(r"(?:\[{1,2}|【)\s*[a-z#§._ -]{0,12}(?:\d[^\]】\[\n]{0,50})?(?:\]{0,2}|】?)", re.IGNORECASE)
_HALF = re.compile(
    r"[ \t]*(?:\[{1,2}|【)\s*(?:passages?|sections?|p\.|#|§|no[ _-]?a\w*)?\s*(?:\d[\d,;– -]*)?\]?\s*\Z", re.IGNORECASE
)
_WHOLE = re.compile(rf"[ \t]*(?:{MARKER.pattern}|{NO_ANSWER.pattern})", re.IGNORECASE)


def passage_of(marker: re.Match[str] | None) -> int | None:
    """Return the first number of a marker, None without one."""
    return next((int(number) for number in marker.groups() if number), None) if marker else None


def may_become_marker(text: str) -> bool:
    """Tell whether further characters can make a text that begins with a bracket a marker, or no marker again."""
    forming = _FORMING.fullmatch(text)
    return bool(forming) and not text.endswith(("]]", "】"))


def without_markers(text: str, is_last: bool = False) -> str:
    """Return text as it is shown: markers are for the server. The last text of a block may end in half of one."""
    text = _WHOLE.sub("", text)
    return _HALF.sub("", text) if is_last else text
