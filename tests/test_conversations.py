"""The pages of a reader's own conversations, as a browser without scripts uses them."""

import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from chat.models import Article, ArticleStatus, Citation, Conversation, Message, Role, Status, User
from chat.replies import writer
from chat.replies.claim import Claim
from tests.reader import TOKEN, Reader

NEW = "/conversations/"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Take the place of the writer: the claims that it should have started on."""
    claims: list[Claim] = []
    monkeypatch.setattr(writer, "start", claims.append)
    return claims


@pytest.fixture
def conversation(article: Article, alice: User) -> Conversation:
    """Alice's, without messages."""
    return Conversation.objects.create(owner=alice, article=article, title="Bastille Day")


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


def exchange(conversation: Conversation, status: str = Status.COMPLETE, text: str = "On 14 July.", **fields: object):
    earlier = conversation.messages.last()
    question = Message.objects.create(conversation=conversation, role=Role.USER, text="When?", parent=earlier)
    fields = {"heartbeat_at": timezone.now(), **fields}
    return Message.objects.create(
        conversation=conversation, role=Role.ASSISTANT, parent=question, status=status, text=text, **fields
    )


def cite(reply: Message, article: Article) -> Citation:
    section = article.revision.sections.get(anchor="national-days")
    start = article.revision.plain.index("14 July")
    return Citation.objects.create(
        reply=reply, ordinal=1, revision=article.revision, section=section, exact="14 July", start=start, end=start + 7
    )


def words_in_box(response) -> str:
    return re.search(r"<textarea[^>]*>\n(.*?)</textarea>", response.content.decode(), re.DOTALL)[1]


# --- one conversation -----------------------------------------------------------------------------------------


def test_a_conversation_shows_its_messages_beside_the_article(page: Client, conversation: Conversation):
    reply = exchange(conversation, text="It is on **14 July**.\n\nReally.")
    text = page.get(conversation.get_absolute_url()).content.decode()
    assert (
        text.index(">When?<") < text.index("<p>It is on <strong>14 July</strong>.</p>") < text.index("<p>Really.</p>")
    )
    assert f'data-code="{reply.code}" data-status="complete" data-events="/replies/{reply.code}/events"' in text
    assert f'data-offset="{len(reply.text)}"' in text
    assert 'id="article"' in text


def test_a_script_gets_the_messages_without_the_article(page: Client, conversation: Conversation):
    """It has the article already; a slow telephone would take longer to parse it than all the rest."""
    exchange(conversation)
    response = page.get(conversation.get_absolute_url(), headers={"Sec-Fetch-Dest": "empty"})
    assert b"On 14 July." in response.content
    assert b"national day of France" not in response.content
    assert "Sec-Fetch-Dest" in response["Vary"]


def test_a_question_keeps_its_lines_and_signs(page: Client, conversation: Conversation):
    Message.objects.create(conversation=conversation, role=Role.USER, text="1 < 2\n  **really**?")
    assert ">1 &lt; 2\n  **really**?</p>" in page.get(conversation.get_absolute_url()).content.decode()


def test_a_quotation_links_to_the_very_words(page: Client, conversation: Conversation, article: Article):
    start = cite(exchange(conversation), article).start
    text = page.get(conversation.get_absolute_url()).content.decode()
    assert f'href="/articles/feasts/?revision=1&amp;quote={start}-{start + 7}#national-days:~:text=14%20July"' in text
    assert '<q class="exact" dir="auto">14 July</q>' in text


@pytest.mark.parametrize(
    ("status", "error_code", "sentence"),
    [
        (Status.STOPPED, "", "Stopped."),
        (
            Status.INTERRUPTED,
            "writer_died",
            "Interrupted: this answer broke off before its end. What was written is kept.",
        ),
        (Status.FAILED, "model_busy", "The language model is busy. Please try again in a minute."),
        (Status.FAILED, "something_unheard_of", "Something went wrong."),
    ],
)
def test_a_reply_says_how_it_ended(
    page: Client, conversation: Conversation, status: str, error_code: str, sentence: str
):
    exchange(conversation, status, error_code=error_code)
    assert f'<p class="ending">{sentence}</p>' in page.get(conversation.get_absolute_url()).content.decode()


