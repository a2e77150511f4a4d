"""Blocks that run against the text around them say so."""

import pytest

from chat.text.directions import is_rtl, with_directions

ARABIC = "يحتفل الناس"


@pytest.mark.parametrize(("language", "expected"), [("ar", True), ("ar-EG", True), ("HE", True), ("en", False)])
def test_a_language_has_a_direction(language: str, expected: bool):
    assert is_rtl(language) == expected


def test_a_text_of_one_direction_stays_as_it_is():
    html = "<h2>One</h2><p>Two <em>words</em>.</p><ul><li>Three</li></ul>"
    assert with_directions(html, False) == html


@pytest.mark.parametrize("block", ["<p>{}</p>", "<ul>\n<li>{}</li>\n</ul>", "<blockquote>\n<p>{}</p></blockquote>"])
def test_a_block_the_other_way_says_so(block: str):
    html = block.format(ARABIC)
    assert with_directions(f"<p>English</p>{html}", False).startswith(f'<p>English</p>{html.split(">")[0]} dir="rtl">')
    assert with_directions(html, True) == html
    assert ' dir="ltr">' in with_directions(f"<p>{ARABIC}</p>" + block.format("English"), True)


def test_most_letters_decide_and_tags_do_not_count():
    assert with_directions(f"<p>{ARABIC} <strong>a</strong></p>", False).startswith('<p dir="rtl">')


def test_a_block_without_letters_follows_the_text():
    assert with_directions(f"<p>12–13</p><p>{ARABIC}</p>", True).startswith("<p>12")
