"""The page that a quotation leads to: what it says when the article was edited since; and where its words stand."""

import re
from html import unescape

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from chat.models import Article, Citation, Section
from chat.text.letters import letters, place

OLD = "/articles/feasts/?revision=1&quote="
QUOTED = "People share bread."
CHANGED = "the quoted words no longer stand there"
KEPT = "the quoted words still stand there"
AS_TODAY = "The article has changed since: "


def span_of(article: Article, words: str) -> tuple[int, int]:
    """Return where words stand in the current text."""
    plain = article.revisions.latest("number").plain
    return plain.index(words), plain.index(words) + len(words)


def note_of(client: Client, quote: str, path: str = OLD) -> str:
    """Return the note of the page about the quoted words, "" for none."""
    response = client.get(path + quote)
    assert response.status_code == 200
    found = re.search(r'<p class="note" lang="en">(You are reading.*?)</p>', response.content.decode(), re.DOTALL)
    return unescape(found[1]) if found else ""


@pytest.fixture
def quote(article: Article) -> str:
    """The place of quoted words in the first revision, as the address has it."""
    start, end = span_of(article, QUOTED)
    return f"{start}-{end}"


def test_the_current_text_needs_no_note(client: Client, article: Article, quote: str):
    assert note_of(client, quote) == ""


def test_words_that_still_stand_there_are_linked_in_the_current_text(client: Client, article: Article, quote: str):
    article.publish("## Before\n\nAll new.\n\n## Our food\n\nToday, too: people share. **People** share bread.\n")
    note = note_of(client, quote)
    assert KEPT in note
    start, end = span_of(article, QUOTED)
    address = f"/articles/feasts/?revision=2&quote={start}-{end}#our-food:~:text=People%20share%20bread."
    assert f'<a href="{address}" data-place="' in note
    before = letters(article.revisions.get(number=2).plain, 0, start)
    assert f'data-place="{before}-{before + len("Peoplesharebread.")}"' in note
    assert note_of(client, "", address.split("#")[0]) == ""


def test_words_that_are_gone_are_said_to_be(client: Client, article: Article, quote: str):
    article.publish("## Food\n\nPeople share cake.\n")
    note = note_of(client, quote)
    assert CHANGED in note
    assert '<a href="/articles/feasts/">read the current one</a>' in note
    assert "data-place" not in note


@pytest.mark.parametrize(
    "bad",
    ["", "x", "5", "-", "5-", "-5", "7-3", "3-3", "0-999999", "1-2-3", "-1-4", "١-٤", "1e3-2e3", "9" * 40 + "-1",
     "0-1%00", "29-31"],
)  # fmt: skip
def test_a_bad_place_is_as_none(client: Client, article: Article, bad: str):
    article.publish("## Food\n\nPeople share cake.\n")
    note = note_of(client, bad)
    assert AS_TODAY in note
    assert "quoted words" not in note


def test_only_the_place_of_words_that_could_be_quoted_is_looked_up(client: Client, article: Article):
    long = "Many words. " * 1000
    article.publish(long)
    article.publish(long + "More.")
    page = "/articles/feasts/?revision=2&quote="
    assert KEPT in note_of(client, "0-1000", page)
    assert AS_TODAY in note_of(client, "0-11000", page)


def test_an_unknown_revision_is_not_found_whatever_is_quoted(client: Client, article: Article):
    assert client.get("/articles/feasts/?revision=9&quote=0-5").status_code == 404


def test_without_a_revision_a_place_says_nothing(client: Client, article: Article, quote: str):
    article.publish("## Food\n\nPeople share cake.\n")
    assert note_of(client, quote, "/articles/feasts/?quote=") == ""


def test_a_citation_says_where_its_words_stand_in_the_page(article: Article):
    start, end = span_of(article, QUOTED)
    section = Section.objects.get(anchor="food")
    plain = section.revision.plain
    citation = Citation(
        revision=section.revision, section=section, start=start, end=end, exact=plain[start:end],
        letters_before=letters(plain, 0, start),
    )  # fmt: skip
    assert citation.place == place(plain, start, end)
    assert citation.url == f"/articles/feasts/?revision=1&quote={start}-{end}#food:~:text=People%20share%20bread."


def test_a_quotation_without_words_in_an_article_has_no_place(db: None):
    missing = Citation(exact="never said", verdict="missing")
    assert (missing.url, missing.place) == ("", "")


@given(st.text(alphabet="ab \t\n\r\f\v\xa0\u3000\x1cé🎉"), st.integers(0, 9), st.integers(0, 9))
def test_letters_are_what_is_left_without_white_space(text: str, start: int, end: int):
    assert letters(text, start, end) == len(re.sub(r"[ \t\n\r\f]", "", text[start:end]))