def test_a_complete_reply_needs_no_ending(page: Client, conversation: Conversation):
    exchange(conversation)
    assert '<p class="ending" hidden></p>' in page.get(conversation.get_absolute_url()).content.decode()


def test_a_growing_reply_is_looked_at_again_and_can_be_stopped(page: Client, conversation: Conversation):
    reply = exchange(conversation, Status.WRITING, "It is")
    text = page.get(conversation.get_absolute_url()).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="2; url=?at=' in text
    assert f'<button class="stop" form="doing" formaction="/replies/{reply.code}/stop">Stop</button>' in text
    assert 'class="blocks" aria-busy="true"><div class="block" data-index="0"' in text


def test_a_finished_page_is_not_loaded_again(page: Client, conversation: Conversation):
    exchange(conversation)
    assert "http-equiv" not in page.get(conversation.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("status", "error_code", "can_be_continued"),
    [
        (Status.INTERRUPTED, "writer_died", True),
        (Status.FAILED, "model_timeout", True),
        (Status.FAILED, "model_refused", False),
        (Status.STOPPED, "", False),
        (Status.COMPLETE, "", False),
    ],
)
def test_a_reply_that_broke_off_can_be_continued(
    page: Client, conversation: Conversation, status: Status, error_code: str, can_be_continued: bool
):
    reply = exchange(conversation, status, "It is", error_code=error_code)
    button = f'<button class="continue button quiet" form="doing" formaction="/replies/{reply.code}/continue">'
    assert (button in page.get(conversation.get_absolute_url()).content.decode()) == can_be_continued


def test_a_reply_after_which_something_was_asked_cannot_be_continued(page: Client, conversation: Conversation):
    broken = exchange(conversation, Status.INTERRUPTED, "It is")
    Message.objects.create(conversation=conversation, role=Role.USER, parent=broken, text="And?")
    text = page.get(conversation.get_absolute_url()).content.decode()
    assert f'formaction="/replies/{broken.code}/continue" hidden>' in text
    assert page.post(f"/replies/{broken.code}/continue").status_code == 202
    broken.refresh_from_db()
    assert broken.status == Status.INTERRUPTED


def test_the_article_of_a_conversation_may_have_been_withdrawn(page: Client, conversation: Conversation):
    exchange(conversation)
    Article.objects.update(status=ArticleStatus.DRAFT)
    text = page.get(conversation.get_absolute_url()).content.decode()
    assert "On 14 July." in text
    assert 'id="article"' not in text


def test_a_conversation_takes_as_many_queries_for_many_messages_as_for_few(
    page: Client, conversation: Conversation, article: Article, django_assert_num_queries: DjangoAssertNumQueries
):
    for _ in range(10):
        cite(exchange(conversation), article)
    page.get(conversation.get_absolute_url())  # reads a text that is new, once
    # session, user, conversation, permissions (2), the list beside (2), article, contents, messages, citations,
    # feedback, those of the last reply, where the reader stands
    with django_assert_num_queries(14):
        page.get(conversation.get_absolute_url())


def test_shared_caches_keep_nothing(page: Client, conversation: Conversation):
    assert page.get(conversation.get_absolute_url())["Cache-Control"] == "private, no-cache"


# --- who may see what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", "rename/", "delete/"])
def test_it_hides_other_peoples_conversations(client: Client, conversation: Conversation, bob: User, suffix: str):
    client.force_login(bob)
    address = f"{conversation.get_absolute_url()}{suffix}"
    assert client.get(address).status_code == 404
    assert client.post(address, {"message": "Hello?", "title": "Mine now"}).status_code == 404
    assert Conversation.objects.get().title == "Bastille Day"
    assert not Message.objects.exists()


