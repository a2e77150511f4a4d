"""A stage: one or two server processes, their database and perhaps a Redis, all of which histories may break."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg

from tests.faults.histories.database import Cluster, Database, Row, Sqlite
from tests.faults.histories.page import Reader
from tests.faults.histories.script import Playwright
from tests.faults.histories.servers import Load, Server, free_port
from tests.redis_server import RedisServer
from tests.site import ROOT

T = TypeVar("T")

# Small enough to be filled in no time; PostgreSQL begins with 40 MB.
MOUNT_MB = {"sqlite": 96, "postgresql": 320}


@dataclass(frozen=True)
class Kind:
    """What a stage is made of."""

    vendor: str = "sqlite"
    servers: int = 2
    has_redis: bool = False
    patience_secs: int = 30  # for a silent model; with a long one silent modes take too long, with a short one a freeze
    is_own: bool = True  # the database server and its disk belong to the stage

    @property
    def name(self) -> str:
        return f"{self.vendor}-{self.servers}{'-redis' if self.has_redis else ''}-{self.patience_secs}s"


class Stage:
    """Everything of one stage; whatever blocks runs in a thread."""

    def __init__(self, kind: Kind, folder: Path, database: Database, readers: list[Reader], model_url: str) -> None:
        self.kind, self.folder, self.database, self.readers = kind, folder, database, readers
        self.redis = redis_server() if kind.has_redis else None
        environment = settings(kind, database.url, model_url, self.redis)
        self.servers = [Server(folder, f"{kind.name}-{os.getpid()}-{n}", **environment) for n in range(kind.servers)]
        self.playwright = Playwright()
        self.baseline: Load | None = None
        self.turn = 0  # of the histories played here

    @property
    def ports(self) -> list[int]:
        """Where a reader may be sent: a proxy would know which processes are up, and be late now and then."""
        up = [server.port for server in self.servers if server.is_up]
        return up or [server.port for server in self.servers]

    async def start(self) -> None:
        if self.redis:
            await asyncio.to_thread(self.redis.start)
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in self.servers))

    async def rows(self, pattern: str) -> list[Row]:
        """Return the questions that are like the pattern, with their replies."""
        return await self.persist(self.database.rows, pattern)

    async def execute(self, sql: str) -> None:
        await self.persist(self.database.execute, sql)

    async def persist(self, work: Callable[[str], T], argument: str, timeout_secs: float = 60) -> T:
        """Call work as soon as the database is there: another fault may have taken it away."""
        deadline = time.monotonic() + timeout_secs
        while True:
            try:
                return await asyncio.to_thread(work, argument)
            except (sqlite3.Error, psycopg.Error):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)

    def close(self) -> None:
        """End everything that was started here."""
        for server in self.servers:
            server.end()
        if self.redis:
            self.redis.kill()
        self.database.close()
        if self.disk:
            subprocess.run(["umount", "-l", str(self.disk)], check=False)

    @property
    def disk(self) -> Path | None:
        """The file system that holds nothing but the database, where there is one."""
        path = self.folder / "disk"
        return path if os.path.ismount(path) else None


def redis_server() -> RedisServer:
    """Return one whose port nobody takes while it is dead."""
    server = RedisServer()
    server.port = free_port()
    server.url = f"redis://127.0.0.1:{server.port}/0"
    return server


def settings(kind: Kind, database_url: str, model_url: str, redis: RedisServer | None) -> dict[str, str]:
    """Return the environment of a stage's servers: patience and limits that fit short histories."""
    environment = {
        "DEBUG": "true",
        "DATABASE_URL": database_url,
        "OPENAI_API_KEY": "sk-test-key",
        "OPENAI_BASE_URL": model_url,
        "MODEL_FIRST_WORD_SECS": str(kind.patience_secs),
        "MODEL_IDLE_SECS": str(kind.patience_secs),
        "FIRST_WORD_WAIT_SECS": "0.5",
        "HEARTBEAT_SECS": "2",
        "DRAIN_SECS": "0.5",
        "STALL_SECS": "3",
        "QUOTA_QUESTIONS_PER_DAY": "1000000",
        "QUOTA_TOKENS_PER_DAY": "1000000000",
        "QUOTA_TOKENS_PER_MONTH": "100000000000",
        "ACTIVE_REPLIES_PER_USER": "1000",
        "SQLITE_TIMEOUT_SECS": "2",
        "SEND_BUFFER_BYTES": "16384",
    }
    return {**environment, **({"REDIS_URL": redis.url} if redis else {})}


class Workshop:
    """Makes stages in one folder: a database is prepared once and copied."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="histories-"))
        self.folder.chmod(0o755)  # PostgreSQL's user has to get through
        tempfile.tempdir = str(self.folder)  # what others leave behind goes with it
        self.templates: dict[str, tuple[Path, list[Reader]]] = {}

    def make(self, kind: Kind, number: int, model_url: str) -> Stage:
        """Return a stage that is not started yet, with a database of its own."""
        template, readers = self.template(kind.vendor)
        folder = self.folder / f"{number}-{kind.name}"
        disk = folder / "disk"
        disk.mkdir(parents=True)
        mount(disk, MOUNT_MB[kind.vendor])
        if kind.vendor == "sqlite":
            shutil.copy(template, disk / "site.sqlite3")
            return Stage(kind, folder, Sqlite(disk / "site.sqlite3"), readers, model_url)
        cluster = Cluster(disk / "cluster", free_port())
        cluster.copy(template)
        cluster.start()
        return Stage(kind, folder, cluster, readers, model_url)

    def template(self, vendor: str) -> tuple[Path, list[Reader]]:
        """Return a database with tables and readers that nobody uses."""
        if vendor not in self.templates:
            path = self.folder / f"template-{vendor}"
            self.templates[vendor] = (path, make_sqlite(path) if vendor == "sqlite" else make_cluster(path))
        return self.templates[vendor]

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def make_sqlite(path: Path) -> list[Reader]:
    readers = prepare(f"sqlite:///{path}")
    Sqlite(path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return readers


def make_cluster(path: Path) -> list[Reader]:
    path.mkdir()
    Cluster.make(path)
    cluster = Cluster(path, free_port())
    cluster.start()
    try:
        return prepare(cluster.url)
    finally:
        cluster.stop()


def prepare(url: str) -> list[Reader]:
    """Have tables and readers made."""
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "tests.faults.histories.cast"]
    output = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout
    return [Reader(name, cookie) for name, cookie in json.loads(output).items()]


def mount(folder: Path, size_mb: int) -> None:
    """Give a folder a small file system of its own, which can be filled; where that is not allowed, nothing happens."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0755", "tmpfs", str(folder)]
    if os.getuid() == 0:
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
