"""The sites that the browser visits: real processes on a database of their own, set up by the site's own commands."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from tests.site import ROOT, Site, database_url

# Nothing that a reader does may leave these in the server's log.
SIGNS_OF_TROUBLE = ("Traceback", " ERROR ", " CRITICAL ", "its writer had died")


@contextmanager
def own_database() -> Iterator[str]:
    """Yield the address of an empty database of the kind that this test run uses."""
    template = database_url()
    if template.startswith("sqlite"):
        with TemporaryDirectory(prefix="browser-") as directory:
            yield f"sqlite:///{Path(directory) / 'site.sqlite3'}"
        return
    name = f"browser_{uuid.uuid4().hex[:12]}"
    # The database that every server has: the tests' own may not exist yet, when only browser tests run.
    with psycopg.connect(urlsplit(template)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield urlsplit(template)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def running_site(**environment: str) -> Iterator[Site]:
    """Yield the site with the articles that ship with it, and nobody signed up."""
    with own_database() as database, running(Site, DATABASE_URL=database, **environment) as site:
        yield site
    log = site.log.read_text()
    assert not [sign for sign in SIGNS_OF_TROUBLE if sign in log], log


@contextmanager
def running(kind: type[Site], **environment: str) -> Iterator[Site]:
    """Yield a site of this kind on an empty database that the caller knows."""
    # One reader asks in all tests: what a failed one left unfinished must not make the others fail too.
    site = kind(DEBUG="true", ACTIVE_REPLIES_PER_USER="100", **environment)
    for command in ("migrate", "seed_article"):
        manage(site, command)
    site.start()
    try:
        yield site
    finally:
        site.stop()


def manage(site: Site, *arguments: str) -> str:
    """Run a command of the site, on its database; return what it says."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=site.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