@pytest.mark.parametrize("suffix", ["", "rename/", "delete/"])
def test_an_editor_is_a_reader_like_any_other(client: Client, conversation: Conversation, eve: User, suffix: str):
    client.force_login(eve)
    assert client.get(f"{conversation.get_absolute_url()}{suffix}").status_code == 404


@pytest.mark.parametrize("suffix", ["", "new/", "{code}/", "{code}/rename/", "{code}/delete/"])
def test_a_visitor_is_sent_to_the_login(client: Client, conversation: Conversation, suffix: str):
    address = NEW + suffix.format(code=conversation.code)
    assert client.get(address).url == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("suffix", ["", "new/", "{code}/", "{code}/rename/", "{code}/delete/"])
def test_other_methods_are_refused(page: Client, conversation: Conversation, suffix: str):
    assert page.put(NEW + suffix.format(code=conversation.code)).status_code == 405


# --- rename ---------------------------------------------------------------------------------------------------


def test_a_conversation_can_be_renamed(page: Client, conversation: Conversation):
    address = conversation.get_absolute_url()
    assert 'value="Bastille Day"' in page.get(f"{address}rename/").content.decode()
    assert page.post(f"{address}rename/", {"title": "  The  storm "}).url == address
    assert Conversation.objects.get().title == "The storm"


@pytest.mark.parametrize(("title", "sentence"), [(" ", "at least one letter"), ("x" * 81, "at most 80 characters")])
def test_a_bad_name_is_refused_with_a_reason(page: Client, conversation: Conversation, title: str, sentence: str):
    response = page.post(f"{conversation.get_absolute_url()}rename/", {"title": title})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert Conversation.objects.get().title == "Bastille Day"


# --- asking by form -------------------------------------------------------------------------------------------


def test_a_form_begins_a_conversation(page: Client, article: Article, started: list[Claim]):
    response = page.post(NEW, {"message": "When?", "article": "feasts", "key": uuid.uuid4()})
    conversation = Conversation.objects.get()
    question, reply = conversation.messages.all()
    assert response.url == f"/conversations/{conversation.code}/#m-{question.code}"
    assert (conversation.article, question.text, reply.status) == (article, "When?", Status.WRITING)
    assert [claim.pk for claim in started] == [reply.pk]


def test_a_form_goes_on_with_a_conversation(page: Client, conversation: Conversation, started: list[Claim]):
    earlier = exchange(conversation)
    page.post(conversation.get_absolute_url(), {"message": "And why?", "key": uuid.uuid4()})
    assert conversation.messages.count() == 4
    assert Message.objects.get(pk=started[0].pk).parent.parent == earlier
    assert [turn.text for turn in started[0].asked.history] == [earlier.parent.text, earlier.text]


def test_the_same_form_sent_twice_is_one_question(page: Client, article: Article, started: list[Claim]):
    form = {"message": "When?", "article": "feasts", "key": uuid.uuid4()}
    assert page.post(NEW, form).url == page.post(NEW, form).url
    assert Message.objects.filter(role=Role.USER).count() == 1


def test_other_words_in_a_form_that_was_sent_are_another_question(page: Client, article: Article, started: list[Claim]):
    key = uuid.uuid4()
    for message in ("When?", "Where?"):
        page.post(NEW, {"message": message, "article": "feasts", "key": key})
    assert Conversation.objects.count() == 2


def test_a_form_without_a_key_is_answered(page: Client, started: list[Claim]):
    page.post(NEW, {"message": "When?"})
    assert len(started) == 1


@pytest.mark.parametrize(
    ("message", "status", "sentence"),
    [("  ", 400, "No message provided"), ("x" * 21, 413, "The message has 21 characters; at most 20 are accepted.")],
)
def test_a_refused_question_stays_in_the_box(
    page: Client, article: Article, settings: Settings, message: str, status: int, sentence: str
):
    settings.MESSAGE_MAX_CHARS = 20
    response = page.post(NEW, {"message": message, "article": "feasts"})
    assert response.status_code == status
    assert f'role="alert">{sentence}</p>' in response.content.decode()
    assert words_in_box(response) == message
    assert not Conversation.objects.exists()


