"""A history's database: the site's own, read as a witness does, with plain SQL and a connection of its own."""

import contextlib
import os
import pwd
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg

ROWS = """
SELECT q.text, q.key, r.code, r.text, r.status, r.attempt, r.error_code
FROM chat_message q LEFT JOIN chat_message r ON r.parent_id = q.id AND r.role = 'assistant'
WHERE q.role = 'user' AND q.text LIKE {pattern}
"""


@dataclass(frozen=True)
class Row:
    """A question with its reply, as they stand in the database."""

    question: str
    key: str
    code: str | None  # of the reply
    text: str
    status: str
    attempt: int
    error_code: str

    @property
    def is_ended(self) -> bool:
        return self.status in ("complete", "stopped", "interrupted", "failed")


class Database(Protocol):
    """What a stage needs of its database."""

    url: str
    vendor: str

    def rows(self, pattern: str) -> list[Row]: ...
    def execute(self, sql: str) -> None: ...
    def close(self) -> None: ...


def row(values: tuple) -> Row:
    question, key, code, text, status, attempt, error_code = values
    return Row(
        question,
        str(key).replace("-", ""),
        str(uuid.UUID(str(code))) if code else None,
        text or "",
        status or "",
        attempt,
        error_code,
    )


class Sqlite:
    """A SQLite file."""

    vendor = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            yield connection

    def rows(self, pattern: str) -> list[Row]:
        with self.connection() as connection:
            return [row(values) for values in connection.execute(ROWS.format(pattern="?"), [pattern])]

    def execute(self, sql: str) -> None:
        with self.connection() as connection:
            connection.execute(sql)

    def close(self) -> None:
        pass


class Postgres:
    """A database on some PostgreSQL server."""

    vendor = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, pattern: str) -> list[Row]:
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            return [row(values) for values in connection.execute(ROWS.format(pattern="%s"), [pattern])]

    def execute(self, sql: str) -> Any:
        with psycopg.connect(self.url, connect_timeout=5, autocommit=True) as connection:
            return connection.execute(sql).rowcount

    def close(self) -> None:
        pass


def postgres_programs() -> Path:
    """Return the folder of initdb and pg_ctl of the newest PostgreSQL here."""
    return max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])).parent


class Cluster(Postgres):
    """A PostgreSQL server of one's own, which may be stopped, in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(f"postgres://postgres@127.0.0.1:{port}/postgres")
        self.folder, self.port = folder, port

    @staticmethod
    def make(folder: Path) -> None:
        """Create the files of a cluster."""
        own(folder)
        run("initdb", "-D", str(folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")

    def copy(self, template: Path) -> None:
        """Begin with the files of a cluster that is stopped."""
        shutil.copytree(template, self.folder, symlinks=True, dirs_exist_ok=True)
        for path in (self.folder, *self.folder.rglob("*")):
            own(path)
        self.folder.chmod(0o700)

    def start(self) -> None:
        # Without fsync: what is killed here are processes, never the machine.
        options = f"-p {self.port} -c fsync=off -c unix_socket_directories='' -c listen_addresses=127.0.0.1"
        run("pg_ctl", "start", "-w", "-s", "-D", str(self.folder), "-l", f"{self.folder}/log", "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: "fast" breaks connections in order, "immediate" is a crash."""
        run("pg_ctl", "stop", "-w", "-s", "-D", str(self.folder), "-m", mode)

    def ensure_started(self) -> None:
        """Start it if it ended by itself: without a place to write, it may."""
        try:
            run("pg_ctl", "status", "-D", str(self.folder))
        except subprocess.CalledProcessError:
            self.start()

    def close(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")


def own(path: Path) -> None:
    """Give a file to the user that may run PostgreSQL: it refuses to run as root."""
    if os.getuid() == 0:
        os.chown(path, pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid, follow_symlinks=False)


def run(program: str, *arguments: str) -> None:
    command = [str(postgres_programs() / program), *arguments]
    user = "postgres" if os.getuid() == 0 else None
    subprocess.run(command, user=user, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def database(url: str) -> Database:
    """Return the database that others set up at an address."""
    return Sqlite(Path(urlsplit(url).path[1:])) if url.startswith("sqlite") else Postgres(url)
