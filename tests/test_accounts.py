"""Accounts: signing up, in and out, passwords and addresses, and the limits on trying."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from chat.models import Article, User

LOGIN, SIGNUP, LOGOUT = "/accounts/login/", "/accounts/signup/", "/accounts/logout/"
RESET, CHANGE, EMAIL = "/accounts/password/reset/", "/accounts/password/change/", "/accounts/email/"
NEW_PASSWORD = "lanterns-and-bread-14"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Forget the tries of other tests."""
    cache.clear()


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


def sign_up(client: Client, query: str = "", **changes: str):
    form = {"email": "cara@example.org", "username": "cara", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    return client.post(f"{SIGNUP}{query}", {**form, **changes})


def log_in(client: Client, login: str = "alice", password: str = "alice-password", query: str = "", **more: str):
    return client.post(f"{LOGIN}{query}", {"login": login, "password": password, **more})


def user_of(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def link_in_mail(number: int = -1) -> str:
    return urlsplit(re.search(r"^https?://\S+/accounts/\S+$", mail.outbox[number].body, re.MULTILINE)[0]).path


# --- signing up -----------------------------------------------------------------------------------------------


def test_signing_up_logs_in_and_asks_to_confirm_the_address(client: Client, db: None):
    assert sign_up(client).url == "/"
    assert user_of(client) == str(User.objects.get(username="cara").pk)
    assert mail.outbox[0].to == ["cara@example.org"]
    assert mail.outbox[0].subject == "[Celebrations] Please confirm your address"


def test_the_link_in_the_mail_confirms_the_address(client: Client, db: None):
    sign_up(client)
    link = link_in_mail()
    assert "Yes, confirm it" in client.get(link).content.decode()
    client.post(link)
    assert User.objects.get(username="cara").emailaddress_set.get().verified


def test_a_wrong_link_says_how_to_get_a_right_one(client: Client, db: None):
    assert "This link is used up" in client.get("/accounts/confirm-email/nonsense/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("username", ""), ("email", "no address"), ("password1", "12345"), ("password2", "something else")],
)
def test_a_bad_field_is_named_with_its_error(client: Client, db: None, field: str, value: str):
    text = sign_up(client, **{field: value}).content.decode()
    assert re.search(r'<ul class="errorlist" id="id_\w+_error">', text)
    assert 'aria-invalid="true"' in text
    assert not User.objects.exists()


def test_a_taken_address_is_refused(client: Client, alice: User):
    assert "already registered with this email address" in sign_up(client, email="alice@example.org").content.decode()
    assert User.objects.count() == 1


# --- logging in and out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["alice", "alice@example.org"])
def test_one_logs_in_by_name_or_address(client: Client, alice: User, login: str):
    assert log_in(client, login).url == "/"
    assert user_of(client) == str(alice.pk)


@pytest.mark.parametrize(("login", "password"), [("alice", "wrong"), ("nobody", "alice-password")])
def test_a_wrong_login_does_not_say_what_was_wrong(client: Client, alice: User, login: str, password: str):
    text = log_in(client, login, password).content.decode()
    assert 'role="alert">The username and/or password you specified are not correct.' in text
    assert user_of(client) is None


def test_the_login_leads_back_to_the_page_one_came_from(client: Client, alice: User):
    query = "?next=/articles/feasts/"
    assert 'value="/articles/feasts/"' in client.get(f"{LOGIN}{query}").content.decode()
    assert log_in(client, query=query).url == "/articles/feasts/"


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "\\\\evil.example", "javascript:alert(1)"]
)
def test_the_login_leads_to_no_other_site(client: Client, alice: User, target: str):
    assert log_in(client, next=target).url == "/"


def test_a_visitors_question_waits_through_the_login(client: Client, article: Article, alice: User):
    asked = client.post("/conversations/", {"message": "When?", "article": "feasts"})
    assert "Your question is kept" in client.get(asked.url).content.decode()
    back = log_in(client, query=f"?{urlsplit(asked.url).query}").url
    assert ">\nWhen?</textarea>" in client.get(back).content.decode()


