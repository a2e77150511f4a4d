"""What this process knows of a reply that is being written or followed: the stored text, and how it ended."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from chat.errors import ChatError


@dataclass(frozen=True)
class Cited:
    """A verified quotation as readers get it."""

    n: int
    exact: str
    section: str
    url: str
    verdict: str


@dataclass(frozen=True)
class Ended:
    """How a reply ended: the end of what can be followed."""

    status: str
    finish_reason: str = ""
    error: ChatError | None = None
    usage: dict[str, int] = field(default_factory=dict)
    citations: tuple[Cited, ...] = ()


class HandedOver:
    """This process ends before the reply does: another one will tell how it goes on."""


class Live:
    """A reply's stored text as followers see it. Lives in one event loop; nothing unstored ever gets in here."""

    def __init__(self, pk: int, code: UUID, text: str = "") -> None:
        self.pk = pk
        self.code = code
        self.text = text
        self.ended: Ended | HandedOver | None = None
        self._changed = asyncio.Event()

    def extend(self, text: str) -> None:
        """Add text that was committed just now and wake the followers."""
        self.text += text
        self._wake()

    def end(self, ended: Ended | HandedOver) -> None:
        """Say how the reply ended, after that was committed (or that it ends elsewhere), and wake the followers."""
        self.ended = ended
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changed(self, timeout_secs: float) -> bool:
        """Wait for the next change; False when there was none in time."""
        try:
            async with asyncio.timeout(timeout_secs):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def begun(self, timeout_secs: float) -> None:
        """Wait for the first word or the end, at most timeout_secs."""
        await self._until(lambda: bool(self.text or self.ended), timeout_secs)

    async def finished(self, timeout_secs: float) -> None:
        """Wait for the end, at most timeout_secs."""
        await self._until(lambda: self.ended is not None, timeout_secs)

    async def _until(self, is_so: Callable[[], bool], timeout_secs: float) -> None:
        deadline = time.monotonic() + timeout_secs
        while not is_so() and await self.changed(deadline - time.monotonic()):
            pass
