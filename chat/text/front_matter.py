"""Read and write the lines about a document that stand before it between two lines of `---`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NAMES = {"lang": "language"} | {name: name for name in ("title", "slug", "summary", "language", "questions")}
_ENTRY = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*)|$)")
_QUOTED = re.compile(r"""(["'])(.*)\1(?:\s+#.*)?""")
EXACT = "exact: true"
# Values that every reader of YAML takes as they stand; others are written in quotation marks, with JSON's escapes.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ,.;!?()/’“”„«»…–—]*[\w.!?)’”»…])?")
_BLOCK_SIGNS = {">", "|", ">-", "|-", ">+", "|+"}


@dataclass(frozen=True)
class Entry:
    """A value, and the line of the file on which it begins, counted from 1."""

    value: str
    line: int


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return title, slug, summary, language and questions as far as given, and the text after the front matter.

    The questions stand one on a line. Other entries are skipped. Text that only begins with a rule, and says none of
    the five after it, is left whole.
    """
    first, *rest = text.split("\n")
    end = next((index for index, line in enumerate(rest) if line.rstrip() in ("---", "...")), None)
    if first.rstrip() != "---" or end is None:
        return {}, text
    entries = _entries(rest[:end])
    if not entries:
        return {}, text
    known = {_NAMES[name]: value for name, value in entries.items() if name in _NAMES}
    return (known, "\n".join(rest[end + 1 :])) if known else ({}, text)


def is_exact(data: bytes) -> bool:
    """Tell whether a file says that its text shall be taken as it stands, as exported files do."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").startswith(f"---\n{EXACT}\n".encode())


def front_matter(entries: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> str:
    """Return the lines before an exact text; what is empty is left out. `split_exact` reads them."""
    lines = ["---", EXACT]
    lines += [f"{name}: {_written(value)}" for name, value in entries.items() if value]
    for name, values in lists.items():
        lines += [f"{name}:", *(f"  - {_written(value)}" for value in values)] if values else []
    return "\n".join([*lines, "---", ""])


def split_exact(text: str) -> tuple[dict[str, Entry], str] | int:
    """Return every entry, and the text after them as it stands; instead the number of a line that cannot be read."""
    lines, mark, body = text.partition("\n---\n")
    if not mark:
        return 1
    entries: dict[str, Entry] = {}
    name = ""
    for number, line in enumerate(lines.split("\n")[1:], 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if entry := _ENTRY.fullmatch(line):
            name = entry[1].lower()
            entries[name] = Entry(_value(entry[2] or ""), number)
        elif name and (line[0] in " \t" or line.startswith("- ")):
            value = _continued(entries[name].value, line.strip(), is_list=name == "questions")
            entries[name] = Entry(value, entries[name].line)
        else:
            return number
    return entries, body


def _entries(lines: list[str]) -> dict[str, str]:
    """Return the entries of all lines; none if a line is no entry, no continuation of one and no comment."""
    entries: dict[str, str] = {}
    name = ""
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if entry := _ENTRY.fullmatch(line):
            name = entry[1].lower()
            entries[name] = _value(entry[2] or "")
        elif name and (line[0] in " \t" or line.startswith("- ")):
            entries[name] = _continued(entries[name], line.strip(), is_list=name == "questions")
        else:
            return {}
    return entries


def _continued(value: str, line: str, *, is_list: bool) -> str:
    """Return the value with one more line, which is an item of its own where the value is a list."""
    if not is_list:
        return f"{value} {line}".strip()
    return f"{value}\n{_value(line.removeprefix('- '))}".strip()


def _value(written: str) -> str:
    """Return a value without its quotation marks, or without a comment after it; "" where its lines only follow."""
    if quoted := _QUOTED.fullmatch(written.strip()):
        return quoted[2].replace("''", "'") if quoted[1] == "'" else _unescaped(quoted[2])
    written = written.split(" #")[0].strip()
    return "" if written in _BLOCK_SIGNS else written


def _unescaped(written: str) -> str:
    """Return what stands between double quotation marks; as it is, where its escapes are none."""
    try:
        value = str(json.loads(f'"{written}"', strict=False))
    except ValueError:
        return written.replace('\\"', '"')
    # Escapes could name what no database stores.
    return value.replace("\0", "").encode(errors="replace").decode()


def _written(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
