"""Readers' words in the admin: by no path without the permission, and never without a trace."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import DatabaseError

from chat.models import ConversationReading, Feedback, Passage, Share
from chat.views.sharing import snapshot_of
from tests.admin.pages import allow, asked, to

QUESTION, ANSWER, QUOTED = "Sesquipedalian feasts?", "In July.", "Bastille Day"
VIEWS = ("view_conversation", "view_message", "view_user", "delete_conversation", "delete_user")


@pytest.fixture
def reply(alice, article):
    reply = asked(alice, article, QUESTION)
    Feedback.objects.note(reply, -1, "Utterly feeble")
    Share.objects.create(conversation=reply.conversation, snapshot=snapshot_of(reply.conversation))
    place = {"start": 31, "end": 43, "letters_before": 20}
    Passage.objects.create(question=reply.parent, revision=article.revision, exact="Bastille Day", **place)
    return reply


@pytest.fixture
def viewer(client, stan, reply):
    """Stan's browser: he may see rows, and delete them, but not read them."""
    client.force_login(allow(stan, *VIEWS))
    return client


@pytest.fixture
def moderator(client, stan, reply):
    client.force_login(allow(stan, *VIEWS, "read_conversation", "view_conversationreading"))
    return client


def pages_about(reply, alice):
    yield "/admin/"
    for model, row in (("conversation", reply.conversation), ("message", reply), ("message", reply.parent)):
        yield to(f"{model}_changelist")
        yield to(f"{model}_change", row.pk)
        yield to(f"{model}_history", row.pk)
        yield to(f"{model}_delete", row.pk)
        yield f"{to(f'{model}_changelist')}?_popup=1&_to_field=id"
    yield to("user_delete", alice.pk)
    for model, field in (("message", "conversation"), ("message", "parent"), ("citation", "reply")):
        yield f"/admin/autocomplete/?app_label=chat&model_name={model}&field_name={field}&term="


def test_without_the_permission_no_page_shows_a_word(viewer, alice, reply):
    for address in pages_about(reply, alice):
        page = viewer.get(address).content.decode()
        for words in (QUESTION, "Sesquipedalian", ANSWER, QUOTED, "feeble"):
            assert words not in page, address


def test_without_the_permission_the_rows_are_there_with_who_and_when(viewer, alice, reply):
    page = viewer.get(to("conversation_change", reply.conversation_id)).content.decode()
    assert "alice" in page
    assert "Feasts" in page
    assert page.count("Complete") == 1


def test_without_the_permission_leaves_no_trace(viewer, reply):
    viewer.get(to("conversation_change", reply.conversation_id))
    assert not ConversationReading.objects.exists()


@pytest.mark.parametrize("model", ["conversation", "message"])
@pytest.mark.parametrize("words", ["Sesquipedalian", "July", "Bastille"])
def test_without_the_permission_words_find_nothing(viewer, model, words):
    assert viewer.get(to(f"{model}_changelist"), {"q": words}).context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("conversation", "title__startswith"),
        ("conversation", "messages__text__startswith"),
        ("message", "text__contains"),
        ("message", "conversation__title"),
        ("message", "feedback__words__contains"),
        ("message", "parent__text__contains"),
        ("user", "conversations__title__startswith"),
        ("user", "conversations__messages__text__startswith"),
    ],
)
def test_an_address_does_not_tell_what_stands_in_the_rows(viewer, model, lookup):
    response = viewer.get(to(f"{model}_changelist"), {lookup: "Sesquipedalian"})
    assert response.status_code == 400


def test_what_is_deleted_leaves_no_words_in_the_log(viewer, reply):
    viewer.post(to("conversation_delete", reply.conversation_id), {"post": "yes"})
    assert "feasts" not in LogEntry.objects.get().object_repr


def test_with_the_permission_words_are_shown_and_found(moderator, reply):
    for row in ("conversation", reply.conversation_id), ("message", reply.parent_id):
        assert QUESTION in moderator.get(to(f"{row[0]}_change", row[1])).content.decode()
    assert moderator.get(to("message_changelist"), {"q": "Sesquipedalian"}).context["cl"].result_count == 2


def test_with_the_permission_lists_show_no_words_either(moderator, reply):
    for model in ("conversation", "message"):
        assert "Sesquipedalian" not in moderator.get(to(f"{model}_changelist")).content.decode()


def test_each_look_is_noted_once_an_hour(moderator, stan, alice, reply):
    for _ in range(2):
        moderator.get(to("conversation_change", reply.conversation_id))
        moderator.get(to("message_change", reply.pk))
    row = ConversationReading.objects.get()
    assert (row.conversation, row.owner, row.looker) == (reply.conversation, alice, stan)


def test_a_look_in_another_hour_is_another_row(moderator, reply):
    moderator.get(to("message_change", reply.pk))
    ConversationReading.objects.update(hour="2026-01-01T00:00Z")
    moderator.get(to("message_change", reply.pk))
    assert ConversationReading.objects.count() == 2


def test_what_cannot_be_noted_is_not_shown(moderator, reply, monkeypatch):
    def refuse(*args):
        raise DatabaseError("disk full")

    monkeypatch.setattr("chat.models.readings.ConversationReadingQuerySet.note", refuse)
    with pytest.raises(DatabaseError):
        moderator.get(to("conversation_change", reply.conversation_id))


def test_a_conversation_of_ones_own_is_not_noted(client, eve, article):
    reply = asked(eve, article)
    client.force_login(eve)
    client.get(to("conversation_change", reply.conversation_id))
    assert not ConversationReading.objects.exists()


def test_nobody_changes_or_deletes_the_notes(admin, reply, eve):
    admin.get(to("conversation_change", reply.conversation_id))
    row = ConversationReading.objects.get()
    assert admin.get(to("conversationreading_change", row.pk)).status_code == 200
    for page in ("change", "delete"):
        assert admin.post(to(f"conversationreading_{page}", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    admin.post(to("conversationreading_changelist"), chosen)
    assert ConversationReading.objects.get() == row


def test_the_note_stays_when_the_conversation_is_deleted(moderator, alice, reply):
    moderator.get(to("conversation_change", reply.conversation_id))
    moderator.post(to("conversation_delete", reply.conversation_id), {"post": "yes"})
    assert ConversationReading.objects.get().owner == alice
