"""The audit log: every action of the staff leaves an entry, which those with the permission read and nobody changes."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin as desk
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Article, Conversation, Invitation, Message, User
from tests.admin.pages import ESCAPED, SCRIPT, allow, asked, to
from tests.admin.test_exchange import OWN, confirm, upload
from tests.test_signup import invite

LOG = "/admin/admin/logentry/"


# What the pages in between ask for.
CONFIRMED = {"post": "yes", "confirmed": "yes", "reason": "Spam."}


def page(client, **query):
    return client.get(LOG, query).content.decode()


def listed(client, **query):
    return [(entry.user.username, entry.object_repr) for entry in client.get(LOG, query).context["cl"].result_list]


def note(user, row, flag=CHANGE, message="Changed."):
    return LogEntry.objects.log_actions(user.pk, [row], flag, message, single_object=True)


# --- what is noted --------------------------------------------------------------------------------------------


def actions():
    """Yield every action that the desk offers, by the model and its own name."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    for model, page in desk.site._registry.items():
        for action in page.get_actions(request):
            yield pytest.param(model, action, id=f"{model.__name__}-{action}")


@pytest.mark.parametrize(("model", "action"), [*actions()])
def test_every_action_leaves_an_entry(admin, eve, alice, article, model, action):
    page, row = desk.site._registry[model], a_row(model, alice, article)
    if action == "publish":
        Article.objects.update(status="draft")
    if action == "readmit":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
    admin.post(address, {"action": action, "_selected_action": [row.pk], **CONFIRMED})
    assert LogEntry.objects.filter(user=eve).exists()


def a_row(model, alice, article):
    """Return a row of a model that has an action."""
    if model is Invitation:
        return invite()[0]
    there = {"Article": article, "User": alice}
    given = {
        "Authenticator": {"user": alice, "type": "totp", "data": {}},
        "Budget": {"per_day": 1},
        "Conversation": {"owner": alice},
        "EmailAddress": {"user": alice, "email": alice.email},
        "Group": {"name": "Readers"},
        "ModelPrice": {"model": "m", "per_million_prompt": 1, "per_million_completion": 1},
        "Quota": {"user": alice},
    }
    return there.get(model.__name__) or model._base_manager.create(**given[model.__name__])


def test_taking_articles_out_is_noted(admin, article):
    admin.get(to("article_export"))
    admin.post(to("article_changelist"), {"action": "export_selected", "_selected_action": [article.pk]})
    told = set(LogEntry.objects.values_list("object_repr", "change_message", "action_flag"))
    assert told == {("1 articles", "Exported as a zip.", 4)}
    assert LogEntry.objects.count() == 2
    assert "Taken out" in page(admin)


def test_taking_the_ledger_out_is_noted(admin):
    admin.get(to("usage_report_csv"), {"begin": "2026-11-01", "end": "2026-11-02"})
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == ("Costs from 2026-11-01 to 2026-11-02", "Downloaded as CSV.")


def test_what_is_refused_is_not_noted(client, stan, article):
    client.force_login(stan)
    assert client.get(to("article_export")).status_code == 403
    assert client.get(to("usage_report_csv")).status_code == 403
    assert not LogEntry.objects.exists()


def test_import_and_restore_are_noted(admin, article):
    confirm(admin, upload(admin, OWN))
    article.publish("Another text.")
    admin.post(to("article_restore", article.pk), {"revision": "1", "current": "2", "reason": ""})
    shown = page(admin)
    assert "Imported from mine.zip" in shown
    assert "Restored from revision 1 as revision 3." in shown


def test_confirming_an_address_in_the_owners_stead_is_noted(admin, alice):
    address = EmailAddress.objects.create(user=alice, email=alice.email)
    form = {"action": "make_verified", "_selected_action": [address.pk]}
    for _ in range(2):
        admin.post(reverse("admin:account_emailaddress_changelist"), form)
    assert LogEntry.objects.get().change_message == "Marked as confirmed."


def test_no_word_of_a_reader_is_kept_or_shown(admin, alice, article):
    reply = asked(alice, article, "Why do zebras celebrate?")
    Conversation.objects.update(title="Zebras")
    Message.objects.filter(pk=reply.pk).update(text="Zebras do.")
    admin.get(to("conversation_change", reply.conversation_id))
    admin.post(to("conversation_delete", reply.conversation_id), {"post": "yes"})
    entry = LogEntry.objects.get()
    assert "zebra" not in f"{entry.object_repr} {entry.change_message}".lower()
    assert "zebra" not in page(admin).lower()


