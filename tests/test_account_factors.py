"""Second factors: an authenticator app, recovery codes, passkeys; whoever changes them says again that it is them."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.messages import get_messages
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from chat.models import User
from tests.account import AGAIN, LOGIN, logged_in, said_again, text_of
from tests.totp import code

SECURITY, APP, STEP = "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/authenticate/"
CODES = "/accounts/2fa/recovery-codes/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Forget the tries of other tests, and the codes that they used up."""
    cache.clear()


@pytest.fixture
def locked(alice: User) -> User:
    """Alice, with an authenticator app."""
    TOTP.activate(alice, SECRET)
    return alice


@pytest.fixture
def half_in(locked: User) -> Client:
    """A browser that knows the password of the locked account."""
    client = Client()
    assert client.post(LOGIN, {"login": "alice", "password": "alice-password"}).url == STEP
    return client


def user_of(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def set_up_app(client: Client) -> list[str]:
    """Set the app up as the page says; return the recovery codes that are shown then."""
    secret = re.search(r"<code>([A-Z2-7]+)</code>", text_of(client, APP))[1]
    shown = client.post(APP, {"code": code(secret)}, follow=True).content.decode()
    return re.findall(r"<li>(\d{8})</li>", shown)


# --- setting up -----------------------------------------------------------------------------------------------


def test_an_app_is_set_up_with_the_code_that_it_shows(alice: User):
    client = said_again(logged_in("alice"), "alice")
    assert '<img class="qr" src="data:image/svg+xml;base64,' in text_of(client, APP)
    assert len(set(set_up_app(client))) == 10
    assert "An app is set up" in text_of(client, SECURITY)
    assert "You have 10 recovery codes left" in text_of(client, SECURITY)
    Authenticator.objects.get(user=alice, type="totp")


def test_a_wrong_code_sets_nothing_up(alice: User):
    client = said_again(logged_in("alice"), "alice")
    client.get(APP)
    assert 'id="id_code_error"' in client.post(APP, {"code": "12345"}).content.decode()
    assert not Authenticator.objects.exists()


def test_a_mail_tells_the_owner(alice: User):
    alice.emailaddress_set.create(email=alice.email, verified=True, primary=True)
    client = said_again(logged_in("alice"), "alice")
    set_up_app(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert mail.outbox[-1].subject == "[Celebrations] The authenticator app is removed"
    assert "If it was not, choose a new password at once" in mail.outbox[-1].body


@pytest.mark.parametrize(
    "name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "chat:account_delete"]
)
def test_the_password_is_asked_for_once_more(alice: User, name: str):
    client = logged_in("alice")
    answer = client.get(reverse(name))
    assert answer.url.startswith(f"{AGAIN}?next=")
    assert "Is it still you?" in text_of(client, answer.url)
    assert client.post(answer.url, {"password": "guessed"}).status_code == 200
    assert client.get(reverse(name)).status_code == 302
    assert client.post(answer.url, {"password": "alice-password"}).url == reverse(name)
    assert client.get(reverse(name)).status_code == 200


def test_an_unconfirmed_address_waits_where_mail_is_sent(alice: User, settings):
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    alice.emailaddress_set.create(email=alice.email, verified=False, primary=True)
    assert said_again(logged_in("alice"), "alice").get(APP).url == SECURITY


# --- logging in -----------------------------------------------------------------------------------------------


def test_the_password_alone_is_not_enough(half_in: Client):
    assert user_of(half_in) is None
    assert half_in.get("/conversations/").status_code == 302
    assert "One more step" in text_of(half_in, STEP)


def test_with_the_code_one_is_in(half_in: Client, locked: User):
    half_in.post(STEP, {"code": code(SECRET)})
    assert user_of(half_in) == str(locked.pk)


def test_a_code_works_once(half_in: Client, locked: User):
    used = code(SECRET)
    half_in.post(STEP, {"code": used})
    other = Client()
    other.post(LOGIN, {"login": "alice", "password": "alice-password"})
    assert 'id="id_code_error"' in other.post(STEP, {"code": used}).content.decode()
    assert user_of(other) is None


def test_guessing_codes_is_stopped(half_in: Client):
    for guess in range(6):
        half_in.post(STEP, {"code": f"{guess:06}"})
    assert "Too many failed login attempts" in half_in.post(STEP, {"code": code(SECRET)}).content.decode()
    assert user_of(half_in) is None


def test_a_recovery_code_lets_in_once(alice: User):
    first, *_ = set_up_app(said_again(logged_in("alice"), "alice"))
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post(LOGIN, {"login": "alice", "password": "alice-password"})
        browser.post(STEP, {"code": first})
    assert [user_of(browser) for browser in browsers] == [str(alice.pk), None]


def test_the_admin_asks_for_it_too(eve: User):
    TOTP.activate(eve, SECRET)
    client = Client()
    answer = client.post(f"{LOGIN}?next=/admin/", {"login": "eve", "password": "eve-password"})
    assert answer.url.startswith(STEP)
    assert client.get("/admin/").status_code == 302
    assert client.post(STEP, {"code": code(SECRET), "next": "/admin/"}).url == "/admin/"
    assert client.get("/admin/").status_code == 200


# --- changing one's mind --------------------------------------------------------------------------------------


def test_the_app_is_removed_with_its_recovery_codes(alice: User):
    client = said_again(logged_in("alice"), "alice")
    set_up_app(client)
    response = client.post("/accounts/2fa/totp/deactivate/")
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["The authenticator app is removed."]
    assert not Authenticator.objects.exists()


def test_new_recovery_codes_replace_the_old_ones(alice: User):
    client = said_again(logged_in("alice"), "alice")
    old = set_up_app(client)
    shown = client.post(f"{CODES}generate/", follow=True).content.decode()
    assert not set(re.findall(r"<li>(\d{8})</li>", shown)) & set(old)
    assert client.get(f"{CODES}download/")["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'


def test_codes_are_shown_to_nobody_who_did_not_say_again_that_it_is_them(alice: User):
    set_up_app(said_again(logged_in("alice"), "alice"))
    other = Client()
    other.force_login(alice)
    assert other.get(CODES).url.startswith(AGAIN)
    assert other.get(f"{CODES}download/").url.startswith(AGAIN)


def test_one_cannot_touch_another_ones_passkey(alice: User, bob: User):
    key = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "telephone", "credential": {}})
    client = said_again(logged_in("bob"), "bob")
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        for ask in (client.get, client.post):
            assert ask(reverse(name, args=[key.pk])).status_code == 404
    assert "telephone" not in text_of(client, "/accounts/2fa/webauthn/")
    assert Authenticator.objects.get() == key


def test_a_passkey_is_renamed_and_removed(alice: User):
    key = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "telephone", "credential": {}})
    client = Client()
    client.force_login(alice)  # a login by the form would ask for the passkey
    said_again(client, "alice")
    client.post(reverse("mfa_edit_webauthn", args=[key.pk]), {"name": "tablet"})
    assert "tablet" in text_of(client, "/accounts/2fa/webauthn/")
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert not Authenticator.objects.exists()


# --- the operator ---------------------------------------------------------------------------------------------


def test_the_admin_shows_no_secret_and_can_remove_what_was_lost(locked: User, eve: User, client: Client):
    client.force_login(eve)
    factor = Authenticator.objects.get()
    for page in ("changelist", "change"):
        arguments = [factor.pk] if page == "change" else []
        assert SECRET not in text_of(client, reverse(f"admin:mfa_authenticator_{page}", args=arguments))
    client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    assert Client().post(LOGIN, {"login": "alice", "password": "alice-password"}).url == "/"
