"""What this process knows of a reply that is being written or followed: the stored text, and how it ended."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID
from weakref import ref

from chat.answering.source import Waiting
from chat.errors import ChatError


@dataclass(frozen=True)
class Cited:
    """A citation as readers get it; `n` is None and `url` empty where nothing was found."""

    n: int | None
    exact: str
    section: str
    url: str
    verdict: str
    at: int | None = None  # where it ends in the reply, in code points
    prefix: str = ""
    suffix: str = ""
    start: int | None = None
    end: int | None = None
    revision: int | None = None  # its number
    place: str = ""  # where the words stand in a page that shows the revision
    title: str = ""  # of the article


@dataclass(frozen=True)
class Ended:
    """How a reply ended: the end of what can be followed."""

    status: str
    finish_reason: str = ""
    error: ChatError | None = None
    usage: dict[str, int] = field(default_factory=dict)
    passages: tuple[int | None, int | None] = (None, None)  # given to the model, and how many there were


class HandedOver:
    """This process ends before the reply does: another one will tell how it goes on."""


class Live:
    """A reply's stored text as followers see it. Lives in one event loop; nothing unstored ever gets in here."""

    def __init__(self, pk: int, code: UUID, text: str = "", citations: tuple[Cited, ...] = ()) -> None:
        self.pk = pk
        self.code = code
        self.text = text
        self.citations = citations  # in the order of the text
        self.waiting: Waiting | None = None  # why the next word has not come yet; known here only, and never stored
        self.ended: Ended | HandedOver | None = None
        self._waiters: list[asyncio.Future[bool]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._woken_at = 0.0

    def extend(self, text: str, citations: tuple[Cited, ...] = ()) -> None:
        """Add text, and the citations in it, that were committed just now, and wake the followers."""
        self.text += text
        self.citations += citations
        self.waiting = None
        self._wake()

    def tell(self, waiting: Waiting) -> None:
        """Say why the next word has not come yet, and wake the followers."""
        self.waiting = waiting
        self._wake()

    def end(self, ended: Ended | HandedOver) -> None:
        """Say how the reply ended, after that was committed (or that it ends elsewhere), and wake the followers."""
        self.ended = ended
        self._wake()

    async def changed(self, beat_secs: float) -> bool:
        """Wait for the next change; False when nothing happened for about so long.

        One timer serves all followers and all their waits: it is set anew only after it rang too early.
        """
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._timer = loop.call_later(beat_secs, ring, ref(self), beat_secs)
        waiter: asyncio.Future[bool] = loop.create_future()
        self._waiters.append(waiter)
        return await waiter

    async def begun(self, timeout_secs: float) -> None:
        """Wait for the first word or the end, at most timeout_secs."""
        await self._until(lambda: bool(self.text or self.ended), timeout_secs)

    async def finished(self, timeout_secs: float) -> None:
        """Wait for the end, at most timeout_secs."""
        await self._until(lambda: self.ended is not None, timeout_secs)

    async def _until(self, is_so: Callable[[], bool], timeout_secs: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_secs):
                while not is_so():
                    await self.changed(timeout_secs)

    def _wake(self, has_changed: bool = True) -> None:
        self._woken_at = time.monotonic()
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():  # done: its follower has left
                waiter.set_result(has_changed)

    def _ring(self, beat_secs: float) -> None:
        """Wake the followers after so long a silence; otherwise set the timer to the end of that time."""
        self._timer = None
        left_secs = self._woken_at + beat_secs - time.monotonic()
        if self._waiters and left_secs > 0:
            self._timer = asyncio.get_running_loop().call_later(left_secs, ring, ref(self), beat_secs)
        elif self._waiters:
            self._wake(has_changed=False)


def ring(live: "ref[Live]", beat_secs: float) -> None:
    """Let the timer of a reply ring, if anyone holds the reply still: a timer must not."""
    if held := live():
        held._ring(beat_secs)