# --- the page -------------------------------------------------------------------------------------------------


def test_it_tells_who_did_what_to_which_row(admin, eve, article, alice):
    note(eve, article, message=[{"changed": {"fields": ["Title"]}}])
    note(eve, alice, DELETION, SCRIPT)
    alice.delete()
    shown = page(admin)
    assert f'<a href="{to("article_change", article.pk)}">Feasts</a>' in shown
    assert "Changed Title." in shown
    assert ">alice</td>" in shown  # no link: she is gone
    assert ESCAPED in shown
    assert SCRIPT not in shown


def test_a_row_is_linked_only_for_those_who_may_open_it(client, stan, eve, article):
    note(eve, article)
    client.force_login(allow(stan, "view_logentry"))
    assert "Feasts" in page(client)
    assert to("article_change", article.pk) not in page(client)
    client.force_login(allow(stan, "view_logentry", "view_article"))
    assert to("article_change", article.pk) in page(client)


def test_one_entry_has_a_page_of_its_own(admin, eve, article):
    entry = note(eve, article)
    shown = admin.get(f"{LOG}{entry.pk}/change/").content.decode()
    assert to("article_change", article.pk) in shown
    assert 'name="_save"' not in shown


def test_it_is_filtered_and_searched(admin, eve, stan, article, alice):
    note(eve, article, message="Put to: Withdrawn.")
    yesterday = note(stan, alice, DELETION)
    LogEntry.objects.filter(pk=yesterday.pk).update(action_time="2026-01-02T03:04Z")
    mine, theirs = [("eve", "Feasts")], [("stan", "alice")]
    assert listed(admin) == mine + theirs
    assert listed(admin, by=stan.pk) == theirs
    assert listed(admin, kind=CHANGE) == mine
    assert listed(admin, user__id__exact=eve.pk) == mine
    assert listed(admin, action_time__year=2026, action_time__month=1, action_time__day=2) == theirs
    assert listed(admin, q="withdrawn") == mine
    assert listed(admin, q="stan") == theirs
    assert listed(admin, by="nobody", kind="9") == mine + theirs


def test_the_filter_offers_those_who_are_staff_and_did_something(admin, eve, stan, bob, article):
    note(eve, article)
    note(bob, article)
    offered = page(admin).partition("By member of staff")[2].partition("By kind")[0]
    assert "eve" in offered
    assert "stan" not in offered
    assert "bob" not in offered


def test_it_takes_few_queries_whatever_stands_in_it(admin, eve, alice, records):
    kinds = [*records.values(), alice, eve, records["conversation"].article, invite(eve)[0]]
    for row in kinds * 10:
        note(eve, row)
    LogEntry.objects.create(user=eve, object_repr="nothing", action_flag=CHANGE)
    LogEntry.objects.create(
        user=eve, object_repr="odd", action_flag=9, object_id="x", content_type=LogEntry.objects.first().content_type
    )
    with CaptureQueriesContext(connection) as queries:
        assert admin.get(LOG).status_code == 200
    assert len(queries) <= 12


# --- who may ----------------------------------------------------------------------------------------------------


def test_it_takes_a_permission_of_its_own(client, stan):
    client.force_login(allow(stan, "view_article", "change_article", "view_user"))
    assert client.get(LOG).status_code == 403
    client.force_login(allow(stan, "view_logentry"))
    assert client.get(LOG).status_code == 200


def test_not_even_a_superuser_adds_changes_or_deletes(admin, eve, article):
    entry = note(eve, article)
    assert admin.get(f"{LOG}add/").status_code == 403
    assert admin.post(f"{LOG}add/", {}).status_code == 403
    assert admin.post(f"{LOG}{entry.pk}/change/", {"change_message": "Nothing."}).status_code == 403
    assert admin.post(f"{LOG}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    admin.post(LOG, form)
    entry.refresh_from_db()
    assert entry.change_message == "Changed."


def test_revoked_invitations_stand_in_it(admin, eve):
    invitation, _ = invite(eve)
    admin.post(to("invitation_changelist"), {"action": "revoke", "_selected_action": [invitation.pk]})
    assert f'<a href="{to("invitation_change", invitation.pk)}">Invitation {invitation.pk}</a>' in page(admin)
    assert Invitation.objects.open().count() == 0
