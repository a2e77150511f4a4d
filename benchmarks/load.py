"""Many readers at once: each asks, and notes for every token when it came and how long it had been under way."""

import asyncio
import gc
import random
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.usage import Usage, measure, others_cores

TOKEN = re.compile(rb"t(\d{16})s")
# Enough bytes of the past to find a token, or the end of a stream, that was cut in two.
KEPT_BYTES = 40


@dataclass(frozen=True)
class Load:
    """What is asked for: how many readers, when they ask, and what the model answers."""

    readers: int
    tokens: int
    interval_ms: float = 0
    first_ms: float = 0
    ramp_secs: float = 0  # the readers begin within so many seconds, evenly spread
    rounds: int = 1  # so many asks each, one after another
    hold: bool = False  # the answers stay open; readers leave after their last token
    window: tuple[float, float] | None = None  # seconds from the start: which tokens and which CPU time count
    limit_secs: float = 60

    @property
    def prompt(self) -> str:
        return (
            f"Tell me. [[tokens={self.tokens} interval_ms={self.interval_ms} first_ms={self.first_ms}"
            f" hold={int(self.hold)}]]"
        )


@dataclass
class Outcome:
    """What came of it; times in milliseconds."""

    tokens: int = 0  # in the window
    expected: int = 0
    relay_ms: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)  # until the first token, without what the model took
    errors: list[str] = field(default_factory=list)
    used: Usage = field(default_factory=Usage)  # by the server
    others_cores: float = 0  # what everything else on the machine used meanwhile

    @property
    def share(self) -> float:
        return self.tokens / self.expected if self.expected else 0

    @property
    def us_per_token(self) -> float:
        return self.used.cpu_secs / max(1, self.tokens) * 1e6


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which percent of the values lie; nan for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else float("nan")


def median(values: Sequence[float]) -> float:
    """Return the median; nan for no values."""
    return statistics.median(values) if values else float("nan")


class Stream(asyncio.Protocol):
    """One ask and its answer. A token that comes again (a block is sent anew when it grows) counts once."""

    def __init__(self, request: bytes, load: Load) -> None:
        self.request = request
        self.load = load
        self.newest = 0
        self.log: list[tuple[int, int]] = []  # when a token was sent and when it came, in microseconds
        self.received = 0
        self.rest = b""
        self.head = b""
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.asked_at = time.monotonic_ns() // 1000
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns() // 1000
        if len(self.head) < len(b"HTTP/1.1 200"):
            self.head += data[:200]
        data = self.rest + data
        for found in TOKEN.findall(data):
            if (sent := int(found)) > self.newest:
                self.newest = sent
                self.log.append((sent, now))
        self.rest = data[-KEPT_BYTES:]
        if len(self.log) >= self.load.tokens and (self.load.hold or data.endswith(b"0\r\n\r\n")):
            self.end("")

    def connection_lost(self, error: Exception | None) -> None:
        told = "" if self.head.startswith(b"HTTP/1.1 200") else f" {self.head[:160]!r}"
        self.end(f"{len(self.log)} of {self.load.tokens} tokens{told}")

    def end(self, error: str) -> None:
        """Say how it ended; an open answer stays open until close()."""
        if not self.over.done():
            self.over.set_result(error)
            if not self.load.hold:
                self.transport.close()

    def close(self) -> None:
        self.transport.abort()


async def apply(load: Load, address: tuple[str, int], requests: list[bytes], pid: int) -> Outcome:
    """Have the readers ask a server; request n is that of reader n. Return what they and the server's usage tell.

    The usage is that of the window; without one it is that of the moment when every reader has all its tokens.
    """
    streams: list[Stream] = []
    loop = asyncio.get_running_loop()

    async def reader(number: int) -> list[str]:
        await asyncio.sleep(load.ramp_secs * (number + random.random()) / load.readers)
        errors = []
        for _ in range(load.rounds):
            stream = Stream(requests[number % len(requests)], load)
            streams.append(stream)
            try:
                async with asyncio.timeout(load.limit_secs):
                    await loop.create_connection(lambda stream=stream: stream, *address)
                    errors.append(await stream.over)
            except (TimeoutError, OSError) as error:
                errors.append(f"{type(error).__name__} after {len(stream.log)} tokens")
                if hasattr(stream, "transport"):
                    stream.close()
        return errors

    gc.collect()
    gc.disable()
    started = loop.time()
    watching = asyncio.create_task(watch(load, pid))
    tried = await asyncio.gather(*(reader(number) for number in range(load.readers)))
    gc.enable()
    outcome = Outcome(errors=[error for errors in tried for error in errors if error])
    if load.window:
        outcome.used, outcome.others_cores = await watching
        outcome.expected = int((load.window[1] - load.window[0]) * 1000 / load.interval_ms * load.readers)
    else:
        watching.cancel()
        outcome.used = measure(pid)
    note(outcome, streams, load, started)
    for stream in streams:
        if hasattr(stream, "transport"):
            stream.close()
    return outcome


def note(outcome: Outcome, streams: list[Stream], load: Load, started: float) -> None:
    """Note the delays of the tokens that were sent in the window, and the waits for the first ones."""
    begin, end = (int((started + at) * 1e6) for at in load.window or (0, 3600))
    for stream in streams:
        outcome.relay_ms += [(came - sent) / 1000 for sent, came in stream.log if begin <= sent < end]
        if stream.log:
            outcome.first_ms.append((stream.log[0][1] - stream.asked_at) / 1000 - load.first_ms)
    outcome.tokens = len(outcome.relay_ms)


async def watch(load: Load, pid: int) -> tuple[Usage, float]:
    """Measure what the server, and everything else, uses in the window."""
    begin, end = load.window or (0, 3600)
    await asyncio.sleep(begin)
    before, others = measure(pid), others_cores()
    await asyncio.sleep(end - begin)
    after = measure(pid)
    return Usage(after.cpu_secs - before.cpu_secs, after.rss_bytes, after.threads), others()
