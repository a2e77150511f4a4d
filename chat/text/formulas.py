r"""Formulas in an answer, LaTeX between dollars, \( and \), or \[ and \]: as MathML, which browsers show."""

import re
from functools import lru_cache
from html import escape

from latex2mathml.converter import convert
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chat.text.insets import without_signs

# As long as a formula gets on one page; longer ones are words that happen to stand between dollars.
MAX_CHARS = 1_000
# A dollar before a number and a space is money. `\[3\]` is an escaped bracket.
_MONEY = r"\d[\d.,]*(?:\s|$)"
_FORMULA = re.compile(
    rf"\$\$(?P<block>[^$]{{1,{MAX_CHARS}}})\$\$|\$(?!{_MONEY})(?P<inline>[^\s$](?:[^$\n]{{0,200}}[^\s$\\])?)\$(?!\d)"
    rf"|\\\((?P<round>.{{1,{MAX_CHARS}}}?)\\\)|\\\[(?!\s*[\d,; –-]+\\\])(?P<square>.{{1,{MAX_CHARS}}}?)\\\]",
    re.DOTALL,
)
# A stray dollar does not hold the rest of its line back for ever.
_OPEN = re.compile(
    rf"(?:\$\$[^$]{{0,{MAX_CHARS}}}\$?|\$(?!\$|{_MONEY})(?:[^\s$][^$\n]{{0,120}})?|\\(?:[(\[].{{0,{MAX_CHARS}}})?)\Z",
    re.DOTALL,
)
_ROWS = {"math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mstyle", "mpadded", "mphantom", "menclose"}
_LAID_OUT = {"mfrac", "msqrt", "mroot", "msup", "msub", "msubsup", "mover", "munder", "munderover"}
MATHML_TAGS = frozenset(_ROWS | _LAID_OUT | {"mtable", "mtr", "mtd"})
MATHML_ATTRIBUTES = {
    "math": {"display"},
    "mo": {"stretchy", "fence", "form", "separator", "minsize", "maxsize", "largeop", "movablelimits"},
    "mi": {"mathvariant"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mspace": {"width"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
}


def formula(state: StateInline, silent: bool) -> bool:
    """Recognise a formula: a rule of the inline parser."""
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = without_signs(next(part for part in found.groups() if part))
        token.markup = "block" if found["block"] or found["square"] else "inline"
    state.pos = found.end()
    return True


def formula_html(token: Token) -> str:
    """Return MathML that is not sanitised yet, or the source as code where that is no LaTeX."""
    return _mathml(token.content.strip(), token.markup)


def without_open_formula(text: str) -> str:
    """Return the part of a growing text before a formula that is not closed yet."""
    blanked = _FORMULA.sub(lambda found: "x" * len(found[0]), text)
    found = _OPEN.search(blanked)
    return text[: found.start()] if found else text


@lru_cache(maxsize=512)
def _mathml(latex: str, display: str) -> str:
    try:
        return convert(latex, display=display)
    except Exception:  # the library raises a dozen unrelated kinds, and a few more for what a model makes up
        return f"<code>{escape(latex)}</code>"
