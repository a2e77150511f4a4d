"""Where a continuation is joined to the text before it: nothing twice, nothing lost."""

import pytest

from chat.text.seam import Seam

BEGUN = "Bastille Day is the national day of France. It is celebrated on 14 July with parades and"
LONG = "The first feasts had no date: people danced when the harvest was in, and rested when it was eaten. " * 3


def joined(begun: str, *pieces: str) -> tuple[str, bool]:
    """Return the whole text, and whether the seam is torn."""
    seam = Seam(begun)
    new = "".join([seam.feed(piece) for piece in pieces])
    return begun + new + seam.flush(), seam.is_torn


@pytest.mark.parametrize(
    ("begun", "continuation", "whole"),
    [
        (BEGUN, " fireworks.", BEGUN + " fireworks."),
        (BEGUN, "and fireworks.", BEGUN + " fireworks."),
        (BEGUN, " parades and fireworks.", BEGUN + " fireworks."),
        (BEGUN, "It is celebrated on 14 July with parades and fireworks.", BEGUN + " fireworks."),
        (BEGUN, BEGUN + " fireworks.", BEGUN + " fireworks."),
        (BEGUN, "\n" + BEGUN + " fireworks.", BEGUN + " fireworks."),
        (BEGUN, BEGUN, BEGUN),
        ("It is Bast", "ille Day.", "It is Bastille Day."),
        ("It is Bast", "Bastille Day.", "It is Bastille Day."),
        ("It is a", "pple day.", "It is apple day."),
        ("It is a", "apple day.", "It is aapple day."),  # one letter is no repetition; rather a slip than a loss
        ("Two lines:\n\n", "Two men.", "Two lines:\n\nTwo men."),
        ("Happy birthday to you, ", "happy birthday dear Ann.", "Happy birthday to you, happy birthday dear Ann."),
        ("", " begins here", " begins here"),
        ("   ", "text", "   text"),
        (LONG, "They still do.", LONG + "They still do."),
        (LONG, LONG + "They still do.", LONG + "They still do."),
        (LONG * 5, LONG * 5 + "They still do.", LONG * 5 + "They still do."),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_continuation_is_joined_however_it_is_cut(begun: str, continuation: str, whole: str, size: int):
    pieces = [continuation[at : at + size] for at in range(0, len(continuation), size)]
    assert joined(begun, *pieces) == (whole, False)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_old_text_in_new_words_is_torn(size: int):
    again = LONG[:90] + "rising, and so on"
    pieces = [again[at : at + size] for at in range(0, len(again), size)]
    assert joined(LONG, *pieces)[1]


def test_what_is_new_is_not_held_back():
    seam = Seam(BEGUN)
    assert seam.feed(" f") == " f"
    assert seam.feed("and") == "and"
