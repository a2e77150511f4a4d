"""The difference of two texts: both can be read out of it, it names the words that changed, and it is fast."""

import random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.differences import WORDS_LIMIT, Kind, differences
from tests.text.strategies import markdown

ENTRIES = ["a", "b", "the", "feast", "of", "lanterns", ",", ".", "\n", "\n\n", "-", "##", "北京", "é", " ", "  \n"]
WORDS = st.lists(st.sampled_from(ENTRIES), max_size=60).map(" ".join)
# What a busy machine may take for two texts of the largest size; on an idle one it is a tenth.
SECS = 15
ARTICLE = "\n\n".join(f"## Part {n}\n\nSentence {n} tells of the lanterns in house {n}." for n in range(30))


def text_without(dropped, rows):
    """Return what is left of the rows without what was added, or without what was removed."""
    kept = [row for row in rows if row.kind != dropped]
    return "\n".join("".join(piece.text for piece in row.pieces if piece.kind != dropped) for row in kept)


def check(old, new):
    rows = differences(old, new)
    assert text_without(Kind.ADDED, rows) == old
    assert text_without(Kind.REMOVED, rows) == new
    return rows


def marked(old, new):
    """Return the difference in a line: [-removed-] and {+added+}."""
    signs = {Kind.ADDED: "{{+{}+}}", Kind.REMOVED: "[-{}-]"}
    rows = check(old, new)
    return "|".join("".join(signs.get(p.kind, "{}").format(p.text) for p in row.pieces) for row in rows)


@given(markdown(), markdown())
def test_both_texts_can_be_read_out_of_the_difference_of_any_two(old, new):
    check(old, new)


@given(WORDS, WORDS)
def test_both_texts_can_be_read_out_of_the_difference_of_texts_with_common_words(old, new):
    check(old, new)


@given(markdown(), markdown(), markdown())
def test_pieces_that_are_the_same_are_in_both(before, inner, after):
    rows = check(before + inner + after, before + after)
    assert all(piece.text for row in rows if row.kind == Kind.CHANGED for piece in row.pieces)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("The feast is in May.", "The feast is in June.", "The feast is in [-May-]{+June+}."),
        ("One two three.", "One three.", "One [-two -]three."),
        ("Wrapped\nlike this.", "Wrapped like\nthis.", "Wrapped[-\n-]{+ +}like[- -]{+\n+}this."),
        ("A whole paragraph.", "Nothing of it stayed!", "[-A whole paragraph.-]|{+Nothing of it stayed!+}"),
        ("中国的首都是北京。", "中国的首都是南京。", "中国的首都是[-北-]{+南+}京。"),
        ("The sad old dog sleeps in the house.", "The big new dog sleeps in the house.",
         "The [-sad old-]{+big new+} dog sleeps in the house."),
        ("a", "a\n", "a|{++}"),
        ("", "Text", "{+Text+}"),
        ("Same", "Same", "Same"),
    ],
)  # fmt: skip
def test_it_names_the_words_that_changed(old, new, shown):
    assert marked(old, new) == shown


def test_a_new_paragraph_is_added_between_lines_that_stay():
    kinds = [row.kind for row in check("One\n\nTwo", "One\n\nNew\n\nTwo")]
    assert kinds == [Kind.SAME, Kind.ADDED, Kind.SAME]


def test_unchanged_lines_are_folded_but_for_a_few():
    rows = check(ARTICLE, ARTICLE.replace("in house 15", "in the barn"))
    assert [(row.kind, row.line_count) for row in rows] == [
        (Kind.FOLDED, 59), (Kind.SAME, 3), (Kind.CHANGED, 1), (Kind.SAME, 3), (Kind.FOLDED, 53),
    ]  # fmt: skip


def test_equal_texts_are_folded_whole():
    assert [row.kind for row in check(ARTICLE, ARTICLE)] == [Kind.FOLDED]


def test_where_only_a_line_end_went_a_sign_shows_it():
    (row,) = check("Wrapped\nlike this.", "Wrapped like this.")
    assert [piece.shown for piece in row.pieces if piece.kind == Kind.REMOVED] == ["↵\n"]


def lines_of(seed, count, words=12):
    """Return lines of common words, a few of them equal, as in a long article."""
    source = random.Random(seed)
    return [" ".join(f"word{source.randrange(3000)}" for _ in range(words)) if n % 2 else "" for n in range(count)]


def edited():
    """Return a long article and the same with changes all over it."""
    lines = lines_of(1, 36_000)
    changed = list(lines)
    for place in random.Random(2).sample(range(len(lines)), 1500):
        changed[place] = changed[place].replace("word1", "changed1") + " end"
    return "\n".join(lines), "\n".join(changed)


# Up to 2 MB each; all but the first two are as hard as can be.
LARGE = {
    "edited": edited,
    "other": lambda: ("\n".join(lines_of(1, 36_000)), "\n".join(lines_of(3, 36_000))),
    "reversed": lambda: ("\n".join(lines_of(1, 36_000)), "\n".join(reversed(lines_of(1, 36_000)))),
    "two lines": lambda: ("x\ny\n" * 500_000, "y\nx\nx\n" * 330_000),
    "line ends": lambda: ("\n" * 1_900_000, "x\n" * 1_000_000),
    "two words": lambda: ("x y " * (WORDS_LIMIT // 8 - 1), "y x x " * (WORDS_LIMIT // 12 - 1)),
    "one line": lambda: ("word " * 400_000, "words and " * 200_000),
    "one word": lambda: ("a" * 2_000_000, "b" * 2_000_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_it_is_fast_with_the_largest_texts(name):
    old, new = LARGE[name]()
    begun = process_time()
    check(old, new)
    assert process_time() - begun < SECS
