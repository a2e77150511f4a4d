"""The measures: replies held, the wait for the first token, what a token, an ask and an open stream cost."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.contestants import Contestant
from benchmarks.load import Load, Outcome, apply, median, percentile
from benchmarks.usage import measure

RATE = 20  # tokens a second of one reply
COMMON = 100  # replies at which every server's CPU time for a token is compared
HELD_P99_MS = 100
HELD_SHARE = 0.97
READERS = 50  # who wait for a first token at the same time
# CPU time in half a second below which a server counts as resting.
RESTING_SECS = 0.08
# Between the last reader's start and the window, and between the window and the replies' end.
SETTLE_SECS, AFTER_SECS = 1.0, 0.5


@dataclass(frozen=True)
class Extent:
    """How long and how often things are measured."""

    window_secs: float
    asks: int
    first_rounds: int
    idle_streams: int
    rungs_at_most: int


FULL = Extent(window_secs=5, asks=400, first_rounds=3, idle_streams=500, rungs_at_most=800)
QUICK = Extent(window_secs=2.5, asks=100, first_rounds=1, idle_streams=100, rungs_at_most=300)


@dataclass(frozen=True)
class Rung:
    """What came of so many replies at a time."""

    readers: int
    p50_ms: float
    p99_ms: float
    share: float
    us_per_token: float
    others_cores: float
    errors: int

    @property
    def is_held(self) -> bool:
        return self.p99_ms < HELD_P99_MS and self.share >= HELD_SHARE and not self.errors


@dataclass
class Figures:
    """One line of the table; None for what was not measured."""

    name: str
    rungs: list[Rung] = field(default_factory=list)
    first_ms: tuple[float, float] | None = None  # p50 and p95, readers begin within a second
    burst_ms: tuple[float, float] | None = None  # the same, all in one instant
    ms_per_ask: float | None = None
    idle_mb: float | None = None
    kb_per_stream: float | None = None
    threads_before: int | None = None
    threads_open: int | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def held(self) -> int:
        return max((rung.readers for rung in self.rungs if rung.is_held), default=0)

    def at(self, readers: int) -> Rung | None:
        """Return the last try with so many readers."""
        return next((rung for rung in reversed(self.rungs) if rung.readers == readers), None)


class Bench:
    """One server under measurement."""

    def __init__(
        self, contestant: Contestant, extent: Extent, ports: tuple[int, int], sessions: list[str], pid: int,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.contestant = contestant
        self.extent = extent
        self.port, self.model_port = ports
        self.sessions = sessions
        self.pid = pid
        self.say = say
        self.figures = Figures(contestant.name)

    async def run(self) -> Figures:
        """Take all measures that this contestant gets."""
        await self.apply(Load(readers=8, tokens=5, rounds=3))
        if self.contestant.has_all_measures:
            await self.asks()
            await self.first_tokens()
            await self.idle()
        await self.climb()
        return self.figures

    async def apply(self, load: Load) -> Outcome:
        """Apply a load, then wait until the model and the server have nothing left of it."""
        requests = [self.contestant.request(self.port, session, load) for session in self.sessions[: load.readers]]
        outcome = await apply(load, ("127.0.0.1", self.port), requests, self.pid)
        for error in outcome.errors[:2]:
            self.say(f"    error: {error}")
        self.figures.errors += outcome.errors
        await self.rest()
        return outcome

    async def rest(self, timeout_secs: float = 60) -> None:
        """End all answers; wait until none is open and the server does next to nothing."""
        deadline = time.monotonic() + timeout_secs
        while time.monotonic() < deadline:
            before = measure(self.pid).cpu_secs
            await asyncio.sleep(0.5)
            if await self.release() == 0 and measure(self.pid).cpu_secs - before < RESTING_SECS:
                return
        self.say("    the server did not come to rest")

    async def release(self) -> int:
        """End the answers that the model holds open; return how many are on their way still."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.model_port)
        writer.write(b"POST /release HTTP/1.1\r\nHost: model\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        number = int(await reader.readexactly(int(head.partition(b"content-length: ")[2])))
        writer.close()
        return number

    async def asks(self) -> None:
        """Measure the CPU time of an ask that is answered with one token."""
        rounds = self.extent.asks // 8
        before = measure(self.pid).cpu_secs
        await self.apply(Load(readers=8, tokens=1, rounds=rounds))
        self.figures.ms_per_ask = (measure(self.pid).cpu_secs - before) / (8 * rounds) * 1000
        self.say(f"    an ask: {self.figures.ms_per_ask:.1f} ms CPU")

    async def first_tokens(self) -> None:
        """Measure the wait for the first token, beyond what the model takes, when READERS ask together."""
        found = []
        for ramp in (1.0, 0.0):
            waits: list[float] = []
            for _ in range(self.extent.first_rounds):
                load = Load(READERS, tokens=40, interval_ms=1000 / RATE, first_ms=100, ramp_secs=ramp)
                waits += (await self.apply(load)).first_ms
            found.append((median(waits), percentile(waits, 95)))
        self.figures.first_ms, self.figures.burst_ms = found
        self.say(f"    first token p50/p95: {pair(*found[0])}; all in one instant: {pair(*found[1])}")

    async def idle(self) -> None:
        """Measure what open streams hold on which nothing happens."""
        streams = self.extent.idle_streams
        await self.apply(Load(streams, tokens=1, ramp_secs=streams * 0.02))
        before = measure(self.pid)
        during = (await self.apply(Load(streams, tokens=1, ramp_secs=streams * 0.02, hold=True))).used
        self.figures.idle_mb = before.rss_bytes / 2**20
        self.figures.kb_per_stream = (during.rss_bytes - before.rss_bytes) / 1024 / streams
        self.figures.threads_before, self.figures.threads_open = before.threads, during.threads
        self.say(f"    {streams} open streams: {self.figures.kb_per_stream:.0f} KB each, {during.threads} threads")

    async def climb(self) -> None:
        """Try more and more replies until the server cannot hold them; what fails is tried once more."""
        rungs = [rung for rung in self.contestant.rungs if rung <= self.extent.rungs_at_most]
        for readers in rungs:
            if not (await self.rung(readers)).is_held and not (await self.rung(readers)).is_held:
                break
        if not self.figures.held:
            for readers in (50, 25):
                if readers >= self.contestant.lowest_rung and (await self.rung(readers)).is_held:
                    break

    async def rung(self, readers: int) -> Rung:
        """Hold so many replies for a while."""
        # Asks come in at most 65 a second, so that beginning is not what is measured.
        ramp = max(2.0, readers * 0.015)
        window = (ramp + SETTLE_SECS, ramp + SETTLE_SECS + self.extent.window_secs)
        load = Load(
            readers, tokens=int((window[1] + AFTER_SECS) * RATE), interval_ms=1000 / RATE, first_ms=50,
            ramp_secs=ramp, window=window, limit_secs=window[1] + 10,
        )  # fmt: skip
        outcome = await self.apply(load)
        relay = outcome.relay_ms
        rung = Rung(
            readers, median(relay), percentile(relay, 99), outcome.share, outcome.us_per_token,
            outcome.others_cores, len(outcome.errors),
        )  # fmt: skip
        self.figures.rungs.append(rung)
        self.say(
            f"    {readers} replies: p50 {rung.p50_ms:.0f} ms, p99 {rung.p99_ms:.0f} ms, {rung.share:.1%} delivered,"
            f" {rung.us_per_token:.0f} µs/token, others used {rung.others_cores:.2f} cores"
            f"{'' if rung.is_held else ': not held'}"
        )
        return rung


def pair(p50_ms: float, p95_ms: float) -> str:
    """Return two times for people."""
    return f"{p50_ms:.0f}/{p95_ms:.0f} ms"
