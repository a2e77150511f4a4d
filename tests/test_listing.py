"""The list of conversations: by time, in pages, with states; archive, delete and Undo."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chat.errors import NotFound
from chat.models import Article, Conversation, Message, Share, Status, User
from chat.replies.purge import purge
from chat.replies.submit import Question, submit
from tests.test_conversations import exchange

LIST = "/conversations/"
BESIDE = "/conversations/beside/"


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


@pytest.fixture
def conversation(article: Article, alice: User) -> Conversation:
    """Alice's, with one answered question that she has seen."""
    conversation = Conversation.objects.create(owner=alice, article=article, title="Bastille Day")
    Conversation.objects.update(seen=exchange(conversation).pk)
    return conversation


def text_of(page: Client, address: str = LIST) -> str:
    return page.get(address).content.decode()


def at(conversation: Conversation, moment: datetime) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(updated=moment)


# --- what stands in it ----------------------------------------------------------------------------------------


def test_it_shows_ones_own_newest_first(page: Client, alice: User, bob: User):
    for owner, title in ((alice, "Older"), (alice, "Newer"), (bob, "Private")):
        Conversation.objects.create(owner=owner, title=title)
    text = text_of(page)
    assert text.index("Newer") < text.index("Older")
    assert "Private" not in text


def test_an_empty_one_says_what_to_do(page: Client):
    assert "You have not asked anything yet." in text_of(page)


def test_it_is_grouped_by_time(page: Client, alice: User, monkeypatch: pytest.MonkeyPatch):
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    for title, ago in (("A", 0), ("B", 1), ("C", 2), ("D", 7), ("E", 8), ("F", 40)):
        at(Conversation.objects.create(owner=alice, title=title), now - timedelta(days=ago))
    shown = page.get(LIST).context["listing"].groups
    assert [(group.name, [row.conversation.name for row in group.rows]) for group in shown] == [
        ("Today", ["A"]),
        ("Yesterday", ["B"]),
        ("Previous 7 days", ["C", "D"]),
        ("November 2026", ["E"]),
        ("October 2026", ["F"]),
    ]


def test_it_names_the_article_and_a_reply_being_written(page: Client, conversation: Conversation):
    exchange(conversation, Status.WRITING)
    text = text_of(page)
    assert "Feasts ·" in text
    assert "being answered" in text


def test_an_answer_is_new_until_its_conversation_is_opened(page: Client, conversation: Conversation):
    assert "new answer" not in text_of(page)
    exchange(conversation)
    assert "new answer" in text_of(page)
    assert "new answer" in text_of(page, BESIDE)
    page.get(conversation.get_absolute_url())
    assert "new answer" not in text_of(page)


def test_an_answer_that_ends_before_the_readers_eyes_is_not_new(page: Client, conversation: Conversation):
    exchange(conversation)
    assert "new answer" in text_of(page, f"{BESIDE}?open={conversation.code}&seen=0")
    assert "new answer" not in text_of(page, f"{BESIDE}?open={conversation.code}&seen=1")
    assert "new answer" not in text_of(page)


def test_nobody_sees_for_somebody_else(client: Client, conversation: Conversation, bob: User, alice: User):
    exchange(conversation)
    client.force_login(bob)
    assert "Bastille" not in text_of(client, f"{BESIDE}?open={conversation.code}&seen=1")
    client.force_login(alice)
    assert "new answer" in text_of(client)


def test_the_open_conversation_is_in_the_list_beside_however_old(page: Client, alice: User, conversation: Conversation):
    at(conversation, timezone.now() - timedelta(days=400))
    Conversation.objects.bulk_create(Conversation(owner=alice, title=f"Number {n}") for n in range(31))
    assert "Bastille Day" not in text_of(page, BESIDE)
    text = text_of(page, f"{BESIDE}?open={conversation.code}")
    assert re.search(r'aria-current="page">Bastille Day<', text)
    assert re.search(
        r'<nav class="desk".*aria-current="page">Bastille Day<',
        text_of(page, conversation.get_absolute_url()),
        re.DOTALL,
    )


@pytest.mark.parametrize("query", ["?open=x", "?open=", "?before=x", "?before=00000000-0000-0000-0000-000000000000"])
def test_it_takes_any_address(page: Client, conversation: Conversation, query: str):
    assert "Bastille Day" in text_of(page, LIST + query)
    assert "Bastille Day" in text_of(page, BESIDE + query)


def test_its_version_changes_with_what_is_seen(page: Client, conversation: Conversation):
    def version() -> str:
        return re.search(r'data-version="(\w+)"', text_of(page, BESIDE))[1]

    seen = [version()]
    assert version() == seen[0]
    for change in (
        lambda: Conversation.objects.update(title="Other"),
        lambda: exchange(conversation, Status.WRITING),
        lambda: Message.objects.replies().update(status=Status.COMPLETE),
        lambda: Conversation.objects.update(updated=timezone.now()),
        lambda: page.post(f"{conversation.get_absolute_url()}delete/"),
    ):
        change()
        seen.append(version())
    assert len(set(seen)) == len(seen)


