"""Decide what may be shown of a line of Markdown that is still being written."""

import re

# Nothing but these may still become a heading, a list, a rule, a fence, an underlined heading or emphasis.
_ONLY_MARKERS = re.compile(r"[\s>#*+\-_=~`|:.)\d\[\]!(\\]*")
# A fence names its language, and a table row its cells, to the end of the line.
_FENCE_OR_ROW = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(?:`{3}|~{3}|\|)")
# The end of a line that further characters may turn into a link, an entity, an escape or emphasis. A bracket is
# waited for up to the length of a long link, so that a stray one does not hold the rest of its line back.
_FORMING = re.compile(r"(?:!?\[[^\[\]]{0,80}(?:\](?:\([^()\s]{0,300})?)?|&#?\w{0,8}|\\|[*_~`]+|!)$")
_BOLD = re.compile(r"\*\*")
_OPENS_EMPHASIS = re.compile(r"(?<![\w*])\*(?![\s*])")
_ENDS_EMPHASIS = re.compile(r"(?<![\s*])\*(?![\w*])")


def presentable(line: str) -> str:
    """Return the part of the line that will not turn into something else, its open emphasis closed; "" for none."""
    if _ONLY_MARKERS.fullmatch(line) or _FENCE_OR_ROW.match(line):
        return ""
    certain = _FORMING.sub("", line).rstrip()
    if _ONLY_MARKERS.fullmatch(certain):
        return ""
    return _closed(certain)


def presentable_code(line: str) -> str:
    """Return the line of an open fence, or "" if it may become the end of the fence."""
    return "" if _ONLY_MARKERS.fullmatch(line) else line


def _closed(line: str) -> str:
    if line.count("`") % 2:
        line += "`"
    if len(_BOLD.findall(line)) % 2:
        return line + "**"
    if len(_OPENS_EMPHASIS.findall(line)) > len(_ENDS_EMPHASIS.findall(line)):
        return line + "*"
    return line
