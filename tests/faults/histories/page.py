"""A reader's page: asks until it is answered, follows to the end over as many connections as that takes, misbehaves."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.histories.script import Script
from tests.faults.histories.wire import Broken, Connection, Reading, request

# What readers do; the first one is what they should.
BEHAVIOURS = (
    "steady",
    "client resets",
    "client half-closes",
    "client never reads",
    "client resumes at an older offset",
    "client leaves before the answer",
    "client sends twice",
    "client follows twice",
    "client stops",
    "client stops at once",
    "client continues",
    "stranger intrudes",
)
LEAVING = ("client resets", "client half-closes", "client resumes at an older offset")
# After that a page that has no end counts as lost.
PATIENCE_SECS = 180.0
NOT_YET = (0, 500, 503)


@dataclass(frozen=True)
class Reader:
    """Somebody with a session."""

    name: str
    cookie: str


class Page:
    """One question of one reader, and all that was acknowledged about it."""

    def __init__(
        self,
        ports: Callable[[], list[int]],
        reader: Reader,
        stranger: Reader,
        script: Script,
        behaviour: str,
        seed: int,
    ) -> None:
        self.ports, self.reader, self.stranger = ports, reader, stranger
        self.script, self.behaviour = script, behaviour
        self.chance = random.Random(seed)
        self.key = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.readings: list[Reading] = []
        self.reply: dict[str, str] = {}  # as introduced by the first event
        self.known = asyncio.Event()  # it is clear whether there is a reply
        self.is_refused = False  # the model failed before its first word, and the question's answer said so
        self.is_stopping = False
        self.stopped: float | None = None  # when the wish to stop was acknowledged
        self.continued = 0
        self.wrong: list[str] = []
        self.leaves = self.chance.randint(1, 3) if behaviour in LEAVING else int(behaviour == "client never reads")
        self.side: list[asyncio.Task[None]] = []

    @property
    def is_acknowledged(self) -> bool:
        return any(reading.status in (200, 204, 502) for reading in self.readings)

    def statuses(self) -> str:
        """Tell how its connections went: status, offsets, seconds ago."""
        ends = [f"{each.status}@{each.start}-{each.offset}" for each in self.readings[-5:]]
        return f"{len(self.readings)} connections, {', '.join(ends)}; reply {self.reply.get('reply')}"

    def port(self) -> int:
        return self.chance.choice(self.ports())

    async def run(self) -> None:
        """Be the reader until the reply has ended for them."""
        if self.behaviour == "client leaves before the answer":
            await self.leave_at_once()
            return
        followers = [self.follow()]
        if self.behaviour == "client sends twice":
            followers.append(self.follow())
        if self.behaviour == "client follows twice":
            followers.append(self.follow_later())
        try:
            async with asyncio.timeout(PATIENCE_SECS):
                await asyncio.gather(*followers)
                await asyncio.gather(*self.side)
        except TimeoutError:
            self.wrong.append(f"I4 the page had no end after {PATIENCE_SECS} s: {self.statuses()}")
            for task in self.side:
                task.cancel()

    async def leave_at_once(self) -> None:
        """Send the question and go, whether it has arrived or not."""
        try:
            async with Connection(self.port(), self.reader.cookie) as connection:
                self.ask(connection)
                await asyncio.sleep(self.chance.choice([0, 0.005, 0.02, 0.1]))
                connection.reset()
        except Broken:
            pass

    async def follow_later(self) -> None:
        """Open the same reply once more, elsewhere perhaps."""
        await self.known.wait()
        if self.reply:
            await self.follow()

    async def follow(self) -> None:
        """Take all events from the first to the last."""
        offset, is_over = 0, False
        while not is_over:
            reading = Reading(offset)
            has_asked = not self.reply
            try:
                async with Connection(self.port(), self.reader.cookie) as connection:
                    self.ask(connection) if has_asked else self.resume(connection, offset)
                    await self.take(connection, reading)
            except Broken:
                pass
            self.readings.append(reading)
            offset = reading.offset
            is_over = await self.look(reading, has_asked)
            if not is_over and self.behaviour == "client resumes at an older offset":
                offset = self.chance.randint(0, offset)
            await asyncio.sleep(0 if is_over else self.chance.uniform(0.02, 0.4))

    def ask(self, connection: Connection) -> None:
        connection.send("POST", "/chat", {"message": self.script.question, "key": self.key})

    def resume(self, connection: Connection, offset: int) -> None:
        """Go on as an EventSource or as the page's script does."""
        if self.chance.random() < 0.5:
            connection.send("GET", self.reply["events"], Last_Event_ID=str(offset))
        else:
            connection.send("GET", f"{self.reply['events']}?after={offset}")

    async def take(self, connection: Connection, reading: Reading) -> None:
        """Read events until the end, or as many as this reader's nature wants."""
        if self.leaves and self.behaviour == "client never reads":
            self.leaves -= 1
            await asyncio.sleep(self.script.secs + self.chance.uniform(1, 6))
            return
        leave_after = self.chance.randint(0, 14) if self.leaves else -1
        events = 0
        async for _ in connection.receive(reading):
            if reading.reply and not self.reply:
                self.reply = reading.reply
                self.known.set()
            if self.behaviour == "client stops at once" or (self.behaviour == "client stops" and events > 6):
                self.begin(self.stop)
            if self.behaviour == "stranger intrudes" and events == 2:
                self.begin(self.intrude)
            if events == leave_after:
                self.leaves -= 1
                if self.behaviour != "client half-closes":
                    connection.reset()
                    return
                connection.half_close()
            events += 1

    async def look(self, reading: Reading, has_asked: bool) -> bool:
        """Tell whether that was the end."""
        if reading.done and reading.done["status"] in ("interrupted", "failed"):
            return not (self.behaviour == "client continues" and await self.go_on())
        if reading.done or reading.status == 204:
            return True
        if reading.status == 502 and has_asked:
            self.is_refused = True
        elif reading.status not in (200, *NOT_YET):
            self.wrong.append(
                f"I1 status {reading.status} for {'POST' if has_asked else 'GET'}: {reading.body[:200]!r}"
            )
        is_over = reading.status not in (200, *NOT_YET)
        if is_over:
            self.known.set()
        return is_over

    def begin(self, work: Callable) -> None:
        """Do something once beside reading."""
        if self.reply and not self.side:
            self.is_stopping = self.is_stopping or work == self.stop
            self.side.append(asyncio.create_task(work()))

    async def post(self, path: str, reader: Reader) -> Reading:
        """Post until there is an answer."""
        while True:
            try:
                answer = await request(self.port(), reader.cookie, "POST", path)
            except Broken:
                answer = Reading(0)
            if answer.status not in NOT_YET:
                return answer
            await asyncio.sleep(self.chance.uniform(0.05, 0.3))

    async def stop(self) -> None:
        """Press Stop until that is acknowledged."""
        answer = await self.post(self.reply["stop"], self.reader)
        self.stopped = time.monotonic()
        if answer.status != 202:
            self.wrong.append(f"I5 status {answer.status} for Stop")

    async def go_on(self) -> bool:
        """Press Continue; False when that was done often enough."""
        self.continued += 1
        if self.continued > 2:
            return False
        answer = await self.post(f"/replies/{self.reply['reply']}/continue", self.reader)
        if answer.status != 202:
            self.wrong.append(f"I2 status {answer.status} for Continue: {answer.body[:200]!r}")
        return answer.status == 202

    async def intrude(self) -> None:
        """Let somebody else try to read and to stop."""
        for method, path in (("GET", self.reply["events"]), ("POST", self.reply["stop"])):
            try:
                answer = await request(self.port(), self.stranger.cookie, method, path)
            except Broken:
                continue
            if answer.status not in (404, *NOT_YET):
                self.wrong.append(f"I7 status {answer.status} for a stranger's {method}")
