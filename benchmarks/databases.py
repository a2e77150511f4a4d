"""Fresh databases for benchmarks: filled once for each engine, copied for each server that is measured."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from benchmarks.servers import ROOT, site_environment


class SqliteDatabases:
    """Files in a folder."""

    def __init__(self, folder: Path, readers: int) -> None:
        self.folder = folder
        self.filled = folder / "filled.sqlite3"
        self.sessions = fill(f"sqlite:///{self.filled}", readers)

    def fresh(self, name: str) -> str:
        """Return the address of a new copy."""
        copy = self.folder / f"{name}.sqlite3"
        shutil.copyfile(self.filled, copy)
        return f"sqlite:///{copy}"

    def drop(self) -> None:
        """Leave nothing; the folder is temporary."""


class PostgresDatabases:
    """Databases beside the one that the address names; dropped at the end."""

    def __init__(self, address: str, readers: int) -> None:
        self.address = address
        self.made: list[str] = []
        self.filled = f"celebrations_bench_{os.getpid()}"
        self.sessions = fill(self._make(self.filled), readers)

    def fresh(self, name: str) -> str:
        """Return the address of a new copy."""
        return self._make(f"{self.filled}_{name}", template=self.filled)

    def drop(self) -> None:
        """Remove all that was made."""
        for name in reversed(self.made):
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self.made.clear()

    def _make(self, name: str, template: str = "template1") -> str:
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        self.made.append(name)
        return urlsplit(self.address)._replace(path=f"/{name}").geturl()

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def fill(database_url: str, readers: int) -> list[str]:
    """Fill a database in a process of its own; return the readers' session keys."""
    command = [sys.executable, "-m", "benchmarks.cast", str(readers)]
    environment = site_environment(database_url, model_port=9)
    return json.loads(subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout)
