"""The words that are looked for, and the excerpt in which they are marked."""

from chat.text.hits import EXCERPT_CHARS, excerpt, words_of


def shown(text: str, query: str) -> str:
    """Return the excerpt with its hits in brackets."""
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in excerpt(text, words_of(query)))


def test_words_have_no_operators_in_them():
    assert words_of('"to be" OR NOT-to, be: * \0 (x)') == ["to", "be", "OR", "NOT", "to", "be", "x"]
    assert words_of("… — \ue000") == []


def test_whole_words_and_a_beginning_are_marked():
    assert shown("Day and daylight", "and day") == "[Day] [and] [daylight]"
    assert shown("Day and daylight", "day and") == "[Day] [and] daylight"


def test_accents_and_case_do_not_matter():
    assert shown("Ein FÊTE, ein fete", "fête") == "Ein [FÊTE], ein [fete]"


def test_a_long_text_is_cut_around_the_hit():
    text = "before " * 100 + "lantern" + " after" * 100
    found = shown(text, "lantern")
    assert found.startswith("… before")
    assert "[lantern]" in found
    assert found.endswith("after …")
    assert len(found) < EXCERPT_CHARS + 20


def test_an_endless_word_is_shown_with_its_hit():
    assert "[x" in shown("a " * 200 + "x" * 500, "x")


def test_without_a_hit_it_is_the_beginning():
    assert shown("Something else", "lantern") == "Something else"
    assert shown("", "lantern") == ""
