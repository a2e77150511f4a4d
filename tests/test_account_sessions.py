"""Sessions: where one is logged in, when each was last used, and ending them from afar."""

from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from chat.models import User
from chat.text.browsers import browser_name
from tests.account import FIREFOX, logged_in, text_of

SESSIONS = "/account/sessions/"
LONG_AGO = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Forget the tries of other tests."""
    cache.clear()


@pytest.fixture
def here(alice: User) -> Client:
    """Alice's computer."""
    return logged_in("alice")


@pytest.fixture
def elsewhere(here: Client) -> Client:
    """Alice's telephone, on which she logged in later."""
    return logged_in("alice", **{"user-agent": CHROME})


def key_of(client: Client) -> str:
    return client.session.session_key


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=key_of(client))


def is_in(client: Client) -> bool:
    return client.get("/conversations/").status_code == 200


def test_it_lists_browser_address_and_times_this_one_first(here: Client, elsewhere: Client):
    UserSession.objects.filter(pk=row_of(elsewhere).pk).update(ip="192.0.2.7", created_at=LONG_AGO)
    text = text_of(here, SESSIONS)
    assert text.index("Firefox on Linux") < text.index("Chrome on Android")
    assert text.count("✓ this one") == 1
    assert "Address 192.0.2.7" in text
    assert ">2 January 2026, 03:04</time>" in text


def test_one_is_ended_from_afar_at_once(here: Client, elsewhere: Client):
    assert is_in(elsewhere)
    assert here.post(SESSIONS, {"end": row_of(elsewhere).pk}).url == SESSIONS
    assert not is_in(elsewhere)
    assert is_in(here)
    assert "Chrome on Android" not in text_of(here, SESSIONS)


def test_all_others_are_ended_with_one_click(here: Client, elsewhere: Client):
    third = logged_in("alice")
    assert "2 sessions are ended." in here.post(SESSIONS, {"others": "all"}, follow=True).content.decode()
    assert [is_in(client) for client in (here, elsewhere, third)] == [True, False, False]
    assert "End all others" not in text_of(here, SESSIONS)


def test_ending_this_one_is_logging_out(here: Client):
    assert here.post(SESSIONS, {"end": row_of(here).pk}).url == "/"
    assert not is_in(here)


@pytest.mark.parametrize("key", ["", "0", "-1", "x", "9" * 30, "²"])
def test_a_session_that_does_not_exist_is_404(here: Client, key: str):
    assert here.post(SESSIONS, {"end": key}).status_code == 404


def test_another_ones_session_is_404(here: Client, bob: User):
    assert logged_in("bob").post(SESSIONS, {"end": row_of(here).pk}).status_code == 404
    logged_in("bob").post(SESSIONS, {"others": "all"})
    assert is_in(here)


def test_last_seen_is_noted_now_and_then(here: Client):
    for is_noted in (True, False):
        UserSession.objects.update(last_seen_at=LONG_AGO)
        here.get("/conversations/")
        assert (row_of(here).last_seen_at != LONG_AGO) is is_noted


def test_a_session_from_before_there_was_a_list_is_listed(client: Client, alice: User):
    client.force_login(alice)
    assert "✓ this one" in text_of(client, SESSIONS)
    assert UserSession.objects.get().user == alice


def test_a_new_password_leaves_only_this_session(here: Client, elsewhere: Client):
    form = {"oldpassword": "alice-password", "password1": "lanterns-and-bread-14"}
    here.post("/accounts/password/change/", form | {"password2": form["password1"]})
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert text_of(here, SESSIONS).count('name="end"') == 1


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on macOS"),
        ("curl/8.1 <b>", "curl/8.1 <b>"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_have_names(user_agent: str, name: str):
    assert browser_name(user_agent) == name
