"""Eight hours' worth of asks in a few minutes, against one server process: whatever they needed is given back after.

`python -m benchmarks.replay` prints tasks, threads, files, connections and memory before and after; it exits with 1
when any of them has grown.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import uvloop

from benchmarks import servers
from benchmarks.contestants import site
from benchmarks.databases import PostgresDatabases, SqliteDatabases
from benchmarks.load import Load, Outcome, apply
from benchmarks.usage import descriptors, measure

READERS = 50
TOKENS = 5
# Asks before the first count: what is built once (pools, caches, the allocator's arenas) is there then, most of it.
WARM_UP = 3000
# How long what ends late (connections kept for a next request, sweeps) may take.
SETTLE_SECS = 60
# What caches that fill late may take (SQLite's: 2 MB for each connection); a leak of a kilobyte an ask would be more.
RSS_SLACK_MB = 8
NAME = "replay"

Counts = dict[str, float]


class Replay:
    """One site process, asked again and again."""

    def __init__(self, server: servers.Process, database_url: str, sessions: list[str], tasks_file: Path) -> None:
        self.server = server
        self.database_url = database_url
        self.sessions = sessions
        self.tasks_file = tasks_file

    async def ask(self, count: int) -> Outcome:
        """Have count questions answered, READERS at a time."""
        load = Load(READERS, tokens=TOKENS, rounds=count // READERS, limit_secs=30)
        requests = [site("sqlite").request(self.server.port, session, load) for session in self.sessions]
        return await apply(load, ("127.0.0.1", self.server.port), requests, self.server.popen.pid)

    async def counts(self) -> Counts:
        """Return what the process holds now."""
        pid = self.server.popen.pid
        used = measure(pid)
        connections = self.connections()
        return {
            "tasks": await self.tasks(),
            "threads": used.threads,
            "open files": len(descriptors(pid)) - connections,
            "database connections": connections,
            "RSS, MB": round(used.rss_bytes / 2**20, 1),
        }

    async def settled(self, baseline: Counts) -> Counts:
        """Return the counts once they are back at the baseline, or at the end of SETTLE_SECS."""
        deadline = time.monotonic() + SETTLE_SECS
        while grown(baseline, found := await self.counts()) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(1)  # a count in /proc wakes nobody
        return found

    async def tasks(self) -> int:
        """Return how many asyncio tasks there are; the probe in the process leaves them in a file."""
        self.tasks_file.unlink(missing_ok=True)
        os.kill(self.server.popen.pid, signal.SIGUSR1)
        while not self.tasks_file.exists():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # nor does a file
        return len(self.tasks_file.read_text().splitlines())

    def connections(self) -> int:
        """Return how many connections to the database there are."""
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            return descriptors(self.server.popen.pid).count(path)
        with psycopg.connect(self.database_url) as connection:
            statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
            return int(connection.execute(statement, [NAME]).fetchone()[0])


def grown(before: Counts, after: Counts) -> list[str]:
    """Return the names of what is more than before."""
    slack = {"RSS, MB": RSS_SLACK_MB}
    return [name for name in before if after[name] > before[name] + slack.get(name, 0)]


async def replay(site_under_count: Replay, asks: int) -> bool:
    """Warm up, count, ask, count again; tell whether all came back."""
    await site_under_count.ask(WARM_UP)
    await asyncio.sleep(2)
    before, began = await site_under_count.counts(), time.monotonic()
    outcome = await site_under_count.ask(asks)
    took = time.monotonic() - began
    after = await site_under_count.settled(before)
    for name in before:
        print(f"{name:22}{before[name]:>10g}{after[name]:>10g}{'  grown' if name in grown(before, after) else ''}")
    print(f"{asks} asks in {took:.0f} s, {len(outcome.errors)} went wrong {outcome.errors[:1] or ''}")
    return not grown(before, after) and not outcome.errors


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--asks", type=int, default=10_000)
    parser.add_argument("--postgres", metavar="URL", help="use databases beside this one instead of SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, servers.model() as model_port:
        folder = Path(name)
        databases = (PostgresDatabases if options.postgres else SqliteDatabases)(options.postgres or folder, READERS)
        try:
            database_url = databases.fresh(NAME)
            probe = {"PYTHONPATH": str(servers.ROOT / "tests/faults/probe"), "TASKS_FILE": str(folder / "tasks")}
            environment = servers.site_environment(database_url, model_port, PGAPPNAME=NAME, **probe)
            port = servers.free_port()
            command = site("sqlite").command_on(port)
            with servers.running(command, environment, servers.AVAILABLE_CORES, port) as server:
                under_count = Replay(server, database_url, databases.sessions, folder / "tasks")
                is_well = uvloop.run(replay(under_count, options.asks))
        finally:
            databases.drop()
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
