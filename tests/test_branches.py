"""A question edited, an answer made again: each stands beside the older one, and the choice between them is kept."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from chat.models import Article, Conversation, Message, Role, Status, Usage, User
from chat.replies import writer
from chat.replies.claim import Claim
from tests.test_reply_forms import BROWSER


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Take the place of the writer: the claims that it should have started on."""
    claims: list[Claim] = []
    monkeypatch.setattr(writer, "start", claims.append)
    return claims


@pytest.fixture
def conversation(article: Article, alice: User) -> Conversation:
    """Alice's, with two questions and their answers."""
    conversation = Conversation.objects.create(owner=alice, article=article, title="Feasts")
    for words in ("First", "Second"):
        end(conversation.ask(f"{words} question"), f"{words} answer")
    return conversation


@pytest.fixture
def page(alice: User) -> Client:
    """Alice's browser, without scripts."""
    client = Client(headers=BROWSER)
    client.force_login(alice)
    return client


def end(reply: Message, text: str) -> Message:
    Message.objects.filter(pk=reply.pk).update(status=Status.COMPLETE, text=text)
    return reply


def message(conversation: Conversation, text: str) -> Message:
    return conversation.messages.get(text=text)


def shown(page: Client, conversation: Conversation, query: str = "") -> list[str]:
    """Return the texts of the messages on the page."""
    return [one.row.text for one in page.get(conversation.get_absolute_url() + query).context["shown"]]


def edit(page: Client, conversation: Conversation, old: str, new: str) -> Message:
    """Ask another question in the place of an old one; return its reply, ended."""
    form = {"message": new, "edit": message(conversation, old).code, "key": uuid.uuid4()}
    assert page.post(conversation.get_absolute_url(), form).status_code == 302
    return end(conversation.messages.last(), f"Answer to {new}")


WHOLE = ["First question", "First answer", "Second question", "Second answer"]


def test_an_answer_made_again_stands_beside_the_old_one(page: Client, conversation: Conversation, started: list[Claim]):
    old = message(conversation, "Second answer")
    response = page.post(f"/replies/{old.code}/regenerate")
    new = conversation.messages.last()
    assert response.url == f"{conversation.get_absolute_url()}#m-{new.code}"
    assert (new.parent, new.status, [claim.pk for claim in started]) == (old.parent, Status.WRITING, [new.pk])
    assert [turn.text for turn in started[0].asked.history] == WHOLE[:2]
    assert started[0].asked.question == "Second question"
    end(new, "Better answer")
    assert shown(page, conversation) == [*WHOLE[:3], "Better answer"]
    assert "2 / 2" in page.get(conversation.get_absolute_url()).content.decode()
    old.refresh_from_db()
    assert (old.text, old.status) == ("Second answer", Status.COMPLETE)


def test_an_older_answer_made_again_begins_a_branch(page: Client, conversation: Conversation, started: list[Claim]):
    page.post(f"/replies/{message(conversation, 'First answer').code}/regenerate")
    end(conversation.messages.last(), "Other answer")
    assert shown(page, conversation) == ["First question", "Other answer"]
    page.post(conversation.get_absolute_url(), {"message": "Third question"})
    assert [turn.text for turn in started[-1].asked.history] == ["First question", "Other answer"]


def test_an_edited_question_stands_beside_the_old_one(page: Client, conversation: Conversation, started: list[Claim]):
    edit(page, conversation, "Second question", "Other question")
    assert shown(page, conversation) == ["First question", "First answer", "Other question", "Answer to Other question"]
    assert [turn.text for turn in started[0].asked.history] == WHOLE[:2]
    edit(page, conversation, "First question", "Begun anew")
    assert shown(page, conversation) == ["Begun anew", "Answer to Begun anew"]
    assert started[1].asked.history == ()


def test_switching_shows_the_old_branch_and_the_choice_is_kept(
    page: Client, conversation: Conversation, started: list[Claim]
):
    edit(page, conversation, "First question", "Begun anew")
    first = message(conversation, "First question")
    response = page.post(f"/messages/{first.code}/show/")
    assert response.url == f"{conversation.get_absolute_url()}#m-{first.code}"
    assert shown(page, conversation) == shown(page, conversation) == WHOLE
    page.post(conversation.get_absolute_url(), {"message": "Third question"})
    assert Message.objects.get(text="Third question").parent.text == "Second answer"


def test_an_address_shows_another_branch_and_changes_nothing(
    page: Client, conversation: Conversation, started: list[Claim]
):
    edit(page, conversation, "First question", "Begun anew")
    code = message(conversation, "First answer").code
    assert shown(page, conversation, f"?message={code}") == WHOLE
    assert shown(page, conversation) == ["Begun anew", "Answer to Begun anew"]
    text = page.get(f"{conversation.get_absolute_url()}?message={code}").content.decode()
    last = message(conversation, "Second answer").code
    assert f'name="parent" value="{last}"' in text
    page.post(conversation.get_absolute_url(), {"message": "Third question", "parent": last})
    assert shown(page, conversation)[:5] == [*WHOLE, "Third question"]


