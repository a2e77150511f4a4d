"""`backup` and `restore`: a file that is whole, and a database that is what it was, or is left alone."""

import json
import os
import resource
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from django.db import connection

from chat.backup.making import make
from chat.models import Article, Conversation, Message, Role, Status, User
from chat.models.search import index
from tests.elsewhere import done, empty_database, manage
from tests.site import database_url

pytestmark = pytest.mark.server


@pytest.fixture
def stored(transactional_db: None, alice: User, article: Article) -> str:
    """Something to be kept: an article, a question and its answer; the answer's text."""
    conversation = Conversation.objects.create(owner=alice, article=article, title="When?")
    question = Message.objects.create(conversation=conversation, role=Role.USER, text="When?")
    text = "On 14 July, naïve 🎉.\n" * 100
    reply = Message.objects.create(
        conversation=conversation, role=Role.ASSISTANT, parent=question, status=Status.COMPLETE, text=text
    )
    index(reply)
    return text


@pytest.fixture
def elsewhere(stored: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with empty_database(tmp_path) as url:
        yield url


@pytest.fixture
def file(stored: str, tmp_path: Path) -> Path:
    """A backup of what is stored."""
    file = tmp_path / "backups" / "site.zip"
    file.parent.mkdir()
    make(file)
    return file


@contextmanager
def opened(url: str) -> Iterator[sqlite3.Connection | psycopg.Connection]:
    """Hand over a connection to a database that Django does not know."""
    sqlite = url.removeprefix("sqlite:///")
    made = sqlite3.connect(sqlite) if sqlite != url else psycopg.connect(url, autocommit=True)
    with closing(made) as own:
        yield own


def texts(url: str) -> list[str]:
    """Return the texts of all messages."""
    with opened(url) as own:
        return [text for (text,) in own.execute("SELECT text FROM chat_message ORDER BY id").fetchall()]


def changed(file: Path, **fields: object) -> Path:
    """Return a copy of a backup whose manifest says something else."""
    copy = file.with_name("changed.zip")
    with ZipFile(file) as old, ZipFile(copy, "w") as new:
        manifest = json.loads(old.read("manifest.json"))
        new.writestr("manifest.json", json.dumps({**manifest, **fields}))
        new.writestr("data", old.read("data"))
    return copy


def refused(url: str, *words: str | Path) -> str:
    """Return the sentence with which `restore` refuses; it is one line, and the database has no tables afterwards."""
    result = manage(url, "restore", *words)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("CommandError: ")
    assert len(result.stderr.splitlines()) == 1
    assert "Nothing was changed." in result.stderr
    return result.stderr


def test_what_was_stored_comes_back(file: Path, elsewhere: str, stored: str):
    assert "Restored: " in done(manage(elsewhere, "restore", file))
    assert texts(elsewhere) == ["When?", stored]
    assert "No migrations to apply" in done(manage(elsewhere, "migrate"))


def test_a_restored_database_can_be_backed_up_and_restored_again(file: Path, elsewhere: str, stored: str):
    done(manage(elsewhere, "restore", file))
    again = file.with_name("again.zip")
    done(manage(elsewhere, "backup", again, "--verify"))
    assert "Restored" in done(manage(elsewhere, "restore", again, "--replace"))
    assert texts(elsewhere) == ["When?", stored]


def test_the_file_is_for_its_owner_only_and_takes_an_older_ones_place(file: Path):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = done(manage(database_url(), "backup", file, "--verify"))
    assert "Restored for a try, and everything was there." in told
    assert "Not in it: SECRET_KEY" in told
    assert [path.name for path in file.parent.iterdir()] == ["site.zip"]


def test_the_manifest_says_what_it_is(file: Path):
    with ZipFile(file) as archive:
        told = json.loads(archive.read("manifest.json"))
    assert told["engine"] == connection.vendor
    assert told["rows"]["chat_message"] == 2
    assert "chat.0001_initial" in told["migrations"]


def test_a_database_without_tables_is_no_site_to_back_up(elsewhere: str, tmp_path: Path):
    result = manage(elsewhere, "backup", tmp_path / "nothing.zip")
    assert result.returncode == 1
    assert "does not exist." in result.stderr or "has no tables." in result.stderr
    assert list(tmp_path.glob("*nothing*")) == []


def test_a_full_disk_leaves_the_older_file_and_nothing_else(file: Path):
    before = file.read_bytes()
    # No file may grow beyond a size that the backup has at the very least.
    limit = len(before) // 2
    result = manage(
        database_url(), "backup", file, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: ")
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["site.zip"]


def test_it_refuses_a_database_that_is_not_empty(file: Path, elsewhere: str, stored: str):
    done(manage(elsewhere, "migrate"))
    assert "The database is not empty. To lose what is in it, add --replace." in refused(elsewhere, file)
    assert texts(elsewhere) == []
    done(manage(elsewhere, "restore", file, "--replace"))
    assert texts(elsewhere) == ["When?", stored]


def test_it_refuses_a_database_that_somebody_uses(file: Path, elsewhere: str):
    done(manage(elsewhere, "migrate"))
    with opened(elsewhere) as own:
        own.execute("SELECT count(*) FROM chat_message").fetchone()
        assert "in use" in refused(elsewhere, file, "--replace")
    assert texts(elsewhere) == []


def test_it_refuses_what_this_site_cannot_take(file: Path, elsewhere: str):
    for fields, sentence in (
        ({"engine": "oracle"}, "The backup was made from oracle, and DATABASE_URL names"),
        ({"migrations": ["chat.0001_initial", "chat.9999_future"]}, "this one does not know chat.9999_future."),
        ({"format": 99}, "made by a newer version"),
        ({"data_sha256": "0" * 64}, "is damaged"),
        ({"rows": {"chat_message": 3}}, "The table"),
        ({"made_by": "hand"}, "manifest cannot be read"),
    ):
        assert sentence in refused(elsewhere, changed(file, **fields))
    # The database is as empty as it was.
    done(manage(elsewhere, "restore", file))


def test_it_refuses_a_damaged_file(file: Path, elsewhere: str):
    whole = file.read_bytes()
    damaged = file.with_name("damaged.zip")
    for content in (whole[: len(whole) // 2], whole[:2000] + b"\0" * 50 + whole[2050:], b"no zip", b""):
        damaged.write_bytes(content)
        assert "damaged" in refused(elsewhere, damaged)
    assert "does not exist" in refused(elsewhere, file.with_name("missing.zip"))


def test_the_restored_file_has_the_rights_and_the_owner_of_the_one_before(file: Path, elsewhere: str):
    if connection.vendor == "postgresql":
        return  # which has no file of its own here
    path = Path(elsewhere.removeprefix("sqlite:///"))
    done(manage(elsewhere, "restore", file))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 1235)
    before = path.stat()
    done(manage(elsewhere, "restore", file, "--replace"))
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_place_that_is_not_there_is_a_sentence(file: Path, tmp_path: Path):
    if connection.vendor == "sqlite":
        assert "Nothing was changed." in manage(f"sqlite:///{tmp_path}/no/where", "restore", file).stderr
    else:
        server, _, _ = database_url().rpartition("/")
        assert "PostgreSQL cannot do it: " in manage(f"{server}/test_nowhere", "restore", file).stderr


def test_what_was_there_comes_back_when_a_backup_turns_out_to_be_wrong(file: Path, elsewhere: str, stored: str):
    done(manage(elsewhere, "restore", file))
    wrong = changed(file, rows={"chat_message": 3})
    assert "The table" in refused(elsewhere, wrong, "--replace")
    assert texts(elsewhere) == ["When?", stored]
    assert "No migrations to apply" in done(manage(elsewhere, "migrate"))


def test_an_older_backup_is_brought_up_to_date(elsewhere: str, tmp_path: Path):
    done(manage(elsewhere, "migrate", "chat", "0007"))
    file = tmp_path / "old.zip"
    done(manage(elsewhere, "backup", file))
    with empty_database(tmp_path) as url:
        done(manage(url, "restore", file))
        assert "No migrations to apply" in done(manage(url, "migrate"))


def test_a_missing_or_older_pg_dump_is_a_sentence(stored: str, tmp_path: Path):
    if connection.vendor == "sqlite":
        return  # which needs no programs of its own
    missing = manage(database_url(), "backup", tmp_path / "a.zip", PATH=str(tmp_path))
    assert "pg_dump is not installed. It comes with PostgreSQL's client" in missing.stderr
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    (tmp_path / "pg_dump").chmod(0o755)
    older = manage(database_url(), "backup", tmp_path / "a.zip", PATH=f"{tmp_path}:{Path(shutil.which('sh')).parent}")
    assert "pg_dump is version 9, the server" in older.stderr
    assert not (tmp_path / "a.zip").exists()
