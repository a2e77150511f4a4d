"""The index over the words of messages: FTS5 on SQLite, a `tsvector` with a GIN index on PostgreSQL.

A reply is indexed once it has ended, together with its question, and not while it grows: the journal extends it many
times a second. Both indexes hold the owner as one more word of each message, so that looking through one reader's
messages takes as long as they have written, not as long as everybody has.
"""

import time
from typing import Self

from django.db import connection, models, transaction

from chat.models.accounts import User
from chat.models.messages import Message
from chat.text.hits import PUNCTUATION

# Kept free by Unicode: letters of words to both indexes, and never a part of a query (chat/text/hits.py).
OWNER_MARK = "\ue000"
# What PostgreSQL takes in one tsvector (1 MB) is not reached by so many characters, whatever they are.
INDEXED_CHARS = 100_000
# 2 MB of the index are rewritten in some 20 ms, in which nobody else writes; then it is their turn.
PAGES_AT_ONCE = 500
PAUSE_SECS = 0.02

_ROWS = (
    " FROM chat_message AS m JOIN chat_conversation AS c ON c.id = m.conversation_id"
    " WHERE m.id IN (%s, (SELECT parent_id FROM chat_message WHERE id = %s))"
)
# The parser of PostgreSQL makes one word of "e-mail" or "example.org"; nobody looks for those.
_POSTGRESQL = (
    "INSERT INTO chat_words (rowid, words) SELECT m.id, array_to_tsvector(ARRAY[%s || c.owner_id])"
    " || to_tsvector('simple', translate(left(m.text, %s), %s, %s))" + _ROWS + " ON CONFLICT (rowid) DO UPDATE"
    " SET words = EXCLUDED.words"
)
_SQLITE = (
    "INSERT OR REPLACE INTO chat_words (rowid, words)"
    " SELECT m.id, %s || c.owner_id || ' ' || substr(m.text, 1, %s)" + _ROWS
)


def index(reply: Message) -> None:
    """Make a reply that has ended, and its question, findable. One statement, which may be repeated."""
    given: list[str | int] = [OWNER_MARK, INDEXED_CHARS]
    if connection.vendor == "postgresql":
        given += [PUNCTUATION, " " * len(PUNCTUATION)]
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL if connection.vendor == "postgresql" else _SQLITE, [*given, reply.pk, reply.pk])


def forget(pages: int) -> bool:
    """Rewrite some pages of SQLite's index without the words of deleted messages; False when there is no more to do.

    FTS5 notes a deletion beside the words, and drops both only when it joins the two parts. One short transaction.
    PostgreSQL needs nothing of the kind.
    """
    if connection.vendor != "sqlite":
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        changes = connection.connection.total_changes
        cursor.execute("INSERT INTO chat_words (chat_words, rank) VALUES ('merge', %s)", [pages])
        # As SQLite's manual says: the statement itself counts as one change, all else is work.
        return bool(connection.connection.total_changes - changes >= 2)


def forget_all() -> None:
    """Rewrite the whole index bit by bit, with pauses for whoever else wants to write."""
    is_more = forget(-PAGES_AT_ONCE)  # a negative number begins: all parts become one
    while is_more:
        time.sleep(PAUSE_SECS)
        is_more = forget(PAGES_AT_ONCE)


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """Rules about many entries."""

    def of(self, user: User, words: list[str]) -> Self:
        """Keep the user's messages with all of the words (`chat.text.hits.words_of`), the last one as a beginning."""
        own = self.filter(message__conversation__owner=user, message__conversation__deleted_at=None)
        if not words:
            return own.none()
        owner = f"{OWNER_MARK}{user.pk}"
        if connection.vendor == "postgresql":
            query = " & ".join(f"'{word}'" for word in words) + ":*"
            asked = "chat_words.words @@ (%s::tsquery && to_tsquery('simple', %s))"
            where = [asked, "numnode(to_tsquery('simple', %s)) > 0"]
            params = [f"'{owner}'", query, query]
        else:
            where = ["chat_words MATCH %s"]
            params = [" ".join(f'"{word}"' for word in [owner, *words]) + "*"]
        return own.extra(where=where, params=params)  # type: ignore[return-value]  # noqa: S610 - params are bound


class SearchEntry(models.Model):
    """The words of one message, as the database's index has them. The table is made in SQL, by migration 0008."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, db_column="rowid", related_name="search_entry"
    )
    words = models.TextField()

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        db_table = "chat_words"
        verbose_name_plural = "search entries"

    def __str__(self) -> str:
        return f"Words of message {self.pk}"