# --- pages ----------------------------------------------------------------------------------------------------


def test_it_takes_as_many_queries_for_many_as_for_one(
    page: Client, alice: User, article: Article, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(25):
        exchange(Conversation.objects.create(owner=alice, article=article, title=f"Number {number}"))
    with django_assert_num_queries(4):  # session, user, conversations, what was deleted just now
        page.get(LIST)


def test_a_long_one_has_pages(page: Client, alice: User):
    now = timezone.now()
    made = [Conversation(owner=alice, title=f"Number {n}") for n in range(65)]
    Conversation.objects.bulk_create(made)
    Conversation.objects.update(updated=now)  # of the same moment, all of them
    seen, address = [], LIST
    while address:
        response = page.get(address)
        seen += re.findall(r">(Number \d+)</a></h3>", response.content.decode())
        older = response.context["listing"].older
        address = f"{LIST}?before={older}" if older else ""
    assert len(seen) == 65
    assert len(set(seen)) == 65


# --- archive --------------------------------------------------------------------------------------------------


def test_an_archived_one_is_in_the_archive_and_comes_back(page: Client, conversation: Conversation):
    address = conversation.get_absolute_url()
    assert page.post(f"{address}archive/").url == LIST
    assert "Bastille Day" not in text_of(page)
    assert "Bastille Day" not in text_of(page, BESIDE)
    assert "Bastille Day" in text_of(page, f"{LIST}?archived=1")
    assert page.get(address).status_code == 200
    assert page.post(f"{address}unarchive/").url == f"{LIST}?archived=1"
    assert "Bastille Day" in text_of(page)


# --- delete and Undo ------------------------------------------------------------------------------------------


def test_deleting_asks_first(page: Client, conversation: Conversation):
    address = f"{conversation.get_absolute_url()}delete/"
    text = text_of(page, address)
    assert "Delete this conversation?" in text
    assert "undo this" in text
    assert "Bastille Day" in text_of(page)


def test_a_deleted_one_is_nowhere(page: Client, conversation: Conversation, alice: User):
    reply = conversation.messages.replies().get()
    share = Share.objects.create(conversation=conversation, snapshot={"title": "", "article": None, "messages": []})
    address = conversation.get_absolute_url()
    assert page.post(f"{address}delete/").url == f"{LIST}?deleted=1"
    for door in (address, f"{address}rename/", f"{address}share/", f"{address}export.md", share.get_absolute_url()):
        assert page.get(door).status_code == 404
    assert page.get(f"/replies/{reply.code}/events").status_code == 404
    assert page.post(address, {"message": "And?"}).status_code == 404
    assert "Bastille Day</a>" not in text_of(page) + text_of(page, BESIDE) + text_of(page, f"{LIST}?archived=1")
    assert ">Bastille Day</a>" not in text_of(page, "/articles/feasts/")


def test_deleting_is_undone(page: Client, conversation: Conversation):
    address = conversation.get_absolute_url()
    after = text_of(page, page.post(f"{address}delete/").url)
    assert "is deleted" in after
    assert f'action="{address}restore/"' in after
    assert page.post(f"{address}restore/").url == address
    assert page.get(address).status_code == 200
    assert page.post(f"{address}restore/").status_code == 404
    assert "is deleted" not in text_of(page)


def test_nobody_else_undoes_it(client: Client, page: Client, conversation: Conversation, bob: User):
    address = conversation.get_absolute_url()
    page.post(f"{address}delete/")
    client.force_login(bob)
    assert client.post(f"{address}restore/").status_code == 404
    assert "is deleted" not in text_of(client)


def test_what_is_being_written_in_it_is_stopped(page: Client, conversation: Conversation):
    reply = exchange(conversation, Status.WRITING)
    page.post(f"{conversation.get_absolute_url()}delete/")
    reply.refresh_from_db()
    assert reply.stop_requested_at is not None


def test_it_is_removed_when_the_time_for_undo_is_over(page: Client, conversation: Conversation, alice: User):
    other = Conversation.objects.create(owner=alice, title="Kept")
    page.post(f"{conversation.get_absolute_url()}delete/")
    assert purge() == 0
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now() - timedelta(minutes=11))
    assert purge() == 1
    assert list(Conversation.objects.all()) == [other]
    assert not Message.objects.exists()


def test_a_reply_that_has_not_ended_keeps_it_from_being_removed(conversation: Conversation):
    exchange(conversation, Status.WRITING)
    Conversation.objects.update(deleted_at=timezone.now() - timedelta(minutes=11))
    assert purge() == 0


def test_the_same_first_question_does_not_bring_a_deleted_one_back(alice: User):
    question = Question("When?", key=uuid.uuid4())
    submit(alice, question)
    Conversation.objects.update(deleted_at=timezone.now())
    with pytest.raises(NotFound):
        submit(alice, question)
