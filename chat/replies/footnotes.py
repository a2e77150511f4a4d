"""An answer as Markdown that stands by itself: each quotation that was found has a footnote with its address."""

import re
from collections.abc import Sequence
from urllib.parse import urljoin

from chat.models import Verdict
from chat.replies.live import Cited
from chat.text.markers import without_markers

# Markers are taken out of words only: in code the same signs mean something else.
_CODE = re.compile(r"(^ {0,3}```.*?^ {0,3}```|^ {0,3}```.*\Z|`[^`\n]*`)", re.DOTALL | re.MULTILINE)


def with_footnotes(text: str, citations: Sequence[Cited], origin: str) -> str:
    """Return the text of an answer without the model's markers; addresses of this site begin with the origin."""
    found = [cited for cited in citations if cited.verdict == Verdict.VERIFIED]
    parts, done = [], 0
    for cited in sorted((cited for cited in found if cited.at), key=lambda cited: cited.at or 0):
        parts += [_words(text[done : cited.at]), f"[^{cited.n}]"]
        done = cited.at or done
    parts.append(_words(text[done:]))
    notes = {cited.n: _note(cited, origin) for cited in found}
    return "".join(parts).rstrip() + "\n" + "".join(f"\n{note}" for note in notes.values())


def _words(source: str) -> str:
    """Return a part of an answer without markers."""
    return "".join(part if at % 2 else without_markers(part) for at, part in enumerate(_CODE.split(source)))


def _note(cited: Cited, origin: str) -> str:
    exact = " ".join(cited.exact.split())
    return f"[^{cited.n}]: “{exact}”, {cited.section}: <{urljoin(origin, cited.url)}>\n"
