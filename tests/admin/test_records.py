"""Revisions, conversations, messages and usage in the admin: to look at, not to change."""

import pytest
from django.utils.html import escape

from chat.models import Conversation, Message
from tests.admin.pages import ESCAPED, SCRIPT, allow, asked, to

RECORDS = ("revision", "conversation", "message", "usage")


@pytest.mark.parametrize("model", RECORDS)
def test_records_are_shown_without_a_form(admin, records, model):
    response = admin.get(to(f"{model}_change", records[model].pk))
    assert response.status_code == 200
    assert 'name="_save"' not in response.content.decode()
    assert SCRIPT not in response.content.decode()


@pytest.mark.parametrize("model", RECORDS)
def test_records_are_neither_added_nor_changed(admin, records, model):
    assert admin.get(to(f"{model}_add")).status_code == 403
    assert admin.post(to(f"{model}_change", records[model].pk), {}).status_code == 403


@pytest.mark.parametrize("model", ["revision", "message", "usage"])
def test_records_are_not_deleted_alone(admin, records, model):
    assert admin.post(to(f"{model}_delete", records[model].pk), {"post": "yes"}).status_code == 403
    assert type(records[model]).objects.filter(pk=records[model].pk).exists()


def test_a_revision_shows_its_markdown_escaped(admin, article):
    revision = article.publish(f"## Old\n\n{SCRIPT}")
    page = admin.get(to("revision_change", revision.pk)).content.decode()
    assert f"## Old\n\n{ESCAPED}" in page


def test_a_conversation_shows_its_messages_escaped(admin, alice, article):
    reply = asked(alice, article, f"Is {SCRIPT} a feast?")
    page = admin.get(to("conversation_change", reply.conversation_id)).content.decode()
    assert f"Is {ESCAPED} a feast?" in page
    assert SCRIPT not in page
    assert to("message_change", reply.pk) in page


def test_a_message_leads_to_its_conversation_reader_and_quotation(admin, alice, records):
    reply = records["message"]
    page = admin.get(to("message_change", reply.pk)).content.decode()
    assert f'href="{to("conversation_change", reply.conversation_id)}"' in page
    assert f'href="{to("user_change", alice.pk)}"' in page
    assert escape(reply.citations.get().url) in page


def test_lists_lead_to_each_other(admin, alice, records):
    page = admin.get(to("user_changelist")).content.decode()
    assert f"{to('conversation_changelist')}?owner__id__exact={alice.pk}" in page
    page = admin.get(to("conversation_changelist"), {"owner__id__exact": alice.pk}).content.decode()
    assert f"{to('message_changelist')}?conversation__id__exact={records['conversation'].pk}" in page
    messages = admin.get(to("message_changelist"), {"conversation__id__exact": records["conversation"].pk})
    assert messages.context["cl"].result_count == 2


def test_a_conversation_is_deleted_with_its_messages(admin, records):
    url = to("conversation_delete", records["conversation"].pk)
    assert admin.post(url, {"post": "yes"}).status_code == 302
    assert not Message.objects.exists()


def test_a_conversation_is_deleted_only_with_the_permission(client, stan, records):
    url = to("conversation_delete", records["conversation"].pk)
    client.force_login(allow(stan, "view_conversation"))
    assert client.post(url, {"post": "yes"}).status_code == 403
    client.force_login(allow(stan, "view_conversation", "delete_conversation"))
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert not Conversation.objects.exists()