def test_a_visitors_question_waits_through_signing_up(client: Client, article: Article):
    asked = client.post("/conversations/", {"message": "When?", "article": "feasts"})
    back = sign_up(client, f"?{urlsplit(asked.url).query}").url
    assert back == "/articles/feasts/"
    assert ">\nWhen?</textarea>" in client.get(back).content.decode()


def test_logging_out_asks_first(page: Client, alice: User):
    assert "Log out?" in page.get(LOGOUT).content.decode()
    assert user_of(page) == str(alice.pk)
    assert page.post(LOGOUT).url == "/"
    assert user_of(page) is None


def test_the_admin_uses_the_sites_login(client: Client, db: None):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == f"{LOGIN}?next=%2Fadmin%2F"


# --- passwords ------------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_by_mail(client: Client, alice: User):
    client.post(RESET, {"email": "alice@example.org"})
    form = client.get(link_in_mail(), follow=True)
    assert "Choose a new password" in form.content.decode()
    client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert log_in(Client(), password=NEW_PASSWORD).url == "/"


def test_a_link_of_the_mail_works_once(client: Client, alice: User):
    client.post(RESET, {"email": "alice@example.org"})
    form = client.get(link_in_mail(), follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert "This link is used up" in Client().get(link_in_mail(0), follow=True).content.decode()


def test_an_unknown_address_gets_the_same_answer(client: Client, alice: User):
    known = client.post(RESET, {"email": "alice@example.org"})
    unknown = client.post(RESET, {"email": "nobody@example.org"})
    assert known.url == unknown.url
    assert mail.outbox[-1].subject == "[Celebrations] No account with this address"


def test_the_mail_speaks_with_the_voice_of_the_site(client: Client, alice: User, settings: Settings):
    settings.SITE_NAME = "Feast & Fast"
    client.post(RESET, {"email": "alice@example.org"})
    body = mail.outbox[0].body
    assert body.startswith("Hello alice,")
    assert body.endswith("Yours,\nFeast & Fast\nhttp://testserver/")


def test_a_password_is_changed_with_the_old_one(page: Client, alice: User):
    form = {"oldpassword": "alice-password", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = page.post(CHANGE, form)
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Your password is changed."]
    assert user_of(page) == str(alice.pk)
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)


def test_a_password_is_not_changed_without_the_old_one(page: Client, alice: User):
    form = {"oldpassword": "guessed", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert 'id="id_oldpassword_error"' in page.post(CHANGE, form).content.decode()
    alice.refresh_from_db()
    assert alice.check_password("alice-password")


# --- addresses ------------------------------------------------------------------------------------------------


def test_an_address_can_be_added_and_removed(page: Client, alice: User):
    page.post(EMAIL, {"action_add": "", "email": "more@example.org"})
    assert "more@example.org" in page.get(EMAIL).content.decode()
    page.post(EMAIL, {"action_remove": "", "email": "more@example.org"})
    assert "more@example.org" not in page.get(EMAIL, follow=True).content.decode().split("<h1>")[1]


# --- limits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "kind"), [(LOGIN, "login"), (SIGNUP, "signup"), (RESET, "reset_password")])
def test_too_many_tries_are_answered_with_429(client: Client, db: None, settings: Settings, address: str, kind: str):
    settings.ACCOUNT_RATE_LIMITS = {kind: "2/m/ip"}
    first, second, third = [client.post(address, {"email": "cara@example.org"}) for _ in range(3)]
    assert 429 not in (first.status_code, second.status_code)
    assert third.status_code == 429
    assert "That was too often, too quickly" in third.content.decode()


def test_the_limit_on_the_login_is_on_by_itself(client: Client, alice: User):
    statuses = {log_in(client, f"guess-{number}", "wrong").status_code for number in range(31)}
    assert statuses == {200, 429}


def test_guessing_one_password_is_stopped_even_with_the_right_one(client: Client, alice: User):
    for number in range(6):
        log_in(client, password=f"guess-{number}")
    assert "Too many failed login attempts" in log_in(client).content.decode()
    assert user_of(client) is None
