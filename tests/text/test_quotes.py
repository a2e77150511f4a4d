"""A quotation is found where its words stand, however they were typed, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.quotes import context, find

PLAIN = (
    "He said “don’t go” — it’s 14\u00a0July,\n\na cele\u00adbration of 1,000 people… "
    "cafe\u0301 and twenty–first. 北京是中国的首都。"
)


def found(quote: str, plain: str = PLAIN) -> str | None:
    span = find(quote, plain)
    return plain[span[0] : span[1]] if span else None


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("it's 14 July", "it’s 14\u00a0July"),
        ('"don\'t go" - it’s', "“don’t go” — it’s"),
        ("''don't go''", "“don’t go”"),
        ("«don’t go»", "“don’t go”"),
        ("go” -- it", None),
        ("July, a celebration", "July,\n\na cele\u00adbration"),
        ("  July,\ta\ncele\u00adbration ", "July,\n\na cele\u00adbration"),
        ("1,000 people...", "1,000 people…"),
        ("café and twenty-first.", "cafe\u0301 and twenty–first."),
        ("中国的首都", "中国的首都"),
    ],
)
def test_other_ways_to_type_the_same_words(quote: str, words: str | None) -> None:
    assert found(quote) == words


@pytest.mark.parametrize("quote", ["don", "cele", "bration", "uly", "1", "000", "cafe", "peop", "JULY", "it's 15 July"])
def test_parts_of_words_and_other_words_are_not_found(quote: str) -> None:
    assert found(quote) is None


@pytest.mark.parametrize("quote", ["", " ", "—", "“”", "…", "\u00ad", ",."])
def test_a_quote_without_a_word_is_never_found(quote: str) -> None:
    assert find(quote, PLAIN) is None


def test_an_elided_article_does_not_hide_a_word() -> None:
    assert found("Ouverture", "Toussaint l’Ouverture") == "Ouverture"


def test_the_place_asked_for_comes_first() -> None:
    plain = "a b. Then a b."
    assert find("a b", plain) == (0, 3)
    assert find("a b", plain, (5, 14)) == (10, 13)
    assert find("a b", plain, (4, 12)) == (0, 3)
    assert find("a b", plain, (1, 14)) == (10, 13)


def test_a_whole_word_is_found_behind_a_part_of_one() -> None:
    assert find("day", "daylight, day") == (10, 13)


def test_context_ends_where_the_text_ends() -> None:
    assert context("one two three", 4, 7) == ("one ", " three")
    assert context("one two three", 4, 7, 2) == ("e ", " t")


@given(st.text(st.sampled_from('ab é’"“—…-.\u00ad\u00a0\n'), max_size=60), st.data())
def test_whole_words_of_a_text_are_found_in_it(plain: str, data: st.DataObject) -> None:
    words = plain.split()
    start = data.draw(st.integers(0, len(words)))
    quote = " ".join(words[start : data.draw(st.integers(start, len(words)))])
    if any(character.isalpha() for character in quote):
        assert find(quote, plain) is not None


@given(
    st.text(st.sampled_from('ab é’"“—…-.\u00ad\u00a0\n')), st.text(st.sampled_from("ab '-. "), min_size=1, max_size=4)
)
def test_what_is_found_is_the_quote(plain: str, quote: str) -> None:
    span = find(quote, plain)
    if span is not None:
        assert find(quote, plain[span[0] : span[1]]) is not None
        assert plain[span[0] : span[1]].strip() == plain[span[0] : span[1]]
