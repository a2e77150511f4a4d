"""The clocks of one answer: how long its first word, a silence in the middle, and all of it may take."""

import asyncio
from types import TracebackType


class Patience:
    """Ends a wait for the server (`with patience:`) with TimeoutError when a sign of life, or the end, is overdue.

    The clocks count only in such waits: a consumer slow to store is no silence. One timer serves the whole answer and
    is set anew only after it rang too early: `asyncio.timeout` around each wait took a fifth of what a word costs.
    """

    def __init__(self, first_word_secs: float, idle_secs: float, total_secs: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle_secs = idle_secs
        self._next = self._loop.time() + first_word_secs
        self._end = self._loop.time() + total_secs
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0
        self._task: asyncio.Task[object] | None = None  # who waits now
        self._cancelled_before = 0
        self._is_over = False

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._cancelled_before = self._task.cancelling() if self._task else 0
        due = min(self._next, self._end)
        if self._timer is None or due < self._rings_at:
            self._set(due)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if not self._is_over or task is None:
            return
        self._is_over = False
        # Someone else may have cancelled as well: then that is what happened.
        if task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def renew(self) -> None:
        """Count silence from now on."""
        self._next = self._loop.time() + self._idle_secs

    def hurry(self, secs: float) -> None:
        """Wait no longer than secs from now on."""
        self._end = min(self._end, self._loop.time() + secs)

    def left_secs(self) -> float:
        """Return how long the next wait may take."""
        return min(self._next, self._end) - self._loop.time()

    def close(self) -> None:
        """Forget the timer."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _set(self, due: float) -> None:
        self.close()
        self._rings_at = due
        self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._task is None:
            return  # nobody waits; the next wait sets it again
        due = min(self._next, self._end)
        if self._loop.time() < due:
            self._set(due)
        else:
            self._is_over = True
            self._task.cancel()
