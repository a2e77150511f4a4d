"""An answer as Markdown that stands by itself: each quotation that was found has a footnote with its address."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from chat.models import Verdict
from chat.replies.live import Cited
from chat.text.markers import without_markers

# Markers are taken out of words only: in code the same signs mean something else.
_CODE = re.compile(r"(^ {0,3}```.*?^ {0,3}```|^ {0,3}```.*\Z|`[^`\n]*`)", re.DOTALL | re.MULTILINE)


def with_footnotes(text: str, citations: Sequence[Cited], origin: str) -> str:
    """Return the text of an answer without the model's markers; addresses of this site begin with the origin."""
    found = [cited for cited in citations if cited.verdict == Verdict.VERIFIED]
    notes = {cited.n: _note(cited, origin) for cited in found}
    signed = with_signs(text, found, lambda cited: f"[^{cited.n}]")
    return signed.rstrip() + "\n" + "".join(f"\n{note}" for note in notes.values())


def with_signs(text: str, citations: Sequence[Cited], sign: Callable[[Cited], str]) -> str:
    """Return the text of an answer with a sign behind each quotation, and without the model's markers."""
    parts, done = [], 0
    for at, cited in sorted(((cited.at, cited) for cited in citations if cited.at), key=lambda placed: placed[0]):
        parts += [_words(text[done:at]), sign(cited)]
        done = at
    return "".join(parts) + _words(text[done:])


def _words(source: str) -> str:
    """Return a part of an answer without markers."""
    return "".join(part if at % 2 else without_markers(part) for at, part in enumerate(_CODE.split(source)))


def _note(cited: Cited, origin: str) -> str:
    exact = " ".join(cited.exact.split())
    return f"[^{cited.n}]: “{exact}”, {cited.section}: <{urljoin(origin, cited.url)}>\n"
