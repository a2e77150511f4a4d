"""Delete with a way back, what its owner has seen of a conversation, an index over words, and shared copies."""

import django.db.models.deletion
from django.db import migrations, models

import chat.text.tokens
from chat.text.hits import PUNCTUATION

SQLITE = "CREATE VIRTUAL TABLE chat_words USING fts5(words, tokenize='unicode61 remove_diacritics 2')"
POSTGRESQL = (
    "CREATE TABLE chat_words (rowid bigint PRIMARY KEY REFERENCES chat_message (id) DEFERRABLE INITIALLY DEFERRED,"
    " words tsvector NOT NULL);"
    "CREATE INDEX chat_words_words ON chat_words USING gin (words)"
)


def make_table(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def drop_table(apps, schema_editor):
    schema_editor.execute("DROP TABLE chat_words")


# As chat/models/search.py does it for one reply: the owner is a word of each message, behind a letter nobody types.
ENDED = (
    " FROM chat_message AS m JOIN chat_conversation AS c ON c.id = m.conversation_id WHERE m.id IN"
    " (SELECT id FROM chat_message WHERE role = 'assistant' AND status NOT IN ('pending', 'writing')"
    " UNION SELECT parent_id FROM chat_message WHERE role = 'assistant' AND status NOT IN ('pending', 'writing'))"
)
FILL_SQLITE = "INSERT INTO chat_words (rowid, words) SELECT m.id, %s || c.owner_id || ' ' || substr(m.text, 1, 100000)"
FILL_POSTGRESQL = (
    "INSERT INTO chat_words (rowid, words) SELECT m.id, array_to_tsvector(ARRAY[%s || c.owner_id])"
    " || to_tsvector('simple', translate(left(m.text, 100000), %s, %s))"
)


def catch_up(apps, schema_editor):
    """Index the replies that have ended, with their questions, and take them for seen."""
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "postgresql":
            cursor.execute(FILL_POSTGRESQL + ENDED, ["\ue000", PUNCTUATION, " " * len(PUNCTUATION)])
        else:
            cursor.execute(FILL_SQLITE + ENDED, ["\ue000"])
    Message = apps.get_model("chat", "Message")
    ended = Message.objects.filter(role="assistant").exclude(status__in=["pending", "writing"])
    newest = ended.filter(conversation=models.OuterRef("pk")).order_by("-pk").values("pk")[:1]
    Conversation = apps.get_model("chat", "Conversation")
    Conversation.objects.filter(models.Exists(newest)).update(seen=models.Subquery(newest))


class Migration(migrations.Migration):
    dependencies = [("chat", "0007_passage")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="deleted_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="seen",
            field=models.BigIntegerField(
                db_default=0,
                editable=False,
                help_text="Key of the newest ended reply that its owner has had before their eyes.",
            ),
        ),
        # Serves expired(): the few that are deleted and still there.
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)), fields=["deleted_at"], name="conversation_deleted"
            ),
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.CharField(
                        default=chat.text.tokens.new_token, editable=False, max_length=64, unique=True
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "snapshot",
                    models.JSONField(help_text="Title, article and messages with citations; nothing about their owner."),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="chat.conversation"
                    ),
                ),
            ],
            options={"ordering": ["-pk"]},
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_table, drop_table)],
            state_operations=[
                migrations.CreateModel(
                    name="SearchEntry",
                    fields=[
                        (
                            "message",
                            models.OneToOneField(
                                db_column="rowid",
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="search_entry",
                                serialize=False,
                                to="chat.message",
                            ),
                        ),
                        ("words", models.TextField()),
                    ],
                    options={"db_table": "chat_words", "verbose_name_plural": "search entries"},
                )
            ],
        ),
        migrations.RunPython(catch_up, migrations.RunPython.noop, elidable=True),
    ]
