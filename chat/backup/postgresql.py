"""PostgreSQL's side of backups: pg_dump in one snapshot, and pg_restore into a schema of its own.

The client programs are used because they alone know all that a database can hold, and how to bring it into a newer
server. pg_dump reads in one REPEATABLE READ transaction: others go on writing, and the copy is one moment's.
"""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from django.db import connection
from psycopg import sql

from chat.backup.snapshot import Snapshot
from chat.backup.trouble import Trouble

READ_ONE_MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

# The site that restores it may have another role.
NOBODYS = ("--no-owner", "--no-acl")


class PostgreSQL:
    """The database that DATABASE_URL names, in the schema that its tables are in."""

    def __init__(self, database: str | None = None) -> None:
        known = connection.settings_dict
        self.database = database or str(known["NAME"])
        self.settings = {"host": known["HOST"], "port": str(known["PORT"] or ""), "user": known["USER"]}
        self.password = str(known["PASSWORD"] or "")

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        with self.opened() as own:
            refuse_older("pg_dump", own.info.server_version)
            own.execute(READ_ONE_MOMENT)
            (moment,) = own.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            rows = counts(own)
            # The transaction stays open until pg_dump has ended: the snapshot lives as long as it.
            with self.piped("pg_dump", [f"--snapshot={moment}", "--format=custom", *NOBODYS]) as data:
                yield Snapshot(str(own.info.server_version // 10_000), rows, data, is_compressed=True)

    def scratch(self) -> Path | None:
        return None

    def try_out(self, data: Path) -> dict[str, int]:
        scratch = PostgreSQL(f"verify_{secrets.token_hex(6)}")
        name = sql.Identifier(scratch.database)
        with self.opened() as own:
            own.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
            try:
                return scratch.filled(data)
            finally:
                own.execute(sql.SQL("DROP DATABASE {}").format(name))

    def is_empty(self) -> bool:
        with self.opened() as own:
            return not tables(own)

    @contextmanager
    def replaced(self, data: Path) -> Iterator[dict[str, int]]:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL only
        old = f"replaced_{secrets.token_hex(6)}"
        with self.opened() as own:
            refuse_others(own)
            schema = own.execute("SELECT current_schema()").fetchone()
            names = {"old": sql.Identifier(old), "schema": sql.Identifier(schema[0] if schema else "public")}
            own.execute(sql.SQL("ALTER SCHEMA {schema} RENAME TO {old}; CREATE SCHEMA {schema}").format(**names))
            try:
                yield self.filled(data)
            except BaseException:
                connection.close()
                connection.close_pool()  # type: ignore[attr-defined]  # as above
                back = sql.SQL("DROP SCHEMA {schema} CASCADE; ALTER SCHEMA {old} RENAME TO {schema}")
                own.execute(back.format(**names))
                raise
            own.execute(sql.SQL("DROP SCHEMA {old} CASCADE").format(**names))

    def filled(self, data: Path) -> dict[str, int]:
        """Restore into this database, in one transaction; return the rows of each table."""
        with self.opened() as own:
            refuse_older("pg_restore", own.info.server_version)
        options = ["--single-transaction", "--exit-on-error", *NOBODYS, str(data)]
        with self.piped("pg_restore", options):
            pass
        with self.opened() as own:
            return counts(own)

    @contextmanager
    def opened(self) -> Iterator[psycopg.Connection]:
        """Hand over a connection of one's own, in which each statement counts at once; turn errors into a sentence."""
        try:
            given = {name: value for name, value in self.settings.items() if value} | {"dbname": self.database}
            with psycopg.connect(**given, password=self.password or None, autocommit=True) as own:
                yield own
        except psycopg.Error as error:
            raise Trouble(f"PostgreSQL cannot do it: {first_line(str(error))}") from error

    @contextmanager
    def piped(self, program: str, options: Sequence[str]) -> Iterator[IO[bytes]]:
        """Run one of the client programs on the database; hand over what it writes. Raise Trouble when it fails."""
        where = [f"--{name}={value}" for name, value in self.settings.items() if value]
        words = [program, *where, "--no-password", f"--dbname={self.database}", *options]
        # Its whole environment and the password, which every user of the machine could read in its command line.
        environment = {**os.environ, "PGPASSWORD": self.password} if self.password else None
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
            assert process.stdout  # noqa: S101 - for the type
            assert process.stderr  # noqa: S101 - as above
            try:
                yield process.stdout
            except BaseException:
                process.kill()
                raise
            process.stdout.read()  # pg_restore writes nothing; pg_dump has been read to its end
            said = process.stderr.read().decode(errors="replace")
            if process.wait() != 0:
                raise Trouble(f"{program} failed: {first_line(said)}")


def tables(own: psycopg.Connection) -> list[str]:
    found = own.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
    return [str(name) for (name,) in found]


def counts(own: psycopg.Connection) -> dict[str, int]:
    """Return the rows of each table; in one moment if the connection is in a transaction."""
    rows = {}
    for name in tables(own):
        counted = own.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        rows[name] = int(counted[0]) if counted else 0
    return rows


def refuse_others(own: psycopg.Connection) -> None:
    """Raise Trouble when somebody else is connected: the site would go on writing into what is replaced."""
    others = own.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    ).fetchone()
    if others and others[0]:
        raise Trouble(f"The database is in use: {others[0]} other connections. Stop the site first.")


def refuse_older(program: str, server_version: int) -> None:
    """Raise Trouble when a client program is missing, or older than the server and so refused by it."""
    major = server_version // 10_000
    if shutil.which(program) is None:
        raise Trouble(f"{program} is not installed. It comes with PostgreSQL's client: postgresql-client-{major}.")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"(\d+)", said)
    if found and int(found[1]) < major:
        raise Trouble(f"{program} is version {found[1]}, the server {major}: install postgresql-client-{major}.")


def first_line(words: str) -> str:
    return next((line for line in words.splitlines() if line.strip()), "it did not say why.")
