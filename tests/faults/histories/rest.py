"""How a stage comes to rest: its rows are watched, its model's connections and what its processes hold are counted."""

import asyncio
import time
from collections.abc import Iterator

from tests.faults.histories.database import Row
from tests.faults.histories.page import Page
from tests.faults.histories.script import SILENT_MODES
from tests.faults.histories.servers import Server
from tests.faults.histories.stage import Stage

# The promise: so long after what died, each reply goes on or has its end. To say the rest takes its own time.
PROMISED_SECS = 15.0
# How long after Stop was acknowledged a text may still grow: one interval of the journal, and a look.
STOP_SECS = 1.6
# How long an idle process may take to be as it was.
IDLE_SECS = 15.0
LOOK_SECS = 0.2


class Watch:
    """Looks at a history's rows now and again, and notes when they ended."""

    def __init__(self, stage: Stage, pages: list[Page]) -> None:
        self.stage, self.pages = stage, pages
        self.pattern = f'%"{pages[0].script.tag.rpartition(".")[0]}.%'
        self.rows: dict[str, list[Row]] = {}
        self.ends: dict[str, float] = {}
        self.at_stop: dict[str, tuple[int, int]] = {}  # text length and open connections, STOP_SECS after Stop

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECS)

    async def look(self) -> None:
        """Look once."""
        began = time.monotonic()
        found: dict[str, list[Row]] = {}
        for row in await self.stage.rows(self.pattern):
            found.setdefault(row.key, []).append(row)
        self.rows = found
        for page in self.pages:
            key = page.key.replace("-", "")
            row = found[key][0] if key in found else None
            if row is None:
                continue
            if row.is_ended:
                self.ends.setdefault(key, began)
            else:
                self.ends.pop(key, None)
            if page.stopped and began > page.stopped + STOP_SECS and key not in self.at_stop:
                self.at_stop[key] = (len(row.text), self.stage.playwright.open(page.script.tag))

    @property
    def unfinished(self) -> int:
        return sum(not row.is_ended for rows in self.rows.values() for row in rows)

    async def all_ended(self, deadline: float) -> None:
        """Return when all replies have ended, or at the deadline."""
        await self.look()
        while self.unfinished and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_SECS)
            await self.look()

    async def all_closed(self) -> None:
        """Return when the model has no open connection of this history, or after a while."""
        deadline = time.monotonic() + 5
        tags = [page.script.tag for page in self.pages]
        while any(map(self.stage.playwright.open, tags)) and time.monotonic() < deadline:  # noqa: ASYNC110 its own thread
            await asyncio.sleep(0.1)

    def late(self, over: float) -> Iterator[str]:
        """Yield which replies ended later after the last fault than was promised."""
        for page in self.pages:
            ended, allowed = self.ends.get(page.key.replace("-", "")), allowed_secs(page, self.stage)
            if ended and ended - over > allowed:
                yield f"{page.script.tag}: I2 end {ended - over:.1f} s after the last fault, not in {allowed:.1f} s"

    def grown(self) -> Iterator[str]:
        """Yield which replies went on after they had been stopped."""
        for page in self.pages:
            key = page.key.replace("-", "")
            if key not in self.at_stop or page.continued:
                continue
            length, connections = self.at_stop[key]
            if len(self.rows[key][0].text) != length:
                yield f"{page.script.tag}: I5 grew from {length} to {len(self.rows[key][0].text)} after Stop"
            if connections:
                yield f"{page.script.tag}: I5 {connections} connections to the model {STOP_SECS} s after Stop"


def allowed_secs(page: Page, stage: Stage) -> float:
    """How long after the last fault a reply may take to its end."""
    script = page.script
    silence = stage.kind.patience_secs * script.failures if script.mode in SILENT_MODES else 0
    # A reply that a reader continues is said in parts; whoever does that takes a moment, too.
    return PROMISED_SECS + 2 * script.secs + silence + 5 * page.continued


async def excess(stage: Stage, server: Server) -> str:
    """Return what an idle process holds that it did not hold before, once that does not change any more."""
    deadline = time.monotonic() + IDLE_SECS
    while True:
        load = await asyncio.to_thread(server.load)
        found = stage.baseline.excess(load) if stage.baseline else ""
        if not found or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.5)
