"""Stop and Continue as forms without scripts post them: a failure is a page with its status, for scripts JSON."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from chat.models import Article, Conversation, Message, Role, Status, Usage, User
from chat.replies import drain, writer
from chat.replies.claim import Claim

# What Firefox sends for a page, and what the site's scripts do.
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPT = {"Accept": "application/json"}
WISHES = ("stop", "continue")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Take the place of the writer: the claims that it should have started on."""
    claims: list[Claim] = []
    monkeypatch.setattr(writer, "start", claims.append)
    return claims


@pytest.fixture
def broken(article: Article, alice: User) -> Message:
    """An answer to Alice that broke off."""
    return exchange(Conversation.objects.create(owner=alice, article=article), Status.INTERRUPTED)


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, without scripts."""
    client = Client(headers=BROWSER)
    client.force_login(alice)
    return client


@pytest.fixture
def script(alice: User) -> Client:
    """What runs in Alice's other browser."""
    client = Client(headers=SCRIPT)
    client.force_login(alice)
    return client


def exchange(conversation: Conversation, status: Status) -> Message:
    question = Message.objects.create(conversation=conversation, role=Role.USER, text="When?")
    fields = {"role": Role.ASSISTANT, "parent": question, "status": status, "text": "It is", "writer": "w"}
    return Message.objects.create(conversation=conversation, heartbeat_at=timezone.now(), **fields)


def place_of(reply: Message) -> str:
    return f"{reply.conversation.get_absolute_url()}#m-{reply.code}"


def refuse(reason: str, reply: Message, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """See to it that the reply is not continued."""
    if reason == "still_writing":
        exchange(reply.conversation, Status.WRITING)
    elif reason == "over_quota":
        settings.QUOTA_QUESTIONS_PER_DAY = 1
        Usage.objects.create(user=reply.conversation.owner, day=timezone.now().date(), questions=1)
    else:
        monkeypatch.setattr(drain, "_is_draining", True)


REFUSALS = pytest.mark.parametrize(
    ("reason", "status", "sentence"),
    [
        ("still_writing", 409, "A reply is still being written in this conversation."),
        ("over_quota", 429, "You have asked"),
        ("draining", 503, "The site is being restarted. Please ask again in a moment."),
    ],
)


# --- Continue -------------------------------------------------------------------------------------------------


def test_continue_goes_to_the_answer(browser: Client, broken: Message, started: list[Claim]):
    response = browser.post(broken.continue_url)
    assert (response.status_code, response["Location"]) == (302, place_of(broken))
    assert [claim.pk for claim in started] == [broken.pk]


@REFUSALS
def test_what_is_not_continued_says_why_on_the_page_of_the_conversation(
    browser: Client, broken: Message, settings: Settings, monkeypatch: pytest.MonkeyPatch, reason, status, sentence
):
    refuse(reason, broken, settings, monkeypatch)
    response = browser.post(broken.continue_url)
    text = response.content.decode()
    assert response.status_code == status
    assert f'<p class="alert" id="problem" role="alert">{sentence}' in text
    assert f'id="m-{broken.code}"' in text
    assert f'method="post" action="{broken.conversation.get_absolute_url()}"' in text
    assert ("Retry-After" in response) == (reason != "still_writing")
    assert (response["Cache-Control"], "Accept" in response["Vary"]) == ("private, no-cache", True)
    assert "http-equiv" not in text  # nobody could read the sentence in two seconds
    broken.refresh_from_db()
    assert broken.status == Status.INTERRUPTED


@REFUSALS
def test_a_script_gets_the_same_as_json(
    script: Client, broken: Message, settings: Settings, monkeypatch: pytest.MonkeyPatch, reason, status, sentence
):
    refuse(reason, broken, settings, monkeypatch)
    response = script.post(broken.continue_url)
    assert (response.status_code, response.json()["code"]) == (status, reason)
    assert response.json()["error"].startswith(sentence)
    assert ("Retry-After" in response) == (reason != "still_writing")


def test_a_question_that_waits_in_the_box_still_stands_there(
    browser: Client, broken: Message, monkeypatch: pytest.MonkeyPatch
):
    visitor = Client()
    visitor.post(broken.conversation.get_absolute_url(), {"message": "And why?"})
    visitor.force_login(broken.conversation.owner)
    monkeypatch.setattr(drain, "_is_draining", True)
    response = visitor.post(broken.continue_url, headers=BROWSER)
    assert "\nAnd why?</textarea>" in response.content.decode()


# --- Stop -----------------------------------------------------------------------------------------------------


def test_stop_goes_to_the_answer_and_notes_it(browser: Client, broken: Message):
    growing = exchange(broken.conversation, Status.WRITING)
    response = browser.post(growing.stop_url)
    assert (response.status_code, response["Location"]) == (302, place_of(growing))
    growing.refresh_from_db()
    assert growing.stop_requested_at


# --- both -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", WISHES)
def test_a_reader_who_is_not_logged_in_comes_back_to_the_answer(
    broken: Message, alice: User, started: list[Claim], wish: str
):
    client, address = Client(headers=BROWSER), f"/replies/{broken.code}/{wish}"
    assert client.post(address)["Location"] == f"/accounts/login/?next={address}"
    client.force_login(alice)
    assert client.get(address)["Location"] == place_of(broken)
    assert started == []
    assert client.post(address, headers=SCRIPT).status_code == 202


@pytest.mark.parametrize("wish", WISHES)
def test_a_script_that_is_not_logged_in_gets_json(broken: Message, wish: str):
    response = Client(headers=SCRIPT).post(f"/replies/{broken.code}/{wish}")
    assert (response.status_code, response.json()["code"]) == (401, "not_logged_in")


@pytest.mark.parametrize("wish", WISHES)
def test_looking_changes_nothing(browser: Client, broken: Message, started: list[Claim], wish: str):
    growing = exchange(Conversation.objects.create(owner=broken.conversation.owner), Status.WRITING)
    for reply in (broken, growing):
        assert browser.get(f"/replies/{reply.code}/{wish}")["Location"] == place_of(reply)
    growing.refresh_from_db()
    assert (growing.stop_requested_at, started) == (None, [])


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_readers_answer_is_not_there(broken: Message, bob: User, wish: str, method: str):
    client = Client(headers=BROWSER)
    client.force_login(bob)
    for code in (broken.code, uuid.uuid4()):
        response = getattr(client, method)(f"/replies/{code}/{wish}")
        assert response.status_code == 404
        assert "This page did not come to the party" in response.content.decode()
    response = client.post(f"/replies/{broken.code}/{wish}", headers=SCRIPT)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    broken.refresh_from_db()
    assert (broken.status, broken.stop_requested_at) == (Status.INTERRUPTED, None)


@pytest.mark.parametrize("wish", WISHES)
def test_a_form_without_a_token_gets_the_page_that_says_so(broken: Message, alice: User, wish: str):
    strict, address = Client(enforce_csrf_checks=True), f"/replies/{broken.code}/{wish}"
    strict.force_login(alice)
    response = strict.post(address, headers=BROWSER)
    assert response.status_code == 403
    assert "Please send that once more" in response.content.decode()
    assert f'href="{address}">Load the page again' in response.content.decode()
    response = strict.post(address, headers=SCRIPT)
    assert (response.status_code, response.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("kind", [BROWSER, SCRIPT], ids=["browser", "script"])
def test_other_methods_are_refused(browser: Client, broken: Message, wish: str, kind: dict[str, str]):
    assert browser.put(f"/replies/{broken.code}/{wish}", headers=kind).status_code == 405