def test_a_second_question_has_to_wait(page: Client, conversation: Conversation):
    exchange(conversation, Status.WRITING)
    response = page.post(conversation.get_absolute_url(), {"message": "And why?"})
    assert response.status_code == 409
    assert words_in_box(response) == "And why?"


def test_too_many_questions_are_told_when_to_come_back(
    page: Client, conversation: Conversation, settings: Settings, started: list[Claim]
):
    settings.QUOTA_QUESTIONS_PER_DAY = 1
    page.post(NEW, {"message": "When?"})
    response = page.post(conversation.get_absolute_url(), {"message": "And why?"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert words_in_box(response) == "And why?"


def test_an_unknown_article_is_a_404(page: Client, db: None):
    assert page.post(NEW, {"message": "When?", "article": "nothing"}).status_code == 404
    assert not Conversation.objects.exists()


def test_a_form_from_another_site_is_refused(alice: User):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    response = strict.post(NEW, {"message": "When?"})
    assert response.status_code == 403
    assert "Please send that once more" in response.content.decode()
    assert not Conversation.objects.exists()


# --- the question of a visitor --------------------------------------------------------------------------------


def test_a_visitors_question_waits_on_the_page_it_was_asked_on(client: Client, article: Article, alice: User):
    response = client.post(NEW, {"message": "When <is> it?", "article": "feasts"})
    assert response.url == "/accounts/login/?next=/articles/feasts/"
    client.force_login(alice)
    assert words_in_box(client.get("/articles/feasts/")) == "When &lt;is&gt; it?"
    assert words_in_box(client.get("/conversations/new/")) == ""


@pytest.mark.parametrize("slug", ["", "nothing", "../admin"])
def test_a_question_about_no_article_waits_on_the_page_for_all(client: Client, db: None, slug: str):
    assert client.post(NEW, {"message": "When?", "article": slug}).url == "/accounts/login/?next=/conversations/new/"


def test_a_question_in_a_conversation_waits_there(client: Client, conversation: Conversation, alice: User):
    address = conversation.get_absolute_url()
    assert client.post(address, {"message": "And why?"}).url == f"/accounts/login/?next={address}"
    client.force_login(alice)
    assert words_in_box(client.get(address)) == "And why?"


def test_a_waiting_question_is_gone_once_one_was_asked(
    client: Client, article: Article, alice: User, started: list[Claim]
):
    client.post(NEW, {"message": "When?", "article": "feasts"})
    client.force_login(alice)
    client.post(NEW, {"message": "When, please?", "article": "feasts"})
    assert words_in_box(client.get("/articles/feasts/")) == ""


def test_a_waiting_question_is_gone_once_a_script_has_asked(
    client: Client, article: Article, alice: User, conversation: Conversation
):
    client.post(NEW, {"message": "When?", "article": "feasts"})
    client.force_login(alice)
    conversation.ask("When?")
    assert words_in_box(client.get("/articles/feasts/")) == ""


def test_an_endless_question_of_a_visitor_is_cut(client: Client, db: None, settings: Settings):
    settings.MESSAGE_MAX_CHARS = 20
    client.post(NEW, {"message": "x" * 1000})
    assert client.session["draft"]["message"] == "x" * 20


# --- the whole way --------------------------------------------------------------------------------------------


@pytest.mark.server
def test_without_scripts_a_form_leads_to_the_finished_answer(reader: Reader, article: Article):
    form = {"message": "When?", "article": "feasts", "csrfmiddlewaretoken": TOKEN}
    address = reader.client.post(NEW, data=form).headers["location"]
    reply = Message.objects.replies().get()
    assert reader.follow(f"/replies/{reply.code}/events").text == "Hello, world."
    assert "<p>Hello, world.</p>" in reader.client.get(address).text
