"""The direction in which languages are written, and blocks of an article that run the other way."""

import re
import unicodedata
from html import unescape

# Languages that are written from right to left, by the first part of their tags.
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})

# Hebrew, Arabic and their neighbours: texts without such letters, nearly all, need no closer look.
_LETTER = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
# A block, or a list up to the end of its first item.
_BLOCK = re.compile(r"<(p|ul|ol|blockquote)>(?=(.*?)</(?:p|li|blockquote)>)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def is_rtl(language: str) -> bool:
    """Return whether a language, such as "ar-EG", is written from right to left."""
    return language.lower().split("-")[0] in RIGHT_TO_LEFT


def with_directions(html: str, is_rtl: bool) -> str:
    """Return html with a `dir` on every paragraph, list and quotation that runs against the text around it."""
    if not is_rtl and not _LETTER.search(html):
        return html
    return _BLOCK.sub(lambda match: _directed(match, is_rtl), html)


def _directed(match: re.Match[str], is_rtl: bool) -> str:
    name, inner = match.groups()
    kinds = [unicodedata.bidirectional(sign) for sign in unescape(_TAG.sub("", inner))]
    right, left = sum(kind in ("R", "AL") for kind in kinds), kinds.count("L")
    if right == left or (right > left) == is_rtl:
        return match[0]
    return f'<{name} dir="{"rtl" if right > left else "ltr"}">'
