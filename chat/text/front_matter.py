"""Read the lines about a document that stand before it between two lines of `---`."""

import re

_NAMES = {"lang": "language"} | {name: name for name in ("title", "slug", "summary", "language", "questions")}
_ENTRY = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*)|$)")
_QUOTED = re.compile(r"""(["'])(.*)\1(?:\s+#.*)?""")
_BLOCK_SIGNS = {">", "|", ">-", "|-", ">+", "|+"}


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
        mark = quoted[1]
        return quoted[2].replace("\\" + mark if mark == '"' else mark * 2, mark)
    written = written.split(" #")[0].strip()
    return "" if written in _BLOCK_SIGNS else written
