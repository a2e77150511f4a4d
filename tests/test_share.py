"""Sharing: a frozen copy for everyone with the address, and files to keep."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import Article, Conversation, Message, Share, Status, User
from tests.test_conversations import cite, exchange


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


@pytest.fixture
def conversation(article: Article, alice: User) -> Conversation:
    """Alice's, with one question, its answer, and what that quotes."""
    conversation = Conversation.objects.create(owner=alice, article=article, title="Bastille Day")
    citation = cite(exchange(conversation, text="It is “14 July”, **really**."), article)
    citation.number, citation.at = 1, 15
    citation.save()
    return conversation


def shared(page: Client, conversation: Conversation) -> str:
    """Make a link and return its path."""
    assert page.post(f"{conversation.get_absolute_url()}share/").status_code == 302
    return Share.objects.first().get_absolute_url()


def test_it_says_beforehand_who_will_see_what(page: Client, conversation: Conversation):
    text = page.get(f"{conversation.get_absolute_url()}share/").content.decode()
    for words in ("has 2 messages", "Everyone who has the link", "neither your name", "later is not included"):
        assert words in text
    assert not Share.objects.exists()


def test_everyone_reads_the_copy(page: Client, conversation: Conversation, alice: User):
    address = shared(page, conversation)
    response = Client().get(address)
    text = response.content.decode()
    assert ">When?</p>" in text
    assert "<p>It is “14 July”<a " in text
    assert "<strong>really</strong>" in text
    assert 'class="chip" href="/articles/feasts/?revision=1&amp;quote=' in text
    assert '<a href="/articles/feasts/" dir="auto">Feasts</a>' in text
    assert alice.username not in text
    assert alice.email not in text
    assert str(conversation.code) not in text


def test_search_engines_caches_and_other_sites_get_nothing_of_it(page: Client, conversation: Conversation):
    response = Client().get(shared(page, conversation))
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "private, no-store"
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_later_messages_are_not_included(page: Client, conversation: Conversation):
    address = shared(page, conversation)
    exchange(conversation, text="Something said later.")
    Conversation.objects.update(title="Renamed later")
    text = Client().get(address).content.decode()
    assert "Something said later." not in text
    assert "Renamed later" not in text


def test_what_is_being_written_is_not_included(page: Client, conversation: Conversation):
    going_on = exchange(conversation, Status.WRITING, text="Half an ans")
    Message.objects.filter(pk=going_on.parent.pk).update(text="A second question", parent=going_on.pk - 2)
    text = Client().get(shared(page, conversation)).content.decode()
    assert "14 July" in text
    assert "Half an ans" not in text
    assert "A second question" not in text


def test_a_revoked_copy_is_gone(page: Client, conversation: Conversation):
    address = shared(page, conversation)
    assert Client().get(address).status_code == 200
    page.post(f"{address}revoke/")
    assert Client().get(address).status_code == 404
    assert address not in page.get(f"{conversation.get_absolute_url()}share/").content.decode()


def test_several_copies_are_listed_and_revoked_one_by_one(page: Client, conversation: Conversation):
    first, second = shared(page, conversation), shared(page, conversation)
    assert first != second
    text = page.get(f"{conversation.get_absolute_url()}share/").content.decode()
    assert first in text
    assert second in text
    page.post(f"{first}revoke/")
    assert Client().get(second).status_code == 200


def test_only_its_owner_revokes_it(page: Client, client: Client, conversation: Conversation, bob: User):
    address = shared(page, conversation)
    client.force_login(bob)
    assert client.post(f"{address}revoke/").status_code == 404
    assert Client().get(address).status_code == 200


@pytest.mark.parametrize("gone", ["deleted", "owner"])
def test_a_copy_goes_with_what_it_is_a_copy_of(page: Client, conversation: Conversation, alice: User, gone: str):
    address = shared(page, conversation)
    if gone == "deleted":
        Conversation.objects.update(deleted_at=timezone.now())
    else:
        User.objects.filter(pk=alice.pk).update(is_active=False)
    assert Client().get(address).status_code == 404


def test_addresses_cannot_be_guessed(page: Client, conversation: Conversation):
    tokens = {shared(page, conversation).split("/")[2] for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) >= 43 for token in tokens)


def test_an_empty_conversation_is_not_shared(page: Client, alice: User):
    empty = Conversation.objects.create(owner=alice)
    assert page.post(f"{empty.get_absolute_url()}share/").status_code == 200
    assert not Share.objects.exists()


# --- files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ending", "kind"), [("md", "text/markdown; charset=utf-8"), ("json", "application/json")])
def test_a_file_has_the_address_of_every_citation(page: Client, conversation: Conversation, ending: str, kind: str):
    response = page.get(f"{conversation.get_absolute_url()}export.{ending}")
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"] == f'attachment; filename="bastille-day.{ending}"'
    assert "http://testserver/articles/feasts/?revision=1&quote=" in response.content.decode()


def test_the_json_can_be_read(page: Client, conversation: Conversation):
    told = json.loads(page.get(f"{conversation.get_absolute_url()}export.json").content)
    assert [message["role"] for message in told["messages"]] == ["user", "assistant"]
    assert told["messages"][1]["citations"][0]["exact"] == "14 July"
