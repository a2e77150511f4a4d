"""What an answer claims to quote is read the same however the answer is cut, and half a marker is never let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.markers import MARKER, without_markers
from chat.text.quoting import MAX_CHARS, Quotation, Quoting
from tests.text.strategies import in_pieces

_FRAGMENTS = [
    *[
        "“",
        "”",
        '"',
        "„",
        "«",
        "»",
        "[",
        "]",
        "【",
        "】",
        "(",
        ")",
        "*",
        "**",
        "`",
        ">",
        "> ",
        "\n",
        "\n\n",
        " ",
        ".",
        "…",
    ],
    *[
        "one two three",
        "four",
        "[3]",
        "[[4]]",
        "[no answer]",
        "【5†source】",
        "[passage 6]",
        "[7, 8]",
        "- ",
        "1. ",
        "```\n",
    ],
    *[
        "“the exact words” [3]",
        "> quoted as a block\n",
        "> — *Heading* [2]\n",
        "![x](y)",
        "[x](http://a.b)",
        "# ",
        "| a |",
    ],
]


def answers() -> st.SearchStrategy[str]:
    """Draw answers full of quotation marks and markers, whole and broken."""
    return st.lists(st.sampled_from(_FRAGMENTS), max_size=30).map("".join)


def read(pieces: list[str]) -> tuple[list[str], list[Quotation]]:
    """Return what is let through after each piece and at the end, and all quotations."""
    quoting, released, found = Quoting(), [], []
    for step in (*(lambda piece=piece: quoting.feed(piece) for piece in pieces), quoting.flush):
        text, quotations = step()
        released.append(text)
        found += quotations
    return released, found


def quotations(text: str) -> list[tuple[str, int | None]]:
    return [(quotation.words, quotation.passage) for quotation in read([text])[1]]


@given(in_pieces(answers()))
def test_the_pieces_change_nothing(cut: tuple[str, list[str]]) -> None:
    text, pieces = cut
    released, found = read(pieces)
    assert "".join(released) == text
    assert found == read([text])[1] == read(list(text))[1]


@given(answers())
def test_a_quotation_is_known_no_later_than_the_text_behind_its_marker(text: str) -> None:
    quoting, length = Quoting(), 0
    for character in text:
        released, found = quoting.feed(character)
        before, length = length, length + len(released)
        for quotation in found:
            is_block = text[quotation.start] in " >"
            assert quotation.end <= length
            assert is_block or quotation.end > before


@given(answers())
def test_quotations_stand_where_they_say(text: str) -> None:
    for quotation in read([text])[1]:
        source = text[quotation.start : quotation.end]
        assert source[0] in '“„«»"” >'
        assert len(source) <= MAX_CHARS + 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It says “the exact words” [3].", [("the exact words", 3)]),
        ("It says “the exact words”[3].", [("the exact words", 3)]),
        ("It says “the exact words.” [3]", [("the exact words.", 3)]),
        ("It says “the exact words”. [3]", [("the exact words", 3)]),
        ("It says *“the exact words”* [3]", [("the exact words", 3)]),
        ("It says “the **exact** [words](http://a.b)” [3]", [("the exact words", 3)]),
        ('It says "the exact words" [3], and "other words too".', [("the exact words", 3), ("other words too", None)]),
        ("Er sagt „die genauen Worte“ [3].", [("die genauen Worte", 3)]),
        ("Il dit « les mots exacts » [3].", [("les mots exacts", 3)]),
        ("Er sagt »die genauen Worte« [3].", [("die genauen Worte", 3)]),
        ("Han säger ”de exakta orden” [3].", [("de exakta orden", 3)]),
        ("“one word” [[3]] “or more” 【4†source】 “and more” [passage 5] “and yet” [6, 7]",
         [("one word", 3), ("or more", 4), ("and more", 5), ("and yet", 6)]),
        ("A “name” or “short term” is no quotation.", []),
        ("But a “name” [2] is one.", [("name", 2)]),
        ("“the words “within marks” are inside” [3]", [("the words “within marks” are inside", 3)]),
        ("A stray “ and “the exact words” [3]", [("the exact words", 3)]),
        ("A stray “ in one paragraph\n\nand “the exact words” here", [("the exact words", None)]),
        ("“a quotation\nover two lines” [3]", [("a quotation over two lines", 3)]),
        ("- “one of a list” [1]\n- “two of a list” [2]", [("one of a list", 1), ("two of a list", 2)]),
        ("“the words [sic] stand” [3]", [("the words [sic] stand", 3)]),
        ("“the exact words” [3](http://a.b)", [("the exact words", None)]),
        ("“the exact words” [3", [("the exact words", None)]),
        ("“the exact wor", []),
        ("```\n“the words of code”\n```\n“the words of prose”", [("the words of prose", None)]),
        ("> The exact words.\n\nSo it is.", [("The exact words.", None)]),
        ("> The exact\n> words. [3]", [("The exact words.", 3)]),
        ("> The exact words.\n>\n> — *Heading* [3]", [("The exact words.", 3)]),
        ("> The exact words.\nand what Markdown adds", [("The exact words. and what Markdown adds", None)]),
        ("> The exact words.\n- “and one more item”",
         [("and one more item", None), ("The exact words.", None)]),
        ("> “The exact words”, in *Heading*.", [("The exact words", None)]),
        ("> one two three\n2) four five six", [("one two three", None)]),
        ("> one two three\n> ---", []),
        ("> one two three\n\n> four five six", [("one two three", None), ("four five six", None)]),
        ("“" + "word " * 500 + "”", []),
    ],
)  # fmt: skip
def test_what_models_write_is_read(text: str, expected: list[tuple[str, int | None]]) -> None:
    assert quotations(text) == expected


def test_an_answer_can_say_that_there_is_none() -> None:
    quoting = Quoting()
    quoting.feed("[No ans")
    assert not quoting.says_no_answer
    quoting.feed("wer] The article does not say.")
    assert quoting.says_no_answer


@pytest.mark.parametrize("marker", ["[3]", "[[3]]", "【3】", "[passage 3]", "[no answer]"])
def test_half_a_marker_is_never_let_through(marker: str) -> None:
    text = f"It says “the exact words” {marker} and goes on."
    quoting, shown = Quoting(), ""
    for character in text:
        shown += quoting.feed(character)[0]
        assert shown.count("[") == shown.count("]")
        assert shown.count("【") == shown.count("】")


def test_markers_are_not_shown() -> None:
    assert without_markers("“words” [3], more [[4]] and 【5†source】.") == "“words”, more and."
    assert without_markers("It is an array[i], and [sic].") == "It is an array[i], and [sic]."
    assert MARKER.fullmatch("[12]")
