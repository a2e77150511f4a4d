"""Cleaned text is the same however it was cut, and holds nothing a database or a client would stumble over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.clean import Cleaner, clean
from tests.text.strategies import in_pieces

ROUGH = st.lists(st.sampled_from(["\r", "\n", "\0", "a", "é", "🎉", "\ud83c", "\udf89", "\ud83c\udf89"])).map("".join)


def in_cleaned_pieces(pieces: list[str]) -> str:
    cleaner = Cleaner()
    return "".join([cleaner.decode(piece) for piece in pieces] + [cleaner.flush()])


@given(in_pieces(ROUGH))
def test_the_cleaned_text_does_not_depend_on_the_pieces(cut: tuple[str, list[str]]) -> None:
    text, pieces = cut
    assert in_cleaned_pieces(pieces) == clean(text)


@given(ROUGH)
def test_a_cleaned_text_can_be_stored_and_is_clean(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert not set(cleaned) & {"\r", "\0"}
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["a\r", "\nb"], "a\nb"),
        (["a\r", "\0", "\nb"], "a\nb"),
        (["a\r", "b\r"], "a\nb\n"),
        (["\n", "\r", "\r"], "\n\n\n"),
        (["\ud83c", "\udf89"], "🎉"),
        (["\ud83c", "x\udf89"], "\ufffdx\ufffd"),
        (["\ud83c"], "\ufffd"),
        (["a\0b"], "ab"),
    ],
)
def test_line_ends_surrogates_and_nul(pieces: list[str], expected: str) -> None:
    assert in_cleaned_pieces(pieces) == expected


def test_only_what_is_undecided_waits() -> None:
    cleaner = Cleaner()
    assert cleaner.decode("word\r") == "word"
    assert cleaner.decode("next") == "\nnext"
    assert cleaner.flush() == ""
