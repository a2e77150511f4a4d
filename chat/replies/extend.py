"""The one statement of the journal: extend many replies at once, renew their leases, learn who must stop."""

from typing import NamedTuple

from django.db import connection, transaction

from chat.models import Message, Status


class Extension(NamedTuple):
    """A piece for one reply; an empty one only renews the lease."""

    pk: int
    writer: str
    piece: str


def extend(rows: list[Extension]) -> dict[int, bool]:
    """Append the pieces to the replies that still are their writers'. One transaction.

    Return pk → whether a stop was requested, for each reply that was extended; a reply that is missing there is no
    longer the writer's: someone took it over or ended it.
    """
    return _extend_postgresql(rows) if connection.vendor == "postgresql" else _extend_sqlite(rows)


def _extend_postgresql(rows: list[Extension]) -> dict[int, bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chat_message AS m SET text = m.text || p.piece, heartbeat_at = now()"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS p(id, writer, piece)"
            " WHERE m.id = p.id AND m.writer = p.writer AND m.status = 'writing'"
            " RETURNING m.id, m.stop_requested_at IS NOT NULL",
            [list(column) for column in zip(*rows, strict=True)],
        )
        return dict(cursor.fetchall())


def _extend_sqlite(rows: list[Extension]) -> dict[int, bool]:
    # executemany cannot return rows; inside one IMMEDIATE transaction a SELECT after it sees the same state.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE chat_message SET text = text || %s, heartbeat_at = STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"
            " WHERE id = %s AND writer = %s AND status = 'writing'",
            [(row.piece, row.pk, row.writer) for row in rows],
        )
        writers = {row.pk: row.writer for row in rows}
        held = Message.objects.filter(pk__in=writers, status=Status.WRITING)
        found = held.values_list("pk", "writer", "stop_requested_at")
        return {pk: stop is not None for pk, writer, stop in found if writer == writers[pk]}
