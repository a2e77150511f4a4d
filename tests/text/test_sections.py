"""Sections point into the plain text, and the plain text is what the page shows."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given

from chat.text.markdown import article_html
from chat.text.sections import outline
from tests.text.strategies import markdown

ARTICLE = """Before *all*.

# First

A **bold** word
over two lines.

- one
- two
  - inner

## First

| name | day |
|------|----:|
|      | 14  |
| Eid  | 1   |

> said
>
> again

```python
x = 1
```
"""


class Page(HTMLParser):
    """Collects the words and the ids of a page, as a browser would."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.ids: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]


def without_spaces(text: str) -> str:
    return "".join(text.split())


@given(markdown())
def test_every_section_is_where_it_says(body: str) -> None:
    parts = outline(body)
    end = 0
    for section in parts.sections:
        assert parts.plain[section.start : section.end] == section.text
        assert end <= section.start <= section.end
        end = section.end


@given(markdown())
def test_the_plain_text_is_what_the_page_shows(body: str) -> None:
    assert without_spaces(outline(body).plain) == without_spaces("".join(Page(article_html(body)).words))


@given(markdown())
def test_every_anchor_is_once_in_the_page(body: str) -> None:
    sections = outline(body).sections
    anchors = [section.anchor for section in sections]
    assert all(anchors)
    assert len(set(anchors)) == len(anchors)
    assert Page(article_html(body)).ids == [anchor for anchor in anchors if anchor != "top"]


def test_blocks_lines_and_cells_are_told_apart() -> None:
    assert outline(ARTICLE).plain == (
        "Before all.\n\nFirst\n\nA bold word over two lines.\n\none\ntwo\ninner\n\nFirst\n\n"
        "name\tday\n14\nEid\t1\n\nsaid\n\nagain\n\nx = 1"
    )


def test_sections_have_level_heading_and_text() -> None:
    top, first, second = outline(ARTICLE).sections
    assert (top.position, top.level, top.heading, top.anchor, top.text) == (0, 1, "", "top", "Before all.")
    assert (first.level, first.heading, first.anchor) == (1, "First", "first")
    assert (second.level, second.anchor) == (2, "first-2")
    assert second.text.startswith("name\tday\n")


def test_a_heading_without_words_under_it_is_an_empty_section() -> None:
    empty, _ = outline("# One\n\n## Two\n\nText.").sections
    assert (empty.text, empty.start) == ("", empty.end)


def test_an_article_that_begins_with_a_heading_has_no_top() -> None:
    assert [section.anchor for section in outline("## Go\n\nText.").sections] == ["go"]
    assert outline("").sections == ()


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Prehistoric & ancient origins", "prehistoric-ancient-origins"),
        ("Göbekli Tepe", "göbekli-tepe"),
        ("北京 2008!", "北京-2008"),
        ("`seed_article` — how", "seed_article-how"),
        ("???", "section"),
        ("Top", "top-2"),
        ("Conversation", "conversation-2"),
        ("word " * 100, "-".join(["word"] * 16)),
    ],
)
def test_anchors_are_readable_and_never_those_of_the_page(heading: str, anchor: str) -> None:
    assert outline(f"## {heading}").sections[0].anchor == anchor


def test_a_heading_inside_a_quotation_begins_no_section() -> None:
    parts = outline("## A\n\n> ## B\n>\n> words")
    assert [section.heading for section in parts.sections] == ["A"]
    assert re.findall(r'id="[^"]*"', article_html("## A\n\n> ## B")) == ['id="a"']
