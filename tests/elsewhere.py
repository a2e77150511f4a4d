"""Databases beside the one of the test, and the site's commands run on them in processes of their own."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection

from tests.site import ROOT, database_url


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """Hand over the address of an empty database of the test's own engine."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder}/{secrets.token_hex(4)}.sqlite3"
        return
    name = f"test_elsewhere_{secrets.token_hex(4)}"
    server, _, _ = database_url().rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as own:
        own.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield f"{server}/{name}"
        own.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(
    url: str, *words: str | Path, before: Callable[[], None] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command on a database and return what became of it."""
    own = {"DJANGO_SETTINGS_MODULE": "celebrations_site.settings", "DEBUG": "true", "DATABASE_URL": url}
    command = [sys.executable, "manage.py", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **own, **environment}, capture_output=True, text=True, check=False,
        preexec_fn=before,
    )  # fmt: skip


def done(result: subprocess.CompletedProcess[str]) -> str:
    """Return what a command that has to work said."""
    assert result.returncode == 0, result.stderr
    return result.stdout
