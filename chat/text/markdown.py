"""Turn Markdown into HTML that is safe to insert: whole articles, and single blocks of answers."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import nh3
from markdown_it.token import Token

from chat.text.boxes import with_boxed_tables
from chat.text.code import CODE_CLASSES
from chat.text.formulas import MATHML_ATTRIBUTES, MATHML_TAGS
from chat.text.insets import without_signs
from chat.text.parser import answer_parser, article_parser, use_classes, words_of
from chat.text.sections import set_anchors

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_WORDS = {"p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
_CODE = {"figure", "figcaption", "button", "span"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
_ALIGNED = {"align-left", "align-center", "align-right"}
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")
_WEB_OR_MAIL = re.compile(r"(https?://[^/\\]|mailto:[^/\\])", re.IGNORECASE)
# Of this site's own addresses an answer may link to articles only: opening one changes nothing.
_ARTICLE_LINK = re.compile(r"/articles/\w[\w%-]*/(?:#[\w%-]*)?")
# A page has one h1, the title of the article; headings of an answer stand below that of the conversation.
_ANSWER_HEADING_SHIFT = 2


def article_html(body: str) -> str:
    """Return the HTML of a whole article; top-level headings have the anchors of `sections.outline` as ids."""
    parser = article_parser()
    tokens = parser.parse(body)
    set_anchors(tokens)
    use_classes(tokens)
    return _ARTICLE.clean(str(parser.renderer.render(tokens, parser.options, {})))


def answer_html(source: str) -> str:
    """Return the HTML of one block of an answer, of which nothing is trusted: no pictures, ids or classes of its own.

    Links lead to the site's articles, or to http, https and mailto addresses, and then show the host they lead to.
    """
    return answer_tokens_html(answer_parser().parse(source))


def answer_tokens_html(tokens: Sequence[Token]) -> str:
    """Return the HTML of blocks of an answer that are parsed already; changes the tokens."""
    use_classes(tokens)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _ANSWER_HEADING_SHIFT, 6)}"
        elif token.type == "inline":
            token.children = _guarded(token.children or [])
        token.info = without_signs(token.info)
    parser = answer_parser()
    return with_boxed_tables(_ANSWER.clean(str(parser.renderer.render(tokens, parser.options, {}))))


def _guarded(children: list[Token]) -> list[Token]:
    """Return inline tokens with pictures as their descriptions, and links only where they lead, and say where."""
    guarded: list[Token] = []
    href, shown = "", ""
    for token in children:
        if token.type == "link_open":
            href, shown = str(token.attrs.get("href", "")), ""
        if "title" in token.attrs:
            token.attrs["title"] = without_signs(str(token.attrs["title"]))
        if token.type in ("link_open", "link_close"):
            guarded += _link(token, href, shown)
            continue
        if token.type == "image":
            token = Token("text", "", 0, content=words_of(token))
        shown += token.content
        guarded.append(token)
    return guarded


def _link(token: Token, href: str, shown: str) -> list[Token]:
    """Return the tokens for one end of a link: none if it leads nowhere, its host if the words do not show that."""
    if not _may_lead_to(href):
        return []
    host = _host_of(href)
    if token.type == "link_open" or not host or host in (shown.strip().lower(), _host_of(shown.strip())):
        return [token]
    return [token, Token("text", "", 0, content=f" ({host})")]


def _may_lead_to(href: str) -> bool:
    return bool(_WEB_OR_MAIL.match(href) or _ARTICLE_LINK.fullmatch(href))


def _host_of(href: str) -> str:
    if not _WEB_OR_MAIL.match(href):
        return ""
    try:
        return urlsplit(href).hostname or ""
    except ValueError:
        return ""


def _article_attribute(tag: str, name: str, value: str) -> str | None:
    if name in ("href", "src"):
        return None if _leaves_the_site_unseen(value) else value
    if tag == "code" and name == "class":
        return value if _LANGUAGE.fullmatch(value) else None
    return value


def _answer_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _may_lead_to(value) else None
    return value


def _leaves_the_site_unseen(address: str) -> bool:
    """Tell whether an address without a scheme leads to another host, as `//host` and what browsers take for it do."""
    return re.sub(r"[\x00-\x20]", "", address).replace("\\", "/").startswith("//")


_ARTICLE = nh3.Cleaner(
    tags=_HEADINGS | _WORDS | _TABLES | {"img"},
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt", "title"},
        "ol": {"start"},
        "code": {"class"},
        **{heading: {"id"} for heading in _HEADINGS},
    },
    allowed_classes={"th": _ALIGNED, "td": _ALIGNED},
    attribute_filter=_article_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)

_ANSWER = nh3.Cleaner(
    tags=_HEADINGS | _WORDS | _TABLES | _CODE | MATHML_TAGS,
    attributes={
        "a": {"href", "title"},
        "ol": {"start"},
        "figure": {"dir"},
        "pre": {"tabindex", "role", "aria-label"},
        "button": {"type"},
        **MATHML_ATTRIBUTES,
    },
    allowed_classes={"th": _ALIGNED, "td": _ALIGNED, "figure": {"code"}, "button": {"copy"}, "span": set(CODE_CLASSES)},
    attribute_filter=_answer_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)
