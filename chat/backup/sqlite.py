"""SQLite's side of backups: a copy by VACUUM INTO, and a file that takes another one's place.

VACUUM INTO reads in one transaction: with WAL, writers go on meanwhile, and the copy is one moment's. The online backup
API would begin anew each time that another process writes, which while answers stream is always; a copy of the file
would be of no moment at all.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from chat.backup.snapshot import Snapshot
from chat.backup.trouble import Trouble

# As the site's own connections wait for a writer.
TIMEOUT_SECS = 20.0
COMPANIONS = ("-wal", "-shm", "-journal")


class SQLite:
    """The file that DATABASE_URL names."""

    def __init__(self) -> None:
        self.path = Path(str(connection.settings_dict["NAME"])).absolute()

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        if not self.path.exists():  # which opening it would make
            raise Trouble(f"{self.path} does not exist.")
        copy = folder / "copy.sqlite3"
        with told(), closing(opened(self.path)) as database:
            database.execute("VACUUM INTO ?", [str(copy)])
        with copy.open("rb") as data:
            yield Snapshot(sqlite3.sqlite_version, checked(copy), data, is_compressed=False)

    def scratch(self) -> Path | None:
        return self.path.parent

    def try_out(self, data: Path) -> dict[str, int]:
        return checked(data)

    def is_empty(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return True
        with told(), closing(opened(self.path)) as database:
            return not tables(database)

    @contextmanager
    def replaced(self, data: Path) -> Iterator[dict[str, int]]:
        rows = checked(data)  # before anything is touched
        connection.close()
        old = self.put_aside(data.parent)
        try:
            give_to_owner(data, old or self.path.parent, mode=old.stat().st_mode if old else 0o600)
            data.replace(self.path)
            yield rows
        except BaseException:
            connection.close()
            for companion in COMPANIONS:
                Path(f"{self.path}{companion}").unlink(missing_ok=True)
            if old:
                old.replace(self.path)
            else:
                self.path.unlink(missing_ok=True)
            raise
        connection.close()

    def put_aside(self, folder: Path) -> Path | None:
        """Give the database a second name in the folder, so that its own can be taken; None when there is none."""
        if not self.path.exists():
            return None
        with told(), closing(opened(self.path)) as database:
            # Only whoever is alone with a database may end its write-ahead log.
            try:
                database.execute("PRAGMA busy_timeout = 0")
                database.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.OperationalError as error:
                raise Trouble(f"{self.path} is in use. Stop the site first.") from error
        old = folder / "old.sqlite3"
        os.link(self.path, old)
        return old


def give_to_owner(data: Path, other: Path, mode: int) -> None:
    """Give a file to the owner of another one: restored by root, the site has to be able to write to it."""
    data.chmod(stat.S_IMODE(mode))
    if os.geteuid() == 0:
        known = other.stat()
        os.chown(data, known.st_uid, known.st_gid)


def opened(path: Path) -> sqlite3.Connection:
    """Return a connection of one's own: Django's may be in a transaction."""
    return sqlite3.connect(path, timeout=TIMEOUT_SECS, isolation_level=None)


@contextmanager
def told() -> Iterator[None]:
    """Turn what SQLite raises into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise Trouble(f"SQLite cannot do it: {error}.") from error


def tables(database: sqlite3.Connection) -> list[str]:
    """Return the names of all tables, those of the index over words among them."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return sorted(name for (name,) in found)


def checked(path: Path) -> dict[str, int]:
    """Return the rows of each table; raise Trouble when pages, indexes or references are damaged."""
    with told(), closing(opened(path)) as database:
        (verdict, *_), *_ = database.execute("PRAGMA integrity_check").fetchall()
        if verdict != "ok":
            raise Trouble(f"The database is damaged: {verdict}.")
        if dangling := database.execute("PRAGMA foreign_key_check").fetchone():
            raise Trouble(
                f"The database is damaged: a row of {dangling[0]} points to one of {dangling[2]} that is gone."
            )
        return {name: rows_of(name, database) for name in tables(database)}


def rows_of(name: str, database: sqlite3.Connection) -> int:
    (count,) = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - a table of the database's
    return int(count)
