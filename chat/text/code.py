"""Code in an answer: a box that scrolls, names its language, can be copied, and tells words apart."""

from html import escape

from markdown_it.token import Token
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String
from pygments.token import Token as AnyToken
from pygments.util import ClassNotFound

from chat.text.insets import has_signs

# Telling the words of longer code apart would hold up all other answers for longer than anyone should notice.
MAX_CHARS = 8_000
# What a theme has colours for; everything else looks like text.
_CLASSES = {Comment: "c", Keyword: "k", String: "s", Number: "m", Name.Function: "f", Name.Class: "f", Name.Tag: "k"}
CODE_CLASSES = frozenset(_CLASSES.values())


def is_open_fence(token: Token) -> bool:
    """Tell whether this is a fence whose closing line has not come."""
    lines = token.map[1] - token.map[0] if token.map else 0
    of_code = token.content.count("\n") + (token.content[-1:] not in ("", "\n"))
    return token.type == "fence" and lines == of_code + 1


def code_html(token: Token) -> str:
    """Return the HTML of a block of code; its words are told apart when it is complete."""
    lexer = _lexer(token.info.split()[0] if token.info.split() else "")
    is_told_apart = lexer and len(token.content) <= MAX_CHARS and not has_signs(token.content)
    code = _told_apart(token.content, lexer) if is_told_apart and not is_open_fence(token) else escape(token.content)
    name = lexer.name if lexer else "Code"
    return (
        f'<figure class="code" dir="ltr"><figcaption>{escape(name)}'
        ' <button type="button" class="copy">Copy</button></figcaption>'
        f'<pre tabindex="0" role="group" aria-label="{escape(name)}"><code>{code}</code></pre></figure>\n'
    )


def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, ensurenl=False, stripnl=False) if language else None
    except ClassNotFound:
        return None


def _told_apart(code: str, lexer: Lexer) -> str:
    return "".join(_span(kind, escape(words)) for kind, words in lexer.get_tokens(code))


def _span(kind: AnyToken, words: str) -> str:
    name = next((name for wide, name in _CLASSES.items() if kind in wide), "")
    return f'<span class="{name}">{words}</span>' if name and words.strip() else words
