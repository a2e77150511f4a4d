"""Which questions the pages and the door for the page's scripts offer, to begin with and to go on."""

import re
import uuid
from html import unescape

import pytest
from django.test import Client

from chat.answering import offer
from chat.models import Article, Citation, Conversation, Message, Role, Status, User


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


@pytest.fixture
def conversation(article: Article, alice: User) -> Conversation:
    """Alice's, without messages."""
    return Conversation.objects.create(owner=alice, article=article)


def offered(client: Client, path: str) -> list[str]:
    """Return the questions on a page's buttons."""
    text = client.get(path).content.decode()
    return [unescape(words) for words in re.findall(r'<button name="message" value="([^"]*)"', text)]


def exchange(conversation: Conversation, question: str = "When is Bastille Day?", status: str = Status.COMPLETE):
    earlier = conversation.messages.last()
    asked = Message.objects.create(conversation=conversation, role=Role.USER, text=question, parent=earlier)
    return Message.objects.create(
        conversation=conversation, role=Role.ASSISTANT, parent=asked, status=status, text="On 14 July."
    )


def cite(reply: Message, article: Article, words: str, anchor: str) -> None:
    start = article.revision.plain.index(words)
    section = article.revision.sections.get(anchor=anchor)
    at = {"section": section, "start": start, "end": start + len(words)}
    Citation.objects.create(reply=reply, ordinal=1, revision=article.revision, exact=words, **at)


def following(client: Client, reply: Message) -> list[str]:
    """Return what the door for scripts answers."""
    return client.get(f"/replies/{reply.code}/next").json()["questions"]


# --- to begin with --------------------------------------------------------------------------------------------


def test_an_article_offers_questions_from_its_text(client: Client, article: Article):
    assert offered(client, "/articles/feasts/") == ["When is Bastille Day?", "What does the article say about food?"]


def test_editors_questions_come_first_and_are_filled_up(client: Client, article: Article):
    article.questions = "Who shares cake?\nWhen is Bastille Day?"
    article.save()
    own = ["Who shares cake?", "When is Bastille Day?"]
    assert offered(client, "/articles/feasts/") == [*own, "What does the article say about food?"]
    assert offered(client, "/") == own[:1]


def test_three_questions_of_editors_are_enough_and_four_are_shown(client: Client, article: Article):
    for count, shown in ((3, 3), (4, 4), (6, 4)):
        article.questions = "\n".join(f"Question {number}?" for number in range(count))
        article.save()
        assert offered(client, "/articles/feasts/") == [f"Question {number}?" for number in range(shown)]


def test_a_new_text_brings_new_questions(client: Client, article: Article):
    article.publish("## Lamps\n\nThe Lamp Day of the town is 3 May, and it is for all.")
    assert offered(client, "/articles/feasts/") == ["When is the Lamp Day of the town?"]


def test_a_french_article_has_its_headings_marked_as_french(client: Client, article: Article):
    article.language = "fr"
    article.save()
    article.publish("## Le pain\n\nLe pain est pour tous.")
    text = client.get("/articles/feasts/").content.decode()
    assert re.search(r'<form class="questions"[^>]* lang="fr">', text)
    assert offered(client, "/articles/feasts/") == ["Le pain"]


def test_an_article_without_questions_shows_no_form(client: Client, article: Article):
    article.publish("Only words.")
    text = re.sub(r"<template.*?</template>", "", client.get("/articles/feasts/").content.decode(), flags=re.DOTALL)
    assert 'class="questions"' not in text


# --- to go on -------------------------------------------------------------------------------------------------


def test_a_complete_answer_is_followed_by_questions_about_what_stands_near(
    page: Client, conversation: Conversation, article: Article
):
    reply = exchange(conversation)
    cite(reply, article, "14 July", "national-days")
    questions = following(page, reply)
    assert questions == ["What does the article say about national days?", "What does the article say about food?"]
    assert offered(page, conversation.get_absolute_url()) == questions


def test_without_a_quotation_it_offers_the_articles_first_questions(page: Client, conversation: Conversation):
    assert following(page, exchange(conversation, "Who pays?")) == offered(page, "/articles/feasts/")


def test_what_was_asked_is_not_offered_again(page: Client, conversation: Conversation, article: Article):
    article.questions = "Who pays?"
    article.save()
    asked = ["Who pays?", "When is Bastille Day?", "What does the article say about food?"]
    replies = [exchange(conversation, question) for question in asked]
    assert following(page, replies[-1]) == []


def test_a_conversation_about_all_articles_goes_on_about_those_cited(page: Client, alice: User, article: Article):
    reply = exchange(Conversation.objects.create(owner=alice), "Who shares cake?")
    assert following(page, reply) == []
    cite(reply, article, "share cake", "food")
    assert following(page, reply) == ["When is Bastille Day?"]
    Article.objects.update(status="draft")
    assert following(page, reply) == []


@pytest.mark.parametrize("status", [status for status in Status.values if status != Status.COMPLETE])
def test_only_a_complete_answer_is_followed(page: Client, conversation: Conversation, status: str):
    reply = exchange(conversation, status=status)
    assert following(page, reply) == []
    assert offered(page, conversation.get_absolute_url()) == []


def test_only_the_last_answer_is_followed(page: Client, conversation: Conversation):
    first, last = exchange(conversation, "Who pays?"), exchange(conversation, "Who cooks?")
    assert following(page, first) == []
    assert following(page, last)


def test_a_question_that_is_being_answered_ends_the_offer(page: Client, conversation: Conversation):
    reply = exchange(conversation)
    Message.objects.create(conversation=conversation, role=Role.USER, text="And?", parent=reply)
    assert following(page, reply) == []
    assert offered(page, conversation.get_absolute_url()) == []


def test_a_conversation_whose_article_is_gone_has_no_offer(page: Client, conversation: Conversation):
    reply = exchange(conversation)
    Conversation.objects.update(article=None)
    assert following(page, reply) == []


def test_a_reader_who_may_not_read_the_article_is_offered_nothing(page: Client, conversation: Conversation):
    exchange(conversation)
    Article.objects.update(status="draft")
    assert offered(page, conversation.get_absolute_url()) == []


def test_the_door_is_the_owners(client: Client, conversation: Conversation, bob: User):
    path = f"/replies/{exchange(conversation).code}/next"
    assert client.get(path).status_code == 401
    client.force_login(bob)
    assert client.get(path).status_code == client.get(f"/replies/{uuid.uuid4()}/next").status_code == 404


def test_a_question_of_the_offer_is_asked_by_form(page: Client, conversation: Conversation):
    exchange(conversation)
    text = page.get(conversation.get_absolute_url()).content.decode()
    (form,) = re.findall(
        r'<form class="questions".*?</form>', re.sub(r"<template.*?</template>", "", text, flags=re.S), re.S
    )
    assert f'action="{conversation.get_absolute_url()}"' in form
    assert 'name="csrfmiddlewaretoken"' in form
    assert form.index("One could ask next") < form.index("<button")


def test_it_takes_two_queries_when_the_text_was_read(
    conversation: Conversation, article: Article, django_assert_num_queries
):
    reply = exchange(conversation)
    cite(reply, article, "14 July", "national-days")
    thread, shown = conversation.thread(), Article.objects.select_related("revision").get()
    first = offer.next_questions(thread, shown)
    with django_assert_num_queries(1):
        assert offer.next_questions(thread, shown) == first
