"""What was asked before there was a search is found by it, and is not new."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from chat.models import Conversation, SearchEntry, User
from tests.test_conversations import exchange

migration = import_module("chat.migrations.0008_keep_find_and_share")


@pytest.mark.django_db(transaction=True)
def test_older_messages_are_found_and_seen(alice: User):
    reply = exchange(Conversation.objects.create(owner=alice), text="A lantern")
    with connection.schema_editor() as editor:
        migration.catch_up(apps, editor)
    assert Conversation.objects.get().seen == reply.pk
    assert list(SearchEntry.objects.of(alice, ["lantern"]).values_list("pk", flat=True)) == [reply.pk]
    assert SearchEntry.objects.of(alice, ["when"]).exists()
