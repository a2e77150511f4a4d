"""The blocks of an answer are the same however it arrived, and only its unfinished end is rendered again."""

import pytest
from hypothesis import given

from chat.text.blocks import Blocks, blocks_of
from tests.text.strategies import in_pieces, markdown

ANSWER = """The article says **when** it was [1]:

> “France 14 July”, in *National days*.

## More

- one with `code`
- two
  - nested

| a | b |
|---|--:|
| 1 | 2 |

```python
x = "**"

# no heading
```

Title
---
2 * 3 is 6."""


def shown_after(pieces: list[str]) -> dict[int, str]:
    """Return what a page shows that puts every block where it belongs."""
    blocks, page = Blocks(), {}
    for piece in pieces:
        page |= dict(blocks.feed(piece))
    return page | dict(blocks.finish())


def html_while_arriving(text: str) -> list[str]:
    """Return all HTML that is shown while a text arrives character by character."""
    blocks = Blocks()
    return [html for character in text for _, html in blocks.feed(character)]


@given(in_pieces(markdown()))
def test_the_last_blocks_do_not_depend_on_the_pieces(cut: tuple[str, list[str]]) -> None:
    text, pieces = cut
    assert list(enumerate(blocks_of(text))) == sorted(shown_after(pieces).items())


@given(markdown())
def test_one_character_at_a_time_gives_the_same_blocks(text: str) -> None:
    assert list(enumerate(blocks_of(text))) == sorted(shown_after(list(text)).items())


def test_each_block_is_one_element() -> None:
    tags = ["p", "blockquote", "h4", "ul", "div", "figure", "h4", "p"]
    assert [html[1:].split(">")[0].split()[0] for html in blocks_of(ANSWER)] == tags


def test_a_block_that_is_shown_is_not_sent_again() -> None:
    blocks = Blocks()
    assert [index for index, _ in blocks.feed("One.\n\nTwo")] == [0, 1]
    assert blocks.feed(".") == [(1, "<p>Two.</p>\n")]
    assert blocks.feed("\n") == []
    assert blocks.finish() == []


def test_an_empty_text_has_no_blocks() -> None:
    assert blocks_of("") == blocks_of("\n \n") == Blocks().finish() == []


def test_line_ends_of_any_kind_give_the_same_blocks() -> None:
    assert blocks_of(ANSWER.replace("\n", "\r\n")) == blocks_of(ANSWER)


@pytest.mark.parametrize(
    "beginning",
    [
        "**",
        "*",
        ">",
        "> ",
        "-",
        "- ",
        "1",
        "1.",
        "1. ",
        "#",
        "##",
        "`",
        "``",
        "```",
        "```py",
        "~~~",
        "|",
        "| a | b",
        "[",
        "![",
        "&",
        "\\",
    ],
)
def test_what_may_still_become_something_else_waits(beginning: str) -> None:
    assert Blocks().feed(beginning) == []
    assert Blocks().feed(f"Text.\n\n{beginning}") == [(0, "<p>Text.</p>\n")]


def test_what_waited_is_shown_at_the_end() -> None:
    blocks = Blocks()
    blocks.feed("42.")
    assert blocks.finish() == [(0, '<ol start="42">\n<li></li>\n</ol>\n')]


@pytest.mark.parametrize("unwanted", ["**", "[1", "](", "|", "`", "--", "~"])
def test_no_markup_is_seen_while_an_answer_arrives(unwanted: str) -> None:
    prose = ANSWER.replace('x = "**"', "x")
    assert not [html for html in html_while_arriving(prose) if unwanted in html.replace("[1]", "")]


def test_a_table_header_waits_for_the_line_after_it() -> None:
    blocks = Blocks()
    assert blocks.feed("| a |\n") == []
    assert "<table>" in blocks.feed("|---|\n")[0][1]


def test_a_fence_shows_its_code_before_it_is_closed() -> None:
    blocks = Blocks()
    [(index, html)] = blocks.feed("```py\nx = **1\ny")
    assert (index, html.endswith("<code>x = **1\ny</code></pre></figure>\n")) == (0, True)
    [(index, html)] = blocks.feed("\n``")
    assert (index, html.endswith("<code>x = **1\ny\n</code></pre></figure>\n")) == (0, True)
    [(index, html)] = blocks.feed("`\n")
    assert '<span class="m">1</span>' in html  # words are told apart once it is complete


@pytest.mark.parametrize(
    "formula", ["$a^2 + b$", "$$a$$", r"\(a\)", "\\[\na\n\\]", "$$\n\\frac{a}{b}\n$$"], ids=range(5)
)
def test_a_formula_waits_until_it_is_closed(formula: str) -> None:
    seen = html_while_arriving(f"It is **so** that {formula} holds.\n\nMore.")
    assert not [html for html in seen if "$" in html or "\\" in html or "frac" in html.replace("mfrac", "")]
    assert "<math" in "".join(blocks_of(f"Look: {formula}."))


@pytest.mark.parametrize("text", ["It costs $5 or $10.", "From $1,000 to 2$.", "A $ sign, a second $ sign."])
def test_money_is_no_formula_and_does_not_wait(text: str) -> None:
    assert "".join(blocks_of(text)) == f"<p>{text}</p>\n"
    assert f"<p>{text[:11]}</p>\n" in html_while_arriving(text)


@pytest.mark.parametrize(
    ("text", "times"), [(ANSWER + "\n\n", 10), ("- an item of **one** list\n", 70), ("words ", 70)]
)
def test_small_pieces_of_a_long_answer_cost_little(text: str, times: int) -> None:
    text = (text * 6000)[:6000]
    blocks = Blocks()
    changed = [html for start in range(0, len(text), 8) for _, html in blocks.feed(text[start : start + 8])]
    assert sum(map(len, changed)) < times * sum(map(len, blocks_of(text)))  # all of it each time would be 375 times
