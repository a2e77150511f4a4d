"""How citations look in an answer: a numbered link behind what was found, a plain word behind what was not."""

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join

from chat.replies.live import Cited
from chat.text.insets import Inset


def insets(citations: Iterable[Cited]) -> list[Inset]:
    """Return what stands behind each quotation of an answer."""
    return [Inset(cited.at, chip(cited)) for cited in citations if cited.at]


def chip(cited: Cited) -> str:
    """Return the HTML of one verdict."""
    if cited.verdict == "missing":
        return format_html('<span class="unfound" lang="en"> {}</span>', "not in the article")
    return format_html(
        '<a class="chip" href="{}" data-place="{}" aria-label="Quotation {}{}" aria-describedby="preview">{}</a>',
        cited.url, cited.place, cited.n, f", {cited.section}" if cited.section else "", cited.n,
    )  # fmt: skip


def notes(citations: Sequence[Cited], given: int | None, total: int | None) -> list[str]:
    """Return the blocks of HTML that follow an ended answer: where to look instead, and what the model did not get."""
    blocks: list[str] = []
    if nearest := [cited for cited in citations if cited.verdict == "nearest"]:
        links = format_html_join("", '<li><a href="{}" dir="auto">{}</a></li>', ((c.url, c.section) for c in nearest))
        blocks.append(
            format_html('<div class="nearest" lang="en"><p>The nearest sections:</p><ul>{}</ul></div>', links)
        )
    if given is not None and total is not None and given < total:
        words = "The text is longer than the model can read at once: it was given the {} of {} sections that fit best."
        blocks.append(format_html('<p class="note" lang="en">{}</p>', words.format(given, total)))
    return blocks
