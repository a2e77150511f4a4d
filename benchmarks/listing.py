"""How long the list of 5,000 conversations takes to show, page by page, and to search: `python -m benchmarks.listing`.

Prints the server's time for each page in milliseconds (median and slowest of many), and exits with 1 when one is at or
over the limit. On PostgreSQL: `--postgres URL`, where a database of its own is made and dropped.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg

CONVERSATIONS = 5_000
# Others who write in the same tables: what one looks through must not grow with them.
OTHERS, THEIRS = 10, 1_000
LIMIT_MS = 100
ROUNDS = 20
NAME = f"celebrations_listing_{os.getpid()}"
WORDS = """
bastille storm lantern bread cake feast parade drum river mountain harvest candle ribbon song dance king
""".split()  # noqa: SIM905


@contextmanager
def database(postgres: str | None) -> Iterator[str]:
    """Yield the address of an empty database."""
    if postgres is None:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield f"sqlite:///{folder}/listing.sqlite3"
        return
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME}")
        try:
            yield urlsplit(postgres)._replace(path=f"/{NAME}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def fill() -> object:
    """Store the conversations, two messages each; return their reader."""
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from chat.models import Conversation, Message, Role, Status, User
    from chat.models.search import index

    call_command("migrate", interactive=False, verbosity=0)
    chance = random.Random(1)
    users = [User.objects.create_user(f"reader{number}") for number in range(1 + OTHERS)]
    with transaction.atomic():
        for user in users:
            count = CONVERSATIONS if user == users[0] else THEIRS
            rows = Conversation.objects.bulk_create(
                Conversation(owner=user, title=" ".join(chance.choices(WORDS, k=6))) for _ in range(count)
            )
            asked = Message.objects.bulk_create(
                Message(conversation=row, role=Role.USER, text=" ".join(chance.choices(WORDS, k=12))) for row in rows
            )
            answered = Message.objects.bulk_create(
                Message(
                    conversation=question.conversation, parent=question, role=Role.ASSISTANT,
                    status=Status.COMPLETE, text=" ".join(chance.choices(WORDS, k=150)) + f" rare{question.pk}",
                )
                for question in asked
            )  # fmt: skip
            for reply in answered:
                index(reply)
            for number, row in enumerate(rows):
                row.updated = timezone.now() - timedelta(hours=number)
            Conversation.objects.bulk_update(rows, ["updated"], batch_size=500)
    know()
    return users[0]


def know() -> None:
    """Let the database count its rows: a site's autovacuum does it within a minute, and plans rest on it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(client: object, address: str) -> tuple[float, float]:
    """Return the median and the slowest time of a page, in milliseconds."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        response = client.get(address)  # type: ignore[attr-defined]
        took.append(1000 * (time.perf_counter() - began))
        assert response.status_code == 200, address
    return statistics.median(took), max(took[1:])  # the first one compiles templates


def run() -> bool:
    """Fill, measure, print; tell whether all stay below the limit."""
    from django.test import Client

    from chat.models import Conversation

    reader = fill()
    client = Client()
    client.force_login(reader)
    mine = Conversation.objects.visible_to(reader)
    middle, last = (str(mine[number].code) for number in (CONVERSATIONS // 2, CONVERSATIONS - 31))
    pages = {
        "first page": "/conversations/",
        "page in the middle": f"/conversations/?before={middle}",
        "last page": f"/conversations/?before={last}",
        "list beside a page": f"/conversations/beside/?open={last}",
        "archive, empty": "/conversations/?archived=1",
        "search: a word in all": "/conversations/search/?q=lantern",
        "search: three words": "/conversations/search/?q=lantern+bread+king",
        "search: a beginning": "/conversations/search/?q=b",
        "search: a rare word": "/conversations/search/?q=rare77",
        "search: nothing": "/conversations/search/?q=nothing",
    }
    figures = {name: measure(client, address) for name, address in pages.items()}
    print(f"{'ms':24}{'median':>9}{'slowest':>9}")
    for name, (median, slowest) in figures.items():
        print(f"{name:24}{median:>9.1f}{slowest:>9.1f}")
    return all(median < LIMIT_MS for median, _ in figures.values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.listing", description=__doc__)
    parser.add_argument("--postgres", metavar="URL", help="use a database beside this one instead of SQLite")
    options = parser.parse_args()
    with database(options.postgres) as address:
        os.environ |= {"DATABASE_URL": address, "DEBUG": "true", "DJANGO_SETTINGS_MODULE": "celebrations_site.settings"}
        import django
        from django.conf import settings
        from django.db import connections

        django.setup()
        settings.DEBUG = False
        settings.ALLOWED_HOSTS = ["testserver"]
        settings.SECURE_SSL_REDIRECT = False
        is_well = run()
        connections.close_all()
        for each in connections.all(initialized_only=True):
            getattr(each, "close_pool", lambda: None)()
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
