"""STAFF_SECOND_FACTOR: nothing of the desk opens before a second factor is set up, and proved in this login."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin as desk
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

from chat.models import Article, User
from tests.account import LOGIN, logged_in, said_again, text_of
from tests.admin.pages import to
from tests.totp import code

SECURITY, APP, STEP = "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/authenticate/"
REAUTHENTICATE, BY_PASSKEY = "/accounts/2fa/reauthenticate/", "/accounts/2fa/webauthn/reauthenticate/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _wanted(settings):
    settings.STAFF_SECOND_FACTOR = True


def led_to(response, client):
    """Return where one ends who follows a page of the desk, without what the address carries along."""
    for _ in range(4):
        if response.status_code != 302 or not response.url.startswith("/admin/"):
            break
        response = client.get(response.url)
    return response.url.partition("?")[0] if response.status_code == 302 else response.status_code


def set_up(client, name):
    """Set an app up as its page says."""
    said_again(client, name)
    secret = re.search(r"<code>([A-Z2-7]+)</code>", text_of(client, APP))[1]
    client.post(APP, {"code": code(secret)})
    return secret


def addresses(patterns=None, above="/admin/"):
    """Yield the path of every page of the desk, with something in the place of each value."""
    for entry in desk.site.get_urls() if patterns is None else patterns:
        path = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, path)
        elif isinstance(entry, URLPattern):
            path = re.sub(r"<[^>]+>", "1", path.replace("^(?P<app_label>", "(?P<app_label>"))
            yield re.sub(r"\(\?P1\w+[^)]*\)/?\$|\(\?P<\w+>[^)]*\)/?\$|\(\?P1[^)]*\)/?\$", "chat/", path)


def test_by_itself_the_desk_is_open_as_before(client, eve, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(eve)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/admin/").status_code == 200
    assert not [query for query in queries if "mfa_authenticator" in query["sql"]]


def test_who_has_none_is_led_to_set_one_up_and_told_why(eve):
    client = logged_in("eve")
    response = client.get(to("article_changelist"), follow=True)
    assert response.redirect_chain[-1][0].startswith(f"{SECURITY}?next=%2Fadmin%2F")
    assert "The admin opens only with a second factor, and you have none yet" in response.content.decode()


def test_a_reader_is_told_nothing_of_it(alice):
    client = logged_in("alice")
    assert "The admin opens" not in text_of(client, SECURITY)
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_of_the_desk_opens_without_one(eve, article, method):
    client = logged_in("eve")
    every = sorted(set(addresses()))
    assert len(every) > 80
    for name in ("admin:jsi18n", "admin:autocomplete", "admin:chat_article_export", "admin:admin_logentry_changelist"):
        try:
            assert reverse(name) in every
        except NoReverseMatch:
            assert name == "admin:admin_logentry_changelist"
    for path in every:
        assert led_to(getattr(client, method)(path), client) == SECURITY, path


def test_nothing_is_stored_without_one(eve, article):
    client = logged_in("eve")
    client.post(to("article_changelist"), {"action": "withdraw", "_selected_action": [article.pk]})
    client.post(to("user_delete", eve.pk), {"post": "yes"})
    assert Article.objects.published().count() == 1
    assert User.objects.get() == eve
    assert not LogEntry.objects.exists()


def test_after_setting_it_up_the_same_login_uses_it_once(eve):
    client = logged_in("eve")
    secret = set_up(client, "eve")
    response = client.get(to("article_changelist"), follow=True)
    assert response.redirect_chain[-1][0].startswith(f"{REAUTHENTICATE}?next=%2Fadmin%2Fchat%2Farticle%2F")
    assert "The admin opens only after the second factor" in response.content.decode()
    answer = client.post(REAUTHENTICATE, {"code": code(secret), "next": to("article_changelist")})
    assert answer.url == to("article_changelist")
    assert client.get(answer.url).status_code == 200


def test_a_password_in_its_place_does_not_open_the_desk(eve):
    client = logged_in("eve")
    set_up(client, "eve")
    said_again(client, "eve")
    assert led_to(client.get("/admin/"), client) == REAUTHENTICATE


def test_a_login_with_it_opens_the_desk(eve):
    TOTP.activate(eve, SECRET)
    client = Client()
    client.post(f"{LOGIN}?next=/admin/", {"login": "eve", "password": "eve-password"})
    assert client.post(STEP, {"code": code(SECRET), "next": "/admin/"}).url == "/admin/"
    with CaptureQueriesContext(connection) as queries:
        assert client.get(to("article_changelist")).status_code == 200
    assert len([query for query in queries if "mfa_authenticator" in query["sql"]]) == 1
    assert len(queries) <= 12


def test_a_recovery_code_opens_it_too(eve):
    TOTP.activate(eve, SECRET)
    codes = RecoveryCodes.activate(eve).get_unused_codes()
    client = Client()
    client.post(LOGIN, {"login": "eve", "password": "eve-password"})
    client.post(STEP, {"code": codes[0]})
    assert client.get("/admin/").status_code == 200


def test_recovery_codes_alone_are_no_factor(eve):
    RecoveryCodes.activate(eve)
    client = logged_in("eve")
    assert led_to(client.get("/admin/"), client) == SECURITY


def test_a_login_from_before_it_was_set_up_uses_it_first(eve):
    before = logged_in("eve")
    TOTP.activate(eve, SECRET)
    assert led_to(before.get("/admin/"), before) == REAUTHENTICATE
    before.post(REAUTHENTICATE, {"code": code(SECRET), "next": "/admin/"})
    assert before.get("/admin/").status_code == 200


def test_who_has_only_a_passkey_is_asked_for_that(eve):
    client = logged_in("eve")
    Authenticator.objects.create(user=eve, type="webauthn", data={"name": "telephone", "credential": {}})
    assert led_to(client.get("/admin/"), client) == BY_PASSKEY


def test_the_last_one_may_be_removed_and_the_next_page_asks_again(eve):
    client = logged_in("eve")
    secret = set_up(client, "eve")
    client.post(REAUTHENTICATE, {"code": code(secret)})
    assert client.get("/admin/").status_code == 200
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert led_to(client.get("/admin/"), client) == SECURITY
    cache.clear()
    set_up(client, "eve")
    assert led_to(client.get("/admin/"), client) == REAUTHENTICATE  # with the new one: the old one counts no more


def test_the_way_leads_to_no_other_site(eve):
    client = logged_in("eve")
    TOTP.activate(eve, SECRET)
    for target in ("//evil.example/", "https://evil.example/"):
        assert client.get("/admin/login/", {"next": target}).url == f"{REAUTHENTICATE}?next=%2Fadmin%2F"


def test_who_looks_after_the_site_deletes_a_lost_one_and_it_is_noted(eve, stan):
    TOTP.activate(eve, SECRET)
    TOTP.activate(stan, SECRET)
    client = Client()
    client.post(LOGIN, {"login": "eve", "password": "eve-password"})
    client.post(STEP, {"code": code(SECRET)})
    lost = Authenticator.objects.get(user=stan)
    assert client.post(reverse("admin:mfa_authenticator_delete", args=[lost.pk]), {"post": "yes"}).status_code == 302
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.object_repr) == (str(stan.pk), "stan")
    assert entry.change_message == "Deleted a second factor: TOTP Authenticator."
