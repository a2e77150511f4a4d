"""How long each page of the admin takes with 10,000 rows of every kind: `python -m benchmarks.admin`.

Prints the server's time in milliseconds (median of several) and the queries of the slowest pages; exits with 1 when one
is at or over the limit. On PostgreSQL: `--postgres URL`, where a database of its own is made and dropped.
"""

import argparse
import os
import statistics
import sys
import time

from benchmarks.listing import database, know

ROWS = 10_000
LIMIT_MS = 300
ROUNDS = 5
SHOWN = 15


def measure(client: object, address: str) -> tuple[float, int] | None:
    """Return the median time of a page in milliseconds, and its queries; None for a file, which grows with its rows."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    if client.get(address).get("Content-Disposition"):  # type: ignore[attr-defined]
        return None
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(address)  # type: ignore[attr-defined]
        took.append(1000 * (time.perf_counter() - began))
    with CaptureQueriesContext(connection) as queries:
        client.get(address)  # type: ignore[attr-defined]
    return statistics.median(took), len(queries)


def run(shown: int) -> bool:
    """Fill, measure, print; tell whether all stay below the limit."""
    from django.core.management import call_command
    from django.test import Client

    from chat.models import User
    from tests.admin.crowd import fill
    from tests.admin.walk import pages

    call_command("migrate", interactive=False, verbosity=0)
    looker = User.objects.create_superuser("looker", "looker@example.org", "looker-password")
    fill(ROWS)
    know()
    client = Client()
    client.force_login(looker)
    measured = {address: measure(client, address) for address in pages(looker)}
    figures = {address: figure for address, figure in measured.items() if figure}
    slowest = sorted(figures.items(), key=lambda figure: -figure[1][0])
    print(f"{len(figures)} pages, {ROWS:,} rows of each kind; the slowest:\n{'ms':>8}{'queries':>9}")
    for address, (median, queries) in slowest[:shown]:
        print(f"{median:>8.1f}{queries:>9}  {address}")
    return slowest[0][1][0] < LIMIT_MS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admin", description=__doc__)
    parser.add_argument("--postgres", metavar="URL", help="use a database beside this one instead of SQLite")
    parser.add_argument("--all", action="store_true", help="print every page")
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
        is_well = run(10_000 if options.all else SHOWN)
        connections.close_all()
        for each in connections.all(initialized_only=True):
            getattr(each, "close_pool", lambda: None)()
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
