"""Search: whole words and a beginning, accents and case aside, one's own only, whatever is typed."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chat.models import Article, Conversation, Message, SearchEntry, Status, User
from chat.models.search import index
from chat.replies.ending import Outcome, end
from chat.replies.submit import Question, submit
from tests.test_conversations import exchange

SEARCH = "/conversations/search/"

# Operators of one index or the other, signs without a letter, letters that change their length, too much of anything.
ODD = [
    *[
        "'",
        '"',
        "*",
        "-",
        "--",
        "()",
        "NEAR(a b)",
        "NOT",
        "a AND",
        "words:x",
        "x:y",
        "^a",
        "a'b",
        "%",
        "%s",
        "\\",
        "&|!",
    ],
    *[
        "<->",
        ":*",
        "😀",
        "\ue0001",
        "\ue000",
        "½",
        "ﬁ",
        "İ",
        "٣",
        "\u0301",
        "",
        " ",
        "\0",
        "a\0b",
        "x" * 5000,
        "a " * 500,
    ],
]


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


def answered(owner: User, text: str, title: str = "A talk", article: Article | None = None) -> Message:
    """Store an answer that can be found."""
    reply = exchange(Conversation.objects.create(owner=owner, title=title, article=article), text=text)
    index(reply)
    return reply


def marks(page: Client, query: str) -> list[str]:
    """Return the words that are marked on the page with what was found."""
    response = page.get(SEARCH, {"q": query})
    assert response.status_code == 200
    return re.findall(r"<mark>(.*?)</mark>", response.content.decode())


def test_a_reply_and_its_question_are_found_once_the_reply_has_ended(page: Client, alice: User):
    reply, held = submit(alice, Question("What is a zeppelin?"))
    assert marks(page, "zeppelin") == []
    Message.objects.filter(pk=reply.pk).update(text="A dirigible.")
    end(reply.pk, held.token, Outcome(Status.COMPLETE))
    assert marks(page, "zeppelin") == ["zeppelin"]
    assert marks(page, "dirigible") == ["dirigible"]


def test_a_reply_that_went_on_is_indexed_anew(alice: User, page: Client):
    reply = answered(alice, "Bastille")
    Message.objects.filter(pk=reply.pk).update(text="Bastille Day")
    index(reply)
    assert SearchEntry.objects.count() == 2  # the question's, and one of the reply
    assert marks(page, "day") == ["Day"]


def test_a_hit_leads_to_its_message(page: Client, alice: User, article: Article):
    reply = answered(alice, "On <b>14 July</b>", "Storms & fires", article)
    text = page.get(SEARCH, {"q": "july"}).content.decode()
    assert f'href="{reply.conversation.get_absolute_url()}?message={reply.code}#m-{reply.code}"' in text
    assert "Storms &amp; fires" in text
    assert "Feasts" in text
    assert "&lt;b&gt;14 <mark>July</mark>&lt;/b&gt;" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("bastille", ["Bastille"]),
        ("BAST", ["Bastille"]),
        ("bast storm", []),  # only the last word is a beginning
        ("storm bast", ["storm", "Bastille"]),
        ("storm, bast!", ["storm", "Bastille"]),
        ('"storm" OR (bast*', []),
        ("tille", []),
        ("e-mail", ["e", "mail"]),
        ("example.org", ["example", "org"]),
        ("2026", ["2026"]),
        ("праздн", ["Праздник"]),
        ("storm’s", ["storm", "s"]),
    ],
)
def test_what_is_found(page: Client, alice: User, query: str, found: list[str]):
    answered(alice, "The storm’s Bastille: e-mail to storm@example.org, 2026. Праздник.")
    assert sorted(set(marks(page, query))) == sorted(set(found))


@pytest.mark.parametrize("query", ODD)
def test_it_answers_whatever_is_typed(page: Client, alice: User, query: str):
    answered(alice, "Nothing of that.")
    assert page.get(SEARCH, {"q": query}).status_code == 200


def test_nobody_finds_other_peoples_words(page: Client, alice: User, bob: User):
    answered(bob, "A secret lantern")
    assert marks(page, "lantern") == []
    assert marks(page, f"\ue000{bob.pk} lantern") == []
    assert marks(page, f"{bob.pk}") == []


def test_one_letter_does_not_find_the_owner_in_the_index(page: Client, alice: User):
    answered(alice, "Lantern")
    assert marks(page, str(alice.pk)) == []


def test_a_deleted_conversation_is_never_found(page: Client, alice: User):
    answered(alice, "A lantern")
    Conversation.objects.update(deleted_at=timezone.now())
    assert marks(page, "lantern") == []
    Conversation.objects.get().delete()
    assert not SearchEntry.objects.exists()


def test_what_is_archived_is_found(page: Client, alice: User):
    answered(alice, "A lantern")
    Conversation.objects.update(archived=timezone.now())
    assert marks(page, "lantern") == ["lantern"]


def test_accents_do_not_matter_for_the_mark(page: Client, alice: User):
    answered(alice, "Der Fête und Café")
    assert marks(page, "café") == ["Café"]


def test_many_hits_have_pages_newest_first(
    page: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(25):
        answered(alice, f"lantern {number}", f"Talk {number}")
    with django_assert_num_queries(4):  # session, user, index, messages
        first = page.get(SEARCH, {"q": "lantern"})
    second = page.get(SEARCH, {"q": "lantern", "before": str(first.context["older"])})
    titles = [hit.message.conversation.name for response in (first, second) for hit in response.context["hits"]]
    assert titles == [f"Talk {number}" for number in reversed(range(25))]


def test_a_very_long_answer_is_found_by_its_beginning(page: Client, alice: User):
    answered(alice, "lantern " + " ".join(map(str, range(60_000))) + " fireworks")
    assert marks(page, "lantern") == ["lantern"]
    assert marks(page, "fireworks") == []


def test_it_says_when_nothing_is_found(page: Client):
    assert "has this word" in page.get(SEARCH, {"q": "nothing"}).content.decode()
    assert "has all of these words" in page.get(SEARCH, {"q": "nothing here"}).content.decode()
