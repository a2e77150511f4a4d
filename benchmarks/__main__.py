"""Measure and print the table: `make bench`, or `python -m benchmarks --help`."""

import argparse
import json
import os
import platform
import resource
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import uvloop

from benchmarks import servers
from benchmarks.contestants import Contestant, everyone
from benchmarks.databases import PostgresDatabases, SqliteDatabases
from benchmarks.measures import FULL, QUICK, Bench, Extent, Figures
from benchmarks.table import table, warnings

READERS = 800
Databases = dict[str, SqliteDatabases | PostgresDatabases]


def say(line: str) -> None:
    """Tell at once, also through a pipe."""
    print(line, flush=True)


def measured(contestant: Contestant, extent: Extent, databases: Databases, model_port: int, name: str) -> Figures:
    """Start a server on a fresh database, measure it, end it."""
    say(contestant.name)
    engine = contestant.engine or "sqlite"
    environment = servers.site_environment(databases[engine].fresh(name.replace("-", "_")), model_port)
    port = servers.free_port()
    with servers.running(contestant.command_on(port), environment, set(contestant.cores), port) as server:
        bench = Bench(contestant, extent, (port, model_port), databases[engine].sessions, server.popen.pid, say)
        return uvloop.run(bench.run())


def read_options() -> argparse.Namespace:
    """Return what was asked for; exits with a sentence when that is nothing that can be measured."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a try of two or three minutes; its figures are rough")
    parser.add_argument("--only", nargs="+", choices=everyone(), metavar="NAME", help=", ".join(everyone()))
    parser.add_argument("--format", choices=("text", "blocks"), help="of this site, only with this format")
    parser.add_argument("--postgres", metavar="URL", help="a database of PostgreSQL; others are made beside it")
    parser.add_argument("--json", type=Path, help="write all figures to this file, too")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> dict[str, Contestant]:
    """Return who is to be measured."""
    found = {name: one for name, one in everyone().items() if not options.only or name in options.only}
    if options.format:
        other = {"text": ", blocks", "blocks": ", text"}[options.format]
        found = {name: one for name, one in found.items() if not one.name.endswith(other)}
    if not options.postgres:
        if any(one.engine == "postgres" for one in found.values()):
            say("Without --postgres URL, PostgreSQL is not measured.")
        found = {name: one for name, one in found.items() if one.engine != "postgres"}
    return found


def run(options: argparse.Namespace, folder: Path) -> list[Figures]:
    """Measure one after another, with one model's server for all."""
    contestants, databases = chosen(options), Databases()
    try:
        databases["sqlite"] = SqliteDatabases(folder, READERS)
        if any(one.engine == "postgres" for one in contestants.values()):
            databases["postgres"] = PostgresDatabases(options.postgres, READERS)
        with servers.model() as model_port:
            extent = QUICK if options.quick else FULL
            return [measured(one, extent, databases, model_port, name) for name, one in contestants.items()]
    finally:
        for engine in databases.values():
            engine.drop()


def main() -> None:
    options = read_options()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))
    os.sched_setaffinity(0, servers.LOAD_CORES & servers.AVAILABLE_CORES or servers.AVAILABLE_CORES)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        figures = run(options, Path(folder))
    say("\n" + table(figures))
    say("")
    for warning in warnings(figures):
        say(f"- {warning}")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    say(f"- {machine}; {time.monotonic() - began:.0f} s in all.")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in figures], indent=1))


if __name__ == "__main__":
    main()
