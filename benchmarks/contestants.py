"""Who is measured: a bare relay, the plain view, and this site in its forms."""

import json
import sys
from dataclasses import dataclass, field

from benchmarks.load import Load
from benchmarks.servers import AVAILABLE_CORES, SERVER_CORES

# Any 32 letters: Django compares the header with the cookie.
TOKEN = "t" * 32


@dataclass(frozen=True)
class Contestant:
    """A server, how to ask it, and the numbers of readers that are tried with it."""

    name: str
    command: tuple[str, ...]
    engine: str = "sqlite"  # "" for a server that stores nothing
    path: str = "/chat"
    body: dict[str, object] = field(default_factory=dict)
    cores: frozenset[int] = frozenset(SERVER_CORES)
    rungs: tuple[int, ...] = (100, 200, 300, 400, 500, 600, 800)
    lowest_rung: int = 50
    has_all_measures: bool = True

    def command_on(self, port: int) -> list[str]:
        return [sys.executable, *self.command, str(port)]

    def request(self, port: int, session: str, load: Load) -> bytes:
        """Return the bytes of one ask by the reader with this session."""
        messages = [{"role": "user", "content": load.prompt}]
        is_relay = "message" not in self.body
        body = json.dumps(self.body | ({"messages": messages} if is_relay else {"message": load.prompt})).encode()
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: https://127.0.0.1:{port}",
            "X-Forwarded-Proto: https",
            f"X-CSRFToken: {TOKEN}",
            f"Cookie: csrftoken={TOKEN}; sessionid={session}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


RELAY = Contestant(
    "(a) bare relay, uvicorn",
    ("-m", "uvicorn", "benchmarks.passthrough:application", "--log-level", "warning", "--port"),
    engine="",
    path="/",
    body={"model": "bench", "stream": True},
    rungs=(100, 200, 400, 800),
)
PLAIN = Contestant(
    "(b) plain Django view, daphne",
    ("-m", "daphne", "-b", "127.0.0.1", "-v", "0", "benchmarks.plain.asgi:application", "-p"),
    body={"message": ""},
    lowest_rung=25,
)


def site(
    engine: str, workers: int = 1, output: str = "text", server: str = "serve", has_all_measures: bool = True
) -> Contestant:
    """Return this site: its engine, its processes, what it answers with."""
    name = {"sqlite": "SQLite", "postgres": "PostgreSQL"}[engine]
    command = ("manage.py", server, *(("--workers", str(workers)) if workers > 1 else ()), "--port")
    return Contestant(
        f"(c) this site, {name}, {'1 process' if workers == 1 else f'{workers} processes'}, {output}",
        command,
        engine=engine,
        path=f"/chat?format={output}",
        body={"message": "", "article": "celebration"},
        cores=frozenset(SERVER_CORES if workers == 1 else AVAILABLE_CORES),
        has_all_measures=has_all_measures,
    )


def everyone() -> dict[str, Contestant]:
    """Return all contestants under short names, in the order of the table."""
    return {
        "relay": RELAY,
        "plain": PLAIN,
        "sqlite": site("sqlite"),
        "sqlite-blocks": site("sqlite", output="blocks", has_all_measures=False),
        "sqlite-2": site("sqlite", workers=2, has_all_measures=False),
        "postgres": site("postgres"),
        "postgres-blocks": site("postgres", output="blocks", has_all_measures=False),
        "postgres-2": site("postgres", workers=2, has_all_measures=False),
    }
