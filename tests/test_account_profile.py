"""The profile: a name, the time zone, how dates are written, the theme; here, and in the next browser."""

from datetime import UTC, datetime

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client

from chat.models import Conversation, User
from tests.account import logged_in, text_of

PROFILE = "/account/"
CHOSEN = {"name": "Alice A.", "language": "en-us", "timezone": "Asia/Tokyo", "theme": "dark"}


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Forget the tries of other tests."""
    cache.clear()


@pytest.fixture
def conversation(alice: User) -> Conversation:
    """A conversation that was last used on a summer day at noon, in UTC."""
    conversation = Conversation.objects.create(owner=alice, title="Lanterns")
    Conversation.objects.update(updated=datetime(2026, 7, 1, 12, 5, tzinfo=UTC))
    return conversation


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


def test_it_shows_what_the_site_does_before_anything_is_chosen(page: Client):
    text = text_of(page, PROFILE)
    assert "Hello, <bdi>alice</bdi>" in text
    assert '<option value="auto" selected>' in text
    assert '<option value="en" selected>' in text
    assert '<option value="" selected>UTC, as the site</option>' in text


def test_what_is_chosen_is_kept_and_said_to_be(page: Client, alice: User):
    response = page.post(PROFILE, CHOSEN)
    assert response.url == PROFILE
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Your profile is saved."]
    alice.refresh_from_db()
    assert {name: getattr(alice, name) for name in CHOSEN} == CHOSEN
    assert "Hello, <bdi>Alice A.</bdi>" in text_of(page, PROFILE)


def test_dates_follow_the_zone_and_the_manner(page: Client, conversation: Conversation):
    assert ">1 July 2026, 12:05</time>" in text_of(page, "/conversations/")
    page.post(PROFILE, CHOSEN)
    text = text_of(page, "/conversations/")
    assert ">July 1, 2026, 9:05 p.m.</time>" in text
    assert '<html lang="en-us" data-theme="dark">' in text
    page.post(PROFILE, {**CHOSEN, "language": "en", "timezone": "", "theme": "auto"})
    text = text_of(page, "/conversations/")
    assert ">1 July 2026, 12:05</time>" in text
    assert '<html lang="en" data-theme="auto">' in text


def test_another_browser_learns_it_with_the_login(alice: User, conversation: Conversation):
    User.objects.update(**CHOSEN)
    text = text_of(logged_in("alice"), "/conversations/")
    assert ">July 1, 2026, 9:05 p.m.</time>" in text
    assert 'data-theme="dark"' in text


def test_the_next_person_at_the_browser_does_not_inherit_it(alice: User, bob: User):
    User.objects.filter(pk=alice.pk).update(**CHOSEN)
    browser = logged_in("alice")
    browser.post("/accounts/logout/")
    browser.post("/accounts/login/", {"login": "bob", "password": "bob-password"})
    assert "timezone" not in {name for name, cookie in browser.cookies.items() if cookie.value}


def test_a_theme_that_was_chosen_before_the_login_stays(alice: User):
    browser = Client()
    browser.post("/theme/", {"theme": "light"})
    browser.post("/accounts/login/", {"login": "alice", "password": "alice-password"})
    assert 'data-theme="light"' in text_of(browser, "/")


def test_the_theme_at_the_foot_of_the_page_is_kept_with_the_account(page: Client, alice: User):
    page.post("/theme/", {"theme": "dark"})
    alice.refresh_from_db()
    assert alice.theme == "dark"
    page.post("/theme/", {"theme": "auto"})
    alice.refresh_from_db()
    assert alice.theme == "auto"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "x" * 61), ("language", "de"), ("timezone", "Mars/Olympus"), ("timezone", "UTC+3"), ("theme", "pink")],
)
def test_what_does_not_exist_is_not_kept(page: Client, alice: User, field: str, value: str):
    response = page.post(PROFILE, {**CHOSEN, field: value})
    assert response.status_code == 400
    assert f'id="id_{field}_error"' in response.content.decode()
    alice.refresh_from_db()
    assert (alice.name, alice.timezone) == ("", "")


@pytest.mark.parametrize("value", ["Mars/Olympus", "../../etc/passwd", "en-us\x00", "", "x" * 4000])
def test_cookies_that_nobody_set_do_no_harm(page: Client, conversation: Conversation, value: str):
    page.cookies["timezone"] = page.cookies["language"] = value
    assert ">1 July 2026, 12:05</time>" in text_of(page, "/conversations/")


def test_the_name_is_how_mails_and_messages_address_one(alice: User):
    User.objects.update(name="Alice A.")
    browser = Client()
    response = browser.post("/accounts/login/", {"login": "alice", "password": "alice-password"})
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Welcome, Alice A.."]
