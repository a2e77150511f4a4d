"""Invitations in the admin: made with a link that is shown once, listed with their states, revoked."""

import re
import smtplib

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from chat.models import Invitation
from tests.admin.pages import ESCAPED, SCRIPT, allow, said, to
from tests.test_signup import invite, sign_up


class BrokenBackend(EmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.fixture
def by_invitation(settings):
    settings.SIGNUP = "invitation"


def make(client, **fields):
    return client.post(to("invitation_add"), {"email": "", "note": "", "days": "14", **fields})


def link_in(response):
    return re.search(r'value="(http://testserver/accounts/signup/\?invitation=([\w-]+))"', response.content.decode())


@pytest.mark.usefixtures("by_invitation")
def test_the_link_is_shown_once_and_opens_an_account(admin, eve):
    shown = make(admin, note="for Cara")
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    link, token = link_in(shown).groups()
    assert Client().get(link).status_code == 200
    invitation = Invitation.objects.get()
    assert (invitation.invited_by, invitation.note, invitation.state) == (eve, "for Cara", "open")
    assert 13 < (invitation.expires - invitation.created).total_seconds() / 86_400 <= 14
    for page in (to("invitation_changelist"), to("invitation_change", invitation.pk), "/admin/"):
        assert token not in admin.get(page).content.decode()
    assert mail.outbox == []
    assert sign_up(Client(), invitation=token).status_code == 302


def test_with_an_address_it_is_mailed(admin, settings):
    link = link_in(make(admin, email="cara@example.org"))[1]
    (sent,) = mail.outbox
    assert sent.to == ["cara@example.org"]
    assert sent.subject == "[Celebrations] You are invited"
    assert link in sent.body
    assert sent.body.startswith("Hello,\n")


def test_a_mail_that_cannot_be_sent_is_told_and_the_link_still_shown(admin, settings):
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    shown = make(admin, email="cara@example.org")
    assert "could not be sent" in shown.content.decode()
    assert link_in(shown)
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("fields", [{"email": "nowhere"}, {"days": "4000"}, {"days": ""}, {"note": "x" * 201}])
def test_a_bad_field_makes_none(admin, fields):
    assert "errorlist" in make(admin, **fields).content.decode()
    assert not Invitation.objects.exists()


def test_the_list_tells_states_and_is_filtered_by_them(admin, eve, alice):
    used, revoked, expired, opened = [invite(eve, note=f"{SCRIPT} {n}")[0] for n in range(4)]
    Invitation.objects.filter(pk=used.pk).update(used_by=alice, used_at="2026-01-01T00:00Z")
    Invitation.objects.filter(pk=revoked.pk).update(revoked_at="2026-01-01T00:00Z")
    Invitation.objects.filter(pk=expired.pk).update(expires="2026-01-01T00:00Z")
    page = admin.get(to("invitation_changelist")).content.decode()
    assert ESCAPED in page
    assert SCRIPT not in page
    for row, state in ((used, "used"), (revoked, "revoked"), (expired, "expired"), (opened, "open")):
        listed = admin.get(to("invitation_changelist"), {"state": state}).context["cl"].result_list
        assert list(listed) == [row]
        row.refresh_from_db()
        assert row.state == state


def test_only_open_ones_are_revoked_and_the_log_names_them(admin, eve):
    (first, _), (used, _) = invite(eve), invite(eve)
    Invitation.objects.filter(pk=used.pk).update(used_at="2026-01-01T00:00Z")
    form = {"action": "revoke", "_selected_action": [first.pk, used.pk]}
    assert "1 revoked." in said(admin.post(to("invitation_changelist"), form))
    first.refresh_from_db()
    used.refresh_from_db()
    assert (first.state, used.state) == ("revoked", "used")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message, entry.user) == (str(first.pk), "Revoked.", eve)


def test_making_one_is_noted_without_the_address(admin):
    make(admin, email="cara@example.org", note="for Cara")
    entry = LogEntry.objects.get()
    assert entry.object_repr == f"Invitation {Invitation.objects.get().pk}"
    assert "cara" not in f"{entry.object_repr} {entry.change_message}".lower()


def test_each_step_takes_its_permission(client, stan, eve):
    invitation, _ = invite(eve)
    form = {"action": "revoke", "_selected_action": [invitation.pk]}
    client.force_login(allow(stan, "view_invitation"))
    assert client.get(to("invitation_changelist")).status_code == 200
    assert make(client).status_code == 403
    client.post(to("invitation_changelist"), form)
    assert Invitation.objects.open().count() == 1
    client.force_login(allow(stan, "add_invitation"))
    assert client.get(to("invitation_changelist")).status_code == 403
    assert link_in(make(client))
    client.force_login(allow(stan, "change_invitation"))
    client.post(to("invitation_changelist"), form)
    assert Invitation.objects.in_state("revoked").count() == 1


def test_nobody_changes_or_deletes_one(admin, eve):
    invitation, _ = invite(eve)
    assert admin.post(to("invitation_change", invitation.pk), {"note": "other"}).status_code == 403
    assert admin.post(to("invitation_delete", invitation.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("signup", "is_said"), [("open", True), ("domains", True), ("invitation", False)])
def test_where_nobody_needs_one_the_list_says_so(admin, settings, signup, is_said):
    settings.SIGNUP = signup
    page = admin.get(to("invitation_changelist")).content.decode()
    assert ("Nobody needs an invitation now" in page) is is_said
