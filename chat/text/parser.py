"""The two Markdown dialects of the site: what editors may write in articles, and what models may write in answers."""

from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat.text.code import code_html
from chat.text.formulas import formula, formula_html
from chat.text.markers import without_markers

# markdown-it marks the alignment of a table column with an inline style, which the content security policy forbids.
_ALIGNMENTS = {"text-align:left": "align-left", "text-align:center": "align-center", "text-align:right": "align-right"}


@lru_cache(maxsize=1)
def article_parser() -> MarkdownIt:
    """Return the parser of articles: CommonMark, tables and strikethrough; raw HTML is shown as the text it is."""
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@lru_cache(maxsize=1)
def answer_parser() -> MarkdownIt:
    """Return the parser of answers: that of articles with formulas, without link definitions and citations' markers.

    A definition would make one block of an answer depend on another, and would swallow a line such as `[1]: see above`.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("reference")
    # Before escaped characters become text like any other: \[3\] is no marker.
    parser.core.ruler.before("text_join", "markers", hide_markers)
    parser.inline.ruler.before("escape", "formula", formula)
    for kind in ("fence", "code_block"):
        parser.add_render_rule(kind, render_code)
    parser.add_render_rule("formula", render_formula)
    return parser


def render_code(
    renderer: RendererProtocol, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    """Render a block of code: a rule of the renderer."""
    return code_html(tokens[at])


def render_formula(
    renderer: RendererProtocol, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    """Render a formula: a rule of the renderer."""
    return formula_html(tokens[at])


def hide_markers(state: StateCore) -> None:
    """Take the markers out of the words of an answer."""
    for token in state.tokens:
        children = token.children or []
        for child in children:
            if child.type == "text" and ("[" in child.content or "【" in child.content):
                child.content = without_markers(child.content, is_last=child is children[-1])


def words_of(inline: Token) -> str:
    """Return the words that an inline token shows: no markup, no picture, a line break where one is meant."""
    return "".join(_word(child) for child in inline.children or [])


def use_classes(tokens: Sequence[Token]) -> None:
    """Turn the inline styles of table cells into classes, in place."""
    for token in tokens:
        if token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"class": _ALIGNMENTS.get(str(token.attrs["style"]), "")}


def _word(token: Token) -> str:
    if token.type in ("text", "code_inline", "text_special", "formula"):
        return token.content
    return {"softbreak": " ", "hardbreak": "\n"}.get(token.type, "")
