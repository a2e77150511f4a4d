"""The one statement of the journal: extend many replies at once, renew their leases, learn who must stop."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction

from chat.models import Citation


class Extension(NamedTuple):
    """A piece for one reply; an empty one only renews the lease."""

    pk: int
    writer: str
    offset: int  # where the piece begins, in code points
    piece: str


def store(rows: list[Extension], citations: Mapping[str, Sequence[Citation]]) -> dict[str, bool]:
    """Extend the replies, and store what each writer cites in the same transaction, but for those that are lost."""
    if not any(citations.values()):
        return extend(rows)
    with transaction.atomic():
        ours = extend(rows)
        # Again after a connection that broke during the commit: those that are there already stay.
        Citation.objects.bulk_create(
            [citation for writer in ours for citation in citations.get(writer, ())], ignore_conflicts=True
        )
    return ours


def extend(rows: list[Extension]) -> dict[str, bool]:
    """Append the pieces to the replies that still are their writers'. One statement, and so one transaction.

    Return writer → whether a stop was requested, for each reply that was extended; a writer that is missing there has
    lost its reply: someone took it over or ended it. Not by pk: two writers of one reply may come in one batch, when
    a process took over from itself. The same rows again change nothing but the lease: a connection that breaks may
    leave open whether the statement was carried out.
    """
    statement = postgresql() if connection.vendor == "postgresql" else sqlite()
    # The rows as JSON: executemany cannot return rows, and psycopg takes long over arrays.
    # Not escaped: a character that is none (half of a pair) is refused on the way to the database.
    pieces = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    with connection.cursor() as cursor:
        cursor.execute(statement, [pieces])
        return {writer: stop_requested_at is not None for writer, stop_requested_at in cursor.fetchall()}


def postgresql() -> str:
    """Return the statement."""
    return (
        "UPDATE chat_message AS m SET heartbeat_at = now(),"
        " text = CASE WHEN length(m.text) = p.start THEN m.text || p.piece ELSE m.text END"
        " FROM (SELECT (value->>0)::bigint AS id, value->>1 AS writer, (value->>2)::int AS start, value->>3 AS piece"
        " FROM json_array_elements(%s)) AS p"
        " WHERE m.id = p.id AND m.writer = p.writer AND m.status = 'writing'"
        " RETURNING m.writer, m.stop_requested_at"
    )


def sqlite() -> str:
    """Return the statement.

    The heartbeat has the form that Django writes. The time of the stop comes back as it is: SQLite 3.40 says of an
    empty one in this place that it IS NOT NULL.
    """
    return (
        "UPDATE chat_message SET heartbeat_at = STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW'),"
        " text = CASE WHEN length(text) = p.start THEN text || p.piece ELSE text END"
        " FROM (SELECT value->>0 AS id, value->>1 AS writer, value->>2 AS start, value->>3 AS piece"
        " FROM json_each(%s)) AS p"
        " WHERE chat_message.id = p.id AND chat_message.writer = p.writer AND status = 'writing'"
        " RETURNING chat_message.writer, stop_requested_at"
    )
