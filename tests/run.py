"""Run every test that this machine can run, on SQLite and on PostgreSQL, and say what was left out."""

# ruff: noqa: T201 - its output is what it is for
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import psycopg

POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
# Its databases 14 and 15 are used, and emptied: one for each run.
REDIS = "redis://127.0.0.1:6379"


@dataclass(frozen=True)
class Part:
    """A part of the tests that a machine may be unable to run."""

    name: str
    missing: str  # why it cannot run here; "" when it can
    remedy: str


def find_browser() -> Part:
    missing = "" if shutil.which("chromium") else "there is no chromium"
    return Part("the tests in a browser", missing, "install Chromium (Debian: apt install chromium fonts-dejavu-core)")


def find_postgres(url: str) -> Part:
    """Look for a server on which the tests may create a database of their own."""
    remedy = "start PostgreSQL and set TEST_DATABASE_URL=postgres://user:password@host:port/postgres"
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        missing = "" if row and row[0] else "its role may not create databases (ALTER ROLE … CREATEDB)"
    except psycopg.Error as error:
        missing = str(error).splitlines()[0]
    return Part("the second run, on PostgreSQL", missing, remedy)


class Run:
    """pytest on one database, in a process of its own, with what it says in a file."""

    def __init__(self, database: str, url: str, redis_url: str, arguments: list[str], folder: Path) -> None:
        self.database = database
        self.started = time.monotonic()
        self.report, self.log = folder / f"{database}.xml", folder / f"{database}.log"
        environment = {**os.environ, "TEST_REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1"}
        environment["DATABASE_URL"] = url or f"sqlite:///{folder}/db.sqlite3"
        # Logs, databases and browser profiles that the tests leave behind go with the folder.
        environment["TMPDIR"] = str(folder)
        command = [sys.executable, "-m", "pytest", f"--junit-xml={self.report}", *arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def show(self) -> bool:
        """Print what it says until it ends; return whether it passed."""
        print(f"\n== Tests on {self.database}", flush=True)
        with self.log.open(errors="replace") as log:
            is_over = False
            while not is_over:
                is_over = self.process.poll() is not None
                print(log.read(), end="", flush=True)
                time.sleep(0 if is_over else 0.2)
        passed = self.process.returncode == 0
        print(f"== {self.database}: {'passed' if passed else 'FAILED'} after {time.monotonic() - self.started:.0f} s")
        return passed

    def skipped(self) -> int:
        """Return how many tests skipped themselves."""
        suites = ElementTree.parse(self.report).getroot().iter("testsuite") if self.report.exists() else []
        return sum(int(suite.get("skipped", "0")) for suite in suites)


def run_all(postgres_url: str, arguments: list[str]) -> tuple[bool, list[str]]:
    """Run the tests on all databases at once: they wait more than they work. Return whether all passed, and skips."""
    with tempfile.TemporaryDirectory() as folder:
        # What a page looks like in the browser is the same on either database, and takes as long as all the rest: with
        # both at hand each looks at some of them, so that they end at about the same time.
        of_readers, of_editors = "*/browser/checks/test_[a-f]*", "*/browser/test_every_admin_page.py"
        on_sqlite = [f"--ignore-glob={of_editors}"] if postgres_url else []
        runs = [Run("SQLite", "", f"{REDIS}/15", [*arguments, *on_sqlite], Path(folder))]
        if postgres_url:
            own = [*arguments, f"--ignore-glob={of_readers}"]
            runs.append(Run("PostgreSQL", postgres_url, f"{REDIS}/14", own, Path(folder)))
        try:
            passed = [run.show() for run in runs]
        except KeyboardInterrupt:
            # The terminal sent it to the tests, too: they stop their servers and drop their databases.
            passed = [run.process.wait() == 0 for run in runs]
        skips = [f"{n} skipped on {run.database}: pytest says above why." for run in runs if (n := run.skipped())]
    return all(passed), skips


def main(arguments: list[str]) -> int:
    postgres_url = os.environ.get("TEST_DATABASE_URL", POSTGRES)
    browser, postgres = find_browser(), find_postgres(postgres_url)
    left_out = [f"{part.name}: {part.missing}. To run: {part.remedy}." for part in (browser, postgres) if part.missing]
    must_be_complete = os.environ.get("CI") == "true"
    if left_out and must_be_complete:
        print("Nothing may be left out when CI=true.", *left_out, sep="\n  ")
        return 1
    # A database name of its own: two runs on one server do not meet. Django makes and drops test_<name>.
    own_url = urlsplit(postgres_url)._replace(path=f"/celebrations_{os.getpid()}").geturl()
    has_passed, skips = run_all(
        "" if postgres.missing else own_url, ["-m", "not browser", *arguments] if browser.missing else arguments
    )
    left_out += skips
    if left_out:
        print("\nLeft out:", *left_out, sep="\n  ")
    return 0 if has_passed and not (left_out and must_be_complete) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
