"""Imported plain text keeps every word in its order, whatever Markdown would make of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.plain_text import markdown_of
from chat.text.sections import outline
from tests.text.strategies import markdown

ANY_LINES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30) | markdown(), max_size=20)
ITEM_MARK = re.compile(r"^[ \t]*- ", re.MULTILINE)
PAPER = "Sixty characters of a wrapped paragraph, and no more of them\nin any line of it.\n"


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def headings(text: str) -> list[str]:
    return [section.heading for section in outline(markdown_of(text)).sections if section.heading]


@given(ANY_LINES.map("\n".join))
def test_no_word_is_lost_or_changed_or_moved(text: str) -> None:
    assert words(outline(markdown_of(text)).plain) == words(text)


@given(ANY_LINES.map("\n".join))
def test_no_other_character_is_lost_either(text: str) -> None:
    text = re.sub(r"(?m)^[ \t]*(={3,}|-{3,})\s*$", "", text)  # lines that may underline a heading
    unmarked = "".join(ITEM_MARK.sub("", "\n".join(line.strip() for line in text.split("\n"))).split())
    assert "".join(outline(markdown_of(text)).plain.split()) == unmarked


@pytest.mark.parametrize(
    "line",
    [
        "*stars* and **more**, 2 * 3 * 4.",
        "snake_case and _under_ __it__.",
        "1. not a list",
        "1986) was a year.",
        "# no heading.",
        "C# and F #.",
        "> no quotation.",
        "<b>bold</b> <!-- no comment -->.",
        "&amp; &lt; &copy; &#65;.",
        "back\\slash \\* at the end\\",
        "    four spaces before.",
        "\ta tab before.",
        "`code` and ``` fences.",
        "[link](http://a.b) ![picture](c.png) [d]: e.",
        "~~struck~~.",
        "| a | table |.",
        "+ plus, = equals.",
        "-no item, --- no rule.",
        "http://a.b/c_d_e?f=1&g=2.",
        "two spaces at the end.  ",
    ],
)
def test_characters_that_mean_something_in_markdown_are_shown(line: str) -> None:
    plain = outline(markdown_of(f"Title\n\nFirst.\n{line}\nlast.")).plain
    assert plain == f"Title\n\nFirst.\n{line.strip()}\nlast."


@pytest.mark.parametrize("line", ["---|---", "===", "***", "* * *", "----", "~~~", "```", "|---|"])
def test_lines_of_signs_are_shown_between_paragraphs(line: str) -> None:
    assert outline(markdown_of(f"First a | b.\n\n{line}\n\nLast.")).plain == f"First a | b.\n\n{line}\n\nLast."


def test_short_lines_before_paragraphs_and_lists_are_headings() -> None:
    text = f"My title\n\nIntroduction\n{PAPER}\nReasons\n- one\n- two\n\nThe end\n\nA sentence.\n\nJane Doe\nParis"
    assert headings(text) == ["My title", "Introduction", "Reasons", "The end"]
    assert markdown_of(text).startswith("# My title\n\n## Introduction\n\nSixty")


@pytest.mark.parametrize(
    "line", ["It ends here.", "Really?", "For example:", "“Quoted.”", "9" * 5, "long " * 20, "- item"]
)
def test_other_lines_are_no_headings(line: str) -> None:
    assert headings(f"Some text.\n\n{line}\n\nA paragraph of text.") == []


def test_a_title_and_a_heading_may_follow_each_other() -> None:
    assert headings("Title\n\nChapter one\n\nIt was night.") == ["Title", "Chapter one"]


def test_an_underlined_line_is_a_heading_without_its_underline() -> None:
    assert markdown_of("Title\n=====\n\nText.\n\nMore\n----\nwords") == "# Title\n\nText.\n\n## More\n\nwords\n"


def test_items_are_items_with_their_indented_or_wrapped_lines() -> None:
    text = f"Some text.\n- one\n  goes on\n- {PAPER}Then a paragraph."
    sixty = "Sixty characters of a wrapped paragraph, and no more of them in any line of it."
    assert outline(markdown_of(text)).plain == f"Some text.\n\none goes on\n{sixty}\n\nThen a paragraph."


def test_wrapped_lines_are_joined_and_meant_ones_are_kept() -> None:
    verse = "Roses are red,\nviolets are blue."
    joined = PAPER.replace("\n", " ").strip()
    assert outline(markdown_of(f"{PAPER}\n{verse}")).plain == f"{joined}\n\n{verse}"


def test_every_long_line_is_a_paragraph() -> None:
    long = "word " * 30 + "end."
    assert outline(markdown_of(f"{long}\nHeading\n{long}\n{long}")).plain == f"{long}\n\nHeading\n\n{long}\n\n{long}"
