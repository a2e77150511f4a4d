"""Turn plain text into Markdown that shows the same words: headings and lists recognised, nothing taken for markup."""

import re
from dataclasses import dataclass

# A longer line is prose, whatever it ends with.
_HEADING_LENGTH = 80
# Text is wrapped at some width between these; where the longest line is shorter or longer, every line end is meant.
_WRAP_WIDTHS = range(50, 101)
# What Markdown reads anywhere in a line, and what only at the beginning of one.
_MARKUP = re.compile(r"[\\`*_\[\]<>&~|]|(?<!\S)#")
_MARKUP_AT_START = re.compile(r"[-+=]|\d+(?=[.)])")
_CLOSED = re.compile(r"[.!?…:;,。！？：；，、؟۔।][\"'”’»›)\]]*$")
_SENTENCE = re.compile(r"[.!?…。！？؟۔।][\"'”’»›)\]]*$")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_PAGE_BREAKS = re.compile("[\f\v]")


def markdown_of(text: str) -> str:
    """Return Markdown for plain text, with its title as `# ` if it begins with one, and other headings as `## `.

    A short line without closing punctuation before a paragraph or a list is a heading, and so is an underlined one; a
    line that begins with `- ` is a list item. Lines that were wrapped are joined, other line ends are kept.
    """
    lines = _lines(text)
    _find_headings(lines)
    before: _Line | None = None
    parts: list[str] = []
    for line in lines:
        parts += [_between(before, line), _written(line, is_title=before is None)]
        before = line
    return "".join(parts).lstrip("\n") + "\n"


@dataclass
class _Line:
    """A line as its author thought of it: wrapped lines joined."""

    rows: list[str]  # the lines of the file, without the mark of a list item
    is_item: bool
    follows_blank: bool
    is_heading: bool = False  # from the beginning only if it is underlined

    @property
    def words(self) -> str:
        return " ".join(self.rows)

    @property
    def is_long(self) -> bool:
        return len(self.words) > _HEADING_LENGTH

    @property
    def could_be_heading(self) -> bool:
        has_letter = any(character.isalpha() for character in self.words)
        return has_letter and not (self.is_item or self.is_long or _CLOSED.search(self.words))

    @property
    def is_prose_or_item(self) -> bool:
        return self.is_item or self.is_long or bool(_SENTENCE.search(self.words))


def _lines(text: str) -> list[_Line]:
    """Return the lines of the text; blank ones are only noted on those after them."""
    raw_rows = _PAGE_BREAKS.sub("\n\n", text).split("\n")
    width = max(len(row.strip()) for row in raw_rows)
    lines: list[_Line] = []
    last_row = ""
    for raw_row in raw_rows:
        row = raw_row.strip()
        if not row or not last_row or row.startswith("- "):
            if row:
                lines.append(_Line([row.removeprefix("- ").strip()], row.startswith("- "), not last_row))
        elif _UNDERLINE.fullmatch(row) and lines[-1].could_be_heading:
            lines[-1].is_heading = True
        elif not lines[-1].is_heading and _goes_on(lines[-1], last_row, raw_row, width):
            lines[-1].rows.append(row)
        else:
            lines.append(_Line([row], is_item=False, follows_blank=False))
        last_row = row
    return lines


def _goes_on(line: _Line, row: str, following: str, width: int) -> bool:
    """Tell whether the line ended only because the next word had no room in it, or is an item with an indented line."""
    if line.is_item and following[0] in " \t":
        return True
    has_no_room = len(row) + 1 + len(following.split()[0]) > width
    return width in _WRAP_WIDTHS and len(row) > width // 2 and has_no_room


def _find_headings(lines: list[_Line]) -> None:
    """Mark the headings; the first line is one if it could be, since nearly every text begins with its title."""
    leads = [False] * len(lines)
    for index in range(len(lines) - 2, -1, -1):
        following = lines[index + 1]
        is_chain = following.could_be_heading and following.follows_blank and leads[index + 1]
        leads[index] = following.is_prose_or_item or is_chain or index == 0
    before: _Line | None = None
    for line, leads_to_text in zip(lines, leads, strict=True):
        begins = before is None or line.follows_blank or before.is_heading or before.is_item or before.is_long
        line.is_heading = line.is_heading or (begins and leads_to_text and line.could_be_heading)
        before = line


def _between(before: _Line | None, line: _Line) -> str:
    """Return what separates two lines: a line end between items, a kept one inside a paragraph, else an empty line."""
    if before is None or line.follows_blank or before.is_heading or line.is_heading:
        return "\n\n"
    if before.is_item and line.is_item:
        return "\n"
    if before.is_item or line.is_item or before.is_long or line.is_long:
        return "\n\n"
    return "\\\n"


def _written(line: _Line, *, is_title: bool) -> str:
    rows = [_escaped(row) for row in line.rows]
    if line.is_heading:
        return ("# " if is_title else "## ") + " ".join(rows)
    return "- " + "\n  ".join(rows) if line.is_item else "\n".join(rows)


def _escaped(row: str) -> str:
    """Return the row with a backslash before everything that Markdown would not show as it is."""
    escaped = _MARKUP.sub(r"\\\g<0>", row)
    if at_start := _MARKUP_AT_START.match(escaped):
        end = at_start.end() if at_start[0].isdigit() else 0
        return f"{escaped[:end]}\\{escaped[end:]}"
    return escaped
