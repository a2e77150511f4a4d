"""The limit of simultaneous calls: first come, first served, and everyone who waits knows their place."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from chat import measures
from chat.errors import ModelBusy

# How often a place in the queue is looked at: a reader need not see it change faster.
LOOK_SECS = 1.0


class Calls:
    """So many calls at a time; the others queue. Used in one event loop at a time."""

    def __init__(self, limit: int, queue_secs: float) -> None:
        self.queue_secs = queue_secs
        self._free = limit
        self._came = 0
        self._queue: dict[int, asyncio.Future[None]] = {}  # by number of arrival, ascending

    @contextmanager
    def place(self) -> Iterator["Place"]:
        """Hold a place in the queue or, once it is its turn, a call; leaving gives back either."""
        self._came += 1
        number, turn = self._came, asyncio.get_running_loop().create_future()
        self._queue[number] = turn
        measures.CALLS_QUEUED.inc()
        self._serve()
        try:
            yield Place(self, number, turn)
        finally:
            if turn.done():
                self._free += 1
                measures.CALLS_RUNNING.dec()
                self._serve()
            else:
                del self._queue[number]
                measures.CALLS_QUEUED.dec()

    def position(self, number: int) -> int:
        """Return how many calls have to end before this one begins, as far as is known."""
        return bisect_left(list(self._queue), number) + 1

    def _serve(self) -> None:
        while self._free and self._queue:
            self._queue.pop(next(iter(self._queue))).set_result(None)
            self._free -= 1
            measures.CALLS_QUEUED.dec()
            measures.CALLS_RUNNING.inc()


class Place:
    """One caller's place: yields its position whenever that has changed, and ends when it is its turn."""

    def __init__(self, calls: Calls, number: int, turn: "asyncio.Future[None]") -> None:
        self._calls = calls
        self._number = number
        self._turn = turn
        self._told = 0
        self._deadline = asyncio.get_running_loop().time() + calls.queue_secs

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> int:
        """Return a new position, 0 once it is the turn of one that had to wait. Raise ModelBusy after queue_secs."""
        while not self._turn.done():
            if (position := self._calls.position(self._number)) != self._told:
                self._told = position
                return position
            left = self._deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise ModelBusy
            await asyncio.wait({self._turn}, timeout=min(LOOK_SECS, left))
        if self._told:
            self._told = 0
            return 0
        raise StopAsyncIteration
