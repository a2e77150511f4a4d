"""Who may sign up: everybody, those with an address at certain domains, or those whom somebody invited."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Invitation, User
from tests.account import said_again
from tests.elsewhere import manage

LOGIN, SIGNUP, RESET, EMAIL = "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"
PASSWORD = "lanterns-and-bread-14"
BUECHER = "xn--bcher-kva.example"


@pytest.fixture
def domains(settings: Settings, db: None) -> None:
    """A site for those at example.org, and at a domain with a letter beyond ASCII."""
    settings.SIGNUP, settings.SIGNUP_DOMAINS = "domains", ["example.org", BUECHER]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def by_invitation(settings: Settings, db: None) -> None:
    """A site for those who are invited."""
    settings.SIGNUP = "invitation"


def invite(inviter: User | None = None, days: int = 7, **fields: object) -> tuple[Invitation, str]:
    """Return an invitation and its token."""
    invitation = Invitation(invited_by=inviter, **fields)
    token = invitation.seal(days)
    invitation.save()
    return invitation, token


def sign_up(client: Client, name: str = "cara", **changes: str):
    form = {"email": f"{name}@example.org", "username": name, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(SIGNUP, {**form, **changes})


def log_in(client: Client, name: str = "cara", password: str = PASSWORD):
    return client.post(LOGIN, {"login": name, "password": password})


def user_of(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def text_of(response) -> str:
    return response.content.decode()


def link_in_mail() -> str:
    return urlsplit(re.search(r"^https?://\S+/accounts/\S+$", mail.outbox[-1].body, re.MULTILINE)[0]).path


# --- the settings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SIGNUP": "closed"}, "SIGNUP: Input should be 'open', 'domains' or 'invitation'"),
        ({"SIGNUP": "domains"}, "SIGNUP_DOMAINS: with SIGNUP=domains, say which"),
        ({"SIGNUP_DOMAINS": "example.org"}, "SIGNUP_DOMAINS counts only with SIGNUP=domains"),
        ({"SIGNUP": "invitation", "SIGNUP_DOMAINS": "example.org"}, "SIGNUP_DOMAINS counts only with SIGNUP=domains"),
        ({"SIGNUP": "domains", "SIGNUP_DOMAINS": "me@example.org"}, "“me@example.org” is no domain"),
        ({"SIGNUP": "domains", "SIGNUP_DOMAINS": "a..b"}, "“a..b” is no domain"),
        ({"SIGNUP": "domains", "SIGNUP_DOMAINS": "*.example.org"}, "“*.example.org” is no domain"),
        (
            {"SIGNUP": "domains", "SIGNUP_DOMAINS": "example.org", "DEBUG": "false", "SECRET_KEY": "x" * 60},
            "EMAIL_HOST: with SIGNUP=domains, addresses are confirmed by e-mail",
        ),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(environment: dict[str, str], said: str):
    result = manage("sqlite:///:memory:", "check", **environment)
    assert result.returncode == 1
    assert said in result.stderr
    assert "ImproperlyConfigured" in result.stderr


def test_domains_are_read_as_mail_servers_are_asked_for_them():
    shown = "from django.conf import settings as s; print(s.SIGNUP_DOMAINS, s.ACCOUNT_EMAIL_VERIFICATION)"
    environment = {"SIGNUP": "domains", "SIGNUP_DOMAINS": " Example.ORG., Bücher.example "}
    result = manage("sqlite:///:memory:", "shell", "--verbosity=0", "--command", shown, **environment)
    assert result.stdout.strip() == f"['example.org', '{BUECHER}'] mandatory", result.stderr


# --- open -----------------------------------------------------------------------------------------------------


def test_by_default_everybody_signs_up(client: Client, db: None):
    assert "Sign up</a>" in text_of(client.get("/"))
    assert sign_up(client, email="cara@anywhere.example").url == "/"
    assert user_of(client)


# --- domains --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("domains")
def test_the_page_says_which_addresses_are_taken(client: Client):
    assert f"It takes an address at example.org or {BUECHER}" in text_of(client.get(SIGNUP))


@pytest.mark.usefixtures("domains")
@pytest.mark.parametrize(
    "address",
    [
        "cara@evil.example", "cara@sub.example.org", "cara@notexample.org", "cara@example.org.evil.example",
        '"cara@example.org"@evil.example', "cara@exämple.org", "cara@bucher.example",
    ],
)  # fmt: skip
def test_an_address_elsewhere_is_refused(client: Client, address: str):
    answer = sign_up(client, email=address)
    assert "Only addresses at example.org or" in text_of(answer)
    assert not User.objects.exists()
    assert mail.outbox == []


@pytest.mark.usefixtures("domains")
@pytest.mark.parametrize("address", ["cara@EXAMPLE.org", "cara@bücher.example", f"cara@{BUECHER}", "a+b@Example.Org"])
def test_an_address_of_a_domain_counts_once_it_is_confirmed(client: Client, address: str):
    assert sign_up(client, email=address).url == "/accounts/confirm-email/"
    assert user_of(client) is None
    assert len(mail.outbox) == 1
    client.post(link_in_mail())
    assert user_of(client) == str(User.objects.get().pk)


@pytest.mark.usefixtures("domains")
def test_an_unconfirmed_address_gives_no_account(client: Client):
    sign_up(client)
    other = Client()
    for login in ("cara", "cara@example.org"):
        assert log_in(other, login).url == "/accounts/confirm-email/"
        assert user_of(other) is None
        assert other.get("/conversations/").status_code == 302
    assert other.post("/chat", {"message": "When?"}, content_type="application/json").status_code == 401


@pytest.mark.usefixtures("domains")
def test_confirmed_elsewhere_one_logs_in(client: Client):
    sign_up(client)
    other = Client()
    other.post(link_in_mail())
    assert user_of(other) is None
    log_in(other)
    assert user_of(other)


@pytest.mark.usefixtures("domains")
def test_a_taken_address_is_told_by_mail_only(client: Client, alice: User):
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    fresh = sign_up(Client())
    taken = sign_up(client, "cora", email="alice@example.org")
    assert taken.url == fresh.url
    assert mail.outbox[-1].subject == "[Celebrations] You have an account already"
    assert "choose a new one" in mail.outbox[-1].body
    assert not User.objects.filter(username="cora").exists()


@pytest.mark.usefixtures("domains")
def test_a_further_address_must_be_at_a_domain_too(client: Client, alice: User):
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    client.force_login(alice)
    said_again(client, "alice")
    refused = client.post(EMAIL, {"action_add": "", "email": "alice@evil.example"})
    assert "Only addresses at example.org" in text_of(refused)
    client.post(EMAIL, {"action_add": "", "email": "second@example.org"})
    assert [row.email for row in alice.emailaddress_set.order_by("pk")] == ["alice@example.org", "second@example.org"]


@pytest.mark.usefixtures("domains")
def test_the_address_that_let_somebody_in_stays(client: Client, alice: User):
    EmailAddress.objects.create(user=alice, email="alice@old.example", verified=True, primary=True)
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True)
    client.force_login(alice)
    said_again(client, "alice")
    client.post(EMAIL, {"action_remove": "", "email": "alice@example.org"})
    assert "the only confirmed one that this site accepts" in text_of(client.get(EMAIL))
    EmailAddress.objects.create(user=alice, email="second@example.org", verified=True)
    client.post(EMAIL, {"action_remove": "", "email": "alice@example.org"})
    assert not alice.emailaddress_set.filter(email="alice@example.org").exists()


@pytest.mark.usefixtures("domains")
def test_a_password_is_forgotten_at_any_domain(client: Client, alice: User):
    User.objects.filter(pk=alice.pk).update(email="alice@old.example")
    assert client.post(RESET, {"email": "alice@old.example"}).status_code == 302
    assert mail.outbox[-1].subject == "[Celebrations] A new password"


@pytest.mark.usefixtures("domains")
def test_accounts_made_by_hand_are_not_locked_out(eve: User, alice: User):
    User.objects.filter(pk=alice.pk).update(email="")
    for name in ("eve", "alice"):
        client = Client()
        log_in(client, name, f"{name}-password")
        assert user_of(client), name


@pytest.mark.usefixtures("domains")
def test_an_older_account_confirms_its_address_at_the_next_login(client: Client, alice: User):
    User.objects.filter(pk=alice.pk).update(email="alice@old.example")
    assert log_in(client, "alice", "alice-password").url == "/accounts/confirm-email/"
    client.post(link_in_mail())
    assert user_of(client) == str(alice.pk)


def test_nobody_signs_up_with_a_passkey_alone():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup_by_passkey")


# --- by invitation --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("by_invitation")
def test_without_an_invitation_one_is_told(client: Client):
    for answer in (client.get(SIGNUP), sign_up(client)):
        assert answer.status_code == 403
        assert "One signs up here by invitation only." in text_of(answer)
        assert f'href="{LOGIN}"' in text_of(answer)
    assert not User.objects.exists()


@pytest.mark.usefixtures("by_invitation")
def test_no_page_offers_to_sign_up(client: Client, article):
    for page in ("/", article.get_absolute_url(), LOGIN, RESET, SIGNUP):
        assert f'href="{SIGNUP}' not in text_of(client.get(page)), page
    assert "One signs up by invitation only" in text_of(client.get(LOGIN))
    client.post(RESET, {"email": "nobody@example.org"})
    assert SIGNUP not in mail.outbox[-1].body


@pytest.mark.usefixtures("by_invitation")
def test_an_invitation_opens_one_account_once(client: Client, eve: User):
    invitation, token = invite(eve)
    page = text_of(client.get(f"{SIGNUP}?invitation={token}"))
    assert f'<input type="hidden" name="invitation" value="{token}" id="id_invitation">' in page
    assert sign_up(client, invitation=token).url == "/"
    cara = User.objects.get(username="cara")
    assert user_of(client) == str(cara.pk)
    invitation.refresh_from_db()
    assert (invitation.used_by, invitation.state) == (cara, "used")
    again = sign_up(Client(), "dora", invitation=token)
    assert again.status_code == 403
    assert "This invitation has been used" in text_of(again)
    assert not User.objects.filter(username="dora").exists()


@pytest.mark.usefixtures("by_invitation")
def test_a_mistake_in_the_form_does_not_cost_the_invitation(client: Client):
    _, token = invite()
    page = text_of(sign_up(client, invitation=token, password2="something else"))
    assert f'value="{token}"' in page
    assert sign_up(client, invitation=token).status_code == 302


@pytest.mark.usefixtures("by_invitation")
def test_a_taken_address_does_not_cost_the_invitation(client: Client, alice: User):
    invitation, token = invite()
    assert "already registered" in text_of(sign_up(client, email="alice@example.org", invitation=token))
    invitation.refresh_from_db()
    assert invitation.state == "open"


@pytest.mark.usefixtures("by_invitation")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": timezone.now() - timedelta(seconds=1)}, "This invitation has expired."),
        ({"revoked_at": timezone.now()}, "This invitation has been withdrawn."),
        ({"used_at": timezone.now()}, "This invitation has been used"),
        ({"token_hash": "another"}, "This is no invitation of this site."),
    ],
)
def test_an_invitation_that_is_none_any_more_says_why(client: Client, change: dict[str, object], said: str):
    invitation, token = invite()
    Invitation.objects.filter(pk=invitation.pk).update(**change)
    for answer in (client.get(f"{SIGNUP}?invitation={token}"), sign_up(client, invitation=token)):
        assert answer.status_code == 403
        assert said in text_of(answer)
    assert not User.objects.exists()


@pytest.mark.usefixtures("by_invitation")
def test_only_a_hash_of_the_token_is_kept():
    _, token = invite()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM chat_invitation")
        assert token not in str(cursor.fetchall())


def together(*acts: Callable[[], int]) -> list[int]:
    """Do all at the same moment, each on a connection of its own; return the statuses."""
    start = Barrier(len(acts))

    def act(one: Callable[[], int]) -> int:
        start.wait(30)
        try:
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [("cara", "dora"), ("cara", "cara")])
def test_of_two_who_come_at_once_one_gets_in(settings: Settings, names: tuple[str, str]):
    settings.SIGNUP = "invitation"
    _, token = invite()
    statuses = together(*(lambda name=name: sign_up(Client(), name, invitation=token).status_code for name in names))
    # With the same name the second may also be told that it is taken.
    assert sorted(statuses) in ([302, 403], [200, 302])
    assert User.objects.count() == 1
    assert Invitation.objects.get().used_by == User.objects.get()
