"""Every error of POST /chat: its status, its JSON, and what the database holds afterwards."""

import uuid

import pytest
from django.test import Client

from chat.models import Article, ArticleStatus, Conversation, Message, Usage, User
from chat.replies.submit import Question, submit

NO_MESSAGES = [
    {},
    {"message": ""},
    {"message": " \n\0"},
    {"message": None},
    {"message": 5},
    {"message": ["x"]},
    [],
    "x",
]


@pytest.fixture
def client_of_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def post(client: Client, body: object, path: str = "/chat") -> object:
    return client.post(path, data=body, content_type="application/json")


@pytest.mark.parametrize("body", NO_MESSAGES, ids=str)
def test_without_a_message_it_says_so(client_of_alice: Client, body: object):
    response = post(client_of_alice, body)
    assert response.status_code == 400
    assert response.json() == {"error": "No message provided", "code": "bad_request"}
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"message=hello", b"[" * 100_000])
def test_what_is_not_json_is_no_message(client_of_alice: Client, body: bytes):
    response = client_of_alice.generic("POST", "/chat", body, content_type="application/json")
    assert (response.status_code, response.json()["error"]) == (400, "No message provided")


@pytest.mark.parametrize(
    "field", [{"key": "x"}, {"conversation": 5}, {"parent": "x"}, {"article": 5}, {"conversation": ["x"]}], ids=str
)
def test_a_field_of_a_wrong_kind_is_refused(client_of_alice: Client, field: dict[str, object]):
    response = post(client_of_alice, {"message": "When?", **field})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert not Message.objects.exists()


def test_an_unknown_format_is_refused(client_of_alice: Client):
    assert post(client_of_alice, {"message": "When?"}, "/chat?format=xml").status_code == 400
    assert not Message.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("is_checked", [True, False])
def test_a_visitor_gets_401_and_no_redirect(is_checked: bool):
    response = post(Client(enforce_csrf_checks=is_checked), {"message": "When?"})
    assert response.status_code == 401
    assert response.json() == {"error": "Log in to ask.", "code": "not_logged_in"}


def test_without_a_csrf_token_it_is_403(alice: User):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = post(client, {"message": "When?"})
    assert (response.status_code, response.json()["code"]) == (403, "csrf")
    assert not Message.objects.exists()


def test_other_methods_are_not_allowed(client_of_alice: Client):
    assert client_of_alice.get("/chat").status_code == 405


def test_missing_and_forbidden_are_the_same_404(client_of_alice: Client, bob: User, article: Article):
    theirs = Conversation.objects.create(owner=bob)
    answers = [post(client_of_alice, {"message": "x", "conversation": str(c)}) for c in (theirs.code, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert not Message.objects.exists()


@pytest.mark.parametrize("slug", ["missing", "hidden"])
def test_an_article_that_is_not_published_is_404(client_of_alice: Client, slug: str):
    Article.objects.create(slug="hidden", title="Hidden", status=ArticleStatus.DRAFT).publish("Words.")
    assert post(client_of_alice, {"message": "x", "article": slug}).status_code == 404
    assert not Conversation.objects.exists()


def test_a_parent_of_another_conversation_is_404(client_of_alice: Client, alice: User, bob: User):
    mine, theirs = (Conversation.objects.create(owner=user) for user in (alice, bob))
    parent = theirs.messages.create(role="user", text="secret")
    body = {"message": "x", "conversation": str(mine.code), "parent": str(parent.code)}
    assert post(client_of_alice, body).status_code == 404
    assert not mine.messages.exists()


def test_a_reply_still_being_written_is_409(client_of_alice: Client, alice: User):
    conversation = Conversation.objects.create(owner=alice)
    conversation.ask("First?")
    response = post(client_of_alice, {"message": "Second?", "conversation": str(conversation.code)})
    assert (response.status_code, response.json()["code"]) == (409, "still_writing")
    assert conversation.messages.count() == 2


def test_a_message_over_the_limit_is_413(client_of_alice: Client, settings: object):
    settings.MESSAGE_MAX_CHARS = 10
    response = post(client_of_alice, {"message": "x" * 11})
    assert (response.status_code, response.json()["code"]) == (413, "too_long")
    assert not Message.objects.exists()


def test_a_body_over_the_limit_is_413(client_of_alice: Client, settings: object):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = post(client_of_alice, {"message": "x" * 2000})
    assert (response.status_code, response.json()["code"]) == (413, "too_long")


def test_the_question_after_the_last_of_a_day_is_429(client_of_alice: Client, alice: User, settings: object):
    settings.QUOTA_QUESTIONS_PER_DAY = 1
    submit(alice, Question("One?"))
    response = post(client_of_alice, {"message": "Two?"})
    assert (response.status_code, response.json()["code"]) == (429, "over_quota")
    assert 0 < int(response["Retry-After"]) <= 86_400
    assert (Conversation.objects.count(), Usage.objects.get().questions) == (1, 1)


def test_too_many_replies_at_once_are_429(client_of_alice: Client, alice: User, settings: object):
    settings.ACTIVE_REPLIES_PER_USER = 1
    submit(alice, Question("One?"))
    response = post(client_of_alice, {"message": "Two?"})
    assert (response.status_code, response.json()["code"]) == (429, "over_quota")
    assert Message.objects.count() == 2


def test_the_tokens_of_a_day_are_limited(client_of_alice: Client, alice: User, settings: object):
    settings.QUOTA_TOKENS_PER_DAY = 1
    submit(alice, Question("One?"))
    assert post(client_of_alice, {"message": "Two?"}).status_code == 429


def test_the_same_key_again_costs_nothing(alice: User):
    key = uuid.uuid4()
    (one, _), (other, _) = submit(alice, Question("One?", key=key)), submit(alice, Question("One?", key=key))
    assert one == other
    assert Usage.objects.get().questions == 1