def test_an_address_of_a_message_that_is_shown_anyway_goes_on_from_its_end(page: Client, conversation: Conversation):
    code = message(conversation, "First question").code
    text = page.get(f"{conversation.get_absolute_url()}?message={code}").content.decode()
    assert 'name="parent" value=""' in text
    for query in ("?message=x", f"?message={uuid.uuid4()}", "?edit=x", f"?edit={uuid.uuid4()}"):
        assert shown(page, conversation, query) == WHOLE


def test_editing_without_scripts_begins_with_the_old_words(page: Client, conversation: Conversation):
    code = message(conversation, "First question").code
    text = page.get(f"{conversation.get_absolute_url()}?edit={code}").content.decode()
    assert "\nFirst question</textarea>" in text
    assert f'name="edit" value="{code}"' in text
    assert '<p class="hint" id="editing">' in text


def test_what_was_changed_stays_in_the_box_when_it_is_refused(
    page: Client, conversation: Conversation, settings: Settings
):
    settings.MESSAGE_MAX_CHARS = 5
    code = message(conversation, "First question").code
    response = page.post(conversation.get_absolute_url(), {"message": "Longer", "edit": code})
    assert response.status_code == 413
    assert "\nLonger</textarea>" in response.content.decode()
    assert f'name="edit" value="{code}"' in response.content.decode()


def test_a_question_of_another_conversation_is_not_edited(page: Client, conversation: Conversation, bob: User):
    theirs = Conversation.objects.create(owner=bob).ask("Private").parent
    form = {"message": "x", "edit": theirs.code}
    assert page.post(conversation.get_absolute_url(), form).status_code == 404
    body = {"message": "x", "conversation": str(conversation.code), "edit": str(theirs.code)}
    assert page.post("/chat", body, content_type="application/json").status_code == 404


@pytest.mark.parametrize(("reason", "status"), [("writing", 409), ("quota", 429)])
def test_an_answer_that_is_not_made_again_says_why(
    page: Client, conversation: Conversation, settings: Settings, reason: str, status: int
):
    old = message(conversation, "Second answer")
    if reason == "writing":
        conversation.ask("Third question")
    else:
        settings.QUOTA_QUESTIONS_PER_DAY = 1
        Usage.objects.create(user=conversation.owner, day=timezone.now().date(), questions=1)
    count = conversation.messages.count()
    response = page.post(f"/replies/{old.code}/regenerate")
    assert response.status_code == status
    assert '<p class="alert" id="problem" role="alert">' in response.content.decode()
    assert conversation.messages.count() == count


def test_making_it_again_takes_as_few_statements_as_asking(
    page: Client, conversation: Conversation, started: list[Claim], django_assert_num_queries: DjangoAssertNumQueries
):
    old = message(conversation, "Second answer")
    page.post(f"/replies/{old.code}/regenerate")  # the day's first one; reads the article's sections
    end(conversation.messages.last(), "Again")
    # session, user twice, reply; SAVEPOINT, conversation, messages, quota twice, reply, head, RELEASE
    with django_assert_num_queries(12):
        page.post(f"/replies/{old.code}/regenerate")


@pytest.mark.parametrize("path", ["/replies/{}/regenerate", "/replies/{}/feedback", "/messages/{}/show/"])
def test_it_is_the_owners_and_a_get_changes_nothing(
    page: Client, conversation: Conversation, bob: User, started: list[Claim], path: str
):
    reply = message(conversation, "First answer")
    address = path.format(reply.code)
    assert page.get(address).url.endswith(f"#m-{reply.code}")
    assert page.put(address).status_code == 405
    assert Client(headers=BROWSER).post(address).url == f"/accounts/login/?next={address}"
    page.force_login(bob)
    assert page.post(address, {"value": "1"}).status_code == 404
    assert page.post(path.format(uuid.uuid4())).status_code == 404
    assert (started, conversation.messages.count()) == ([], 4)


def test_a_message_that_is_gone_is_no_head_any_more(page: Client, conversation: Conversation):
    conversation.messages.filter(text="Second answer").delete()
    assert shown(page, conversation) == WHOLE[:3]
    conversation.delete()
    assert not Message.objects.exists()


def test_a_reply_without_a_question_is_not_made_again(page: Client, conversation: Conversation):
    alone = conversation.messages.create(role=Role.ASSISTANT, status=Status.COMPLETE, text="Alone")
    assert page.post(f"/replies/{alone.code}/regenerate").status_code == 404
