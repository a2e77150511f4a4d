"""What an editor should look at again in an article: its structure, its pictures, its links. Nothing is fetched."""

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token

from chat.text.parser import article_parser, words_of
from chat.text.sections import Outline, outline

# The title of the page is the first level: a text begins with the second.
FIRST_LEVEL = 2
_ARTICLES = "/articles/"


def remarks(body: str, is_address: Callable[[str], bool] = lambda slug: True) -> list[str]:
    """Return a sentence for each thing that readers would stumble over, in the order of the text.

    `is_address` tells whether there is an article at /articles/<slug>/.
    """
    found = outline(body)
    inlines = [token for token in article_parser().parse(body) if token.type == "inline"]
    anchors = {section.anchor for section in found.sections}
    return [
        *_of_headings(found),
        *(remark for inline in inlines for remark in _of_inline(inline.children or [], anchors, is_address)),
    ]


def _of_headings(found: Outline) -> Iterator[str]:
    level = FIRST_LEVEL - 1
    for section in found.sections:
        if not section.heading:  # what stands before the first one
            continue
        if section.level == 1:
            yield f"“{section.heading}” is a heading of the first level, which is the title’s: begin it with ##."
        elif section.level > level + 1:
            signs = "#" * (level + 1)
            yield f"“{section.heading}” skips a level: {signs} would follow here, not {'#' * section.level}."
        level = max(section.level, FIRST_LEVEL - 1)
    levels = [section.level for section in found.sections]
    for section, following in zip(found.sections, [*levels[1:], 0], strict=False):
        is_parent = following > section.level
        if section.heading and not section.text.removeprefix(section.heading).strip() and not is_parent:
            yield f"There is nothing under “{section.heading}”."


def _of_inline(children: Sequence[Token], anchors: set[str], is_address: Callable[[str], bool]) -> Iterator[str]:
    for at, token in enumerate(children):
        if token.type == "image" and not token.content.strip():
            yield f"The picture {token.attrGet('src')} has no text for those who do not see it: ![text](address)."
        elif token.type == "link_open":
            address = unquote(str(token.attrGet("href") or ""))
            end = next((n for n in range(at, len(children)) if children[n].type == "link_close"), at)
            shown = Token("inline", "", 0, children=list(children[at + 1 : end]))
            has_picture = any(child.type == "image" and child.content.strip() for child in shown.children or [])
            if not words_of(shown).strip() and not has_picture:
                yield f"A link to {address or 'nowhere'} has no words."
            if problem := _of_address(address, anchors, is_address):
                yield problem


def _of_address(address: str, anchors: set[str], is_address: Callable[[str], bool]) -> str:
    """Return what is wrong with the address of a link, "" for nothing."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return f"The link to {address} is not an address."
    if address.startswith("#"):
        return "" if address[1:] in anchors else f"The link to {address} leads nowhere: no heading has this name."
    if parts.scheme in ("http", "https"):
        if not host or " " in parts.netloc:
            return f"The link to {address} is not an address."
        return f"The link to {address} is not encrypted; try https." if parts.scheme == "http" else ""
    if parts.scheme in ("mailto", "tel"):
        return ""
    if parts.scheme or not address.startswith("/") or address.startswith("//"):
        return f"The link to {address or 'nowhere'} is neither a whole address nor one of this site (/articles/…/)."
    slug = parts.path.removeprefix(_ARTICLES).strip("/")
    if parts.path.startswith(_ARTICLES) and not is_address(slug):
        return f"The link to {parts.path} leads nowhere: there is no such article."
    return ""
