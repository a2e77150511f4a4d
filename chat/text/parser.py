"""The two Markdown dialects of the site: what editors may write in articles, and what models may write in answers."""

from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

# markdown-it marks the alignment of a table column with an inline style, which the content security policy forbids.
_ALIGNMENTS = {"text-align:left": "align-left", "text-align:center": "align-center", "text-align:right": "align-right"}


@lru_cache(maxsize=1)
def article_parser() -> MarkdownIt:
    """Return the parser of articles: CommonMark, tables and strikethrough; raw HTML is shown as the text it is."""
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@lru_cache(maxsize=1)
def answer_parser() -> MarkdownIt:
    """Return the parser of answers: that of articles without link definitions.

    A definition would make one block of an answer depend on another, and would swallow a line such as `[1]: see above`.
    """
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("reference")


def words_of(inline: Token) -> str:
    """Return the words that an inline token shows: no markup, no picture, a line break where one is meant."""
    return "".join(_word(child) for child in inline.children or [])


def use_classes(tokens: Sequence[Token]) -> None:
    """Turn the inline styles of table cells into classes, in place."""
    for token in tokens:
        if token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"class": _ALIGNMENTS.get(str(token.attrs["style"]), "")}


def _word(token: Token) -> str:
    if token.type in ("text", "code_inline", "text_special"):
        return token.content
    return {"softbreak": " ", "hardbreak": "\n"}.get(token.type, "")
