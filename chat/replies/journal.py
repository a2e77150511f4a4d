"""The journal: stores what is written before anyone sees it. One per process, with its own thread and connection.

All pieces of all live replies go into one transaction (group commit); the next one begins when the last has ended.
The same statement renews each writer's lease and brings back who was asked to stop, so that one write is checkpoint,
heartbeat and poll. A reply that is silent is beaten every BEAT_SECS: a slow model is not a dead writer.
"""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from django.db import InterfaceError, OperationalError, connection

from chat import measures
from chat.models import Citation
from chat.replies import hints
from chat.replies.ending import cited
from chat.replies.extend import Extension, store
from chat.replies.live import Live

logger = logging.getLogger(__name__)

T = TypeVar("T")

# A tenth of STALE_AFTER: nine beats may be late before another process takes the writer for dead. It is also how late
# a silent reply learns that another process was asked to stop it.
BEAT_SECS = 1.0
# Between two flushes, for each live reply: at one reply nothing, at hundreds fewer and larger commits. A commit costs
# as much as a hundred rows in it. Above 25 ms less is gained than readers lose.
GAP_SECS_PER_REPLY = 0.00015
GAP_MAX_SECS = 0.025
# How long the event loop may keep a thread waiting that has come back from the database. With Python's 5 ms a flush at
# hundreds of replies was late by several times that.
SWITCH_SECS = 0.0005
RETRY_MAX_SECS = 1.0
# What a database may be away for before a job other than a flush is given up.
JOB_RETRY_SECS = 20.0


class Entry:
    """A live reply as the journal holds it; when its row says stop, or is not the writer's any more, it calls back."""

    def __init__(self, live: Live, writer: str, when_stopped_or_lost: Callable[[], None]) -> None:
        self.live = live
        self.writer = writer
        self.when_stopped_or_lost = when_stopped_or_lost
        self.chars = len(live.text)  # stored so far; the journal's thread counts
        self.pieces: list[str] = []
        self.citations: list[Citation] = []  # in the pieces
        self.stored_at = time.monotonic()


class Taken(NamedTuple):
    """What one flush stores of a reply."""

    entry: Entry
    piece: str
    citations: tuple[Citation, ...]


class Journal:
    """Group-commits pieces and runs the other database work of detached tasks, in order, on one thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._entries: set[Entry] = set()
        self._jobs: list[Callable[[], None]] = []
        self._wake = threading.Condition(threading.Lock())
        self._is_waiting = False
        self._oldest: float | None = None  # when the first of the pieces came that wait
        self._oldest_taken: float | None = None  # the same of those that are being stored
        sys.setswitchinterval(SWITCH_SECS)
        threading.Thread(target=self._run, name="journal", daemon=True).start()

    def open(self, entry: Entry) -> None:
        """Begin to store and to beat for a claimed reply."""
        with self._wake:
            self._entries.add(entry)
            self._wake.notify()

    def close(self, entry: Entry) -> None:
        """Forget a reply; a piece that is not stored yet is dropped, unseen by anyone."""
        with self._wake:
            self._entries.discard(entry)

    def append(self, entry: Entry, piece: str, citations: Sequence[Citation] = ()) -> None:
        """Store a piece, and what it cites, as soon as the flush under way has ended.

        Followers see both after the commit, which is one for both.
        """
        with self._wake:
            entry.pieces.append(piece)
            if self._oldest is None:
                self._oldest = time.monotonic()
            if citations:
                entry.citations += citations
            if self._is_waiting:
                self._wake.notify()

    async def run(self, work: Callable[..., T], *args: Any) -> T:  # Any: handed through to work
        """Run work on the journal's thread, after all pieces appended before; return what it returns."""
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return  # whoever wanted it has gone
            try:
                future.set_result(self._persist(work, *args))
            except BaseException as error:
                future.set_exception(error)

        with self._wake:
            self._jobs.append(job)
            self._wake.notify()
        return await asyncio.wrap_future(future)

    def lag_secs(self) -> float:
        """Return the age of the oldest piece that is not stored yet, 0 when all are."""
        oldest = self._oldest_taken or self._oldest
        return time.monotonic() - oldest if oldest else 0.0

    # --- the journal's thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            batch, jobs = self._collect()
            if batch:
                self._flush(batch)
            self._oldest_taken = None
            for job in jobs:
                job()
            time.sleep(min(GAP_MAX_SECS, GAP_SECS_PER_REPLY * len(self._entries)))

    def _collect(self) -> tuple[list[Taken], list[Callable[[], None]]]:
        """Wait for pieces, jobs or the next beat, and take what is there."""
        with self._wake:
            if not (self._jobs or self._due()):
                self._is_waiting = True
                self._wake.wait(timeout=self._idle_secs())
                self._is_waiting = False
            # Copies: what comes while they are stored belongs to the next flush.
            batch = [Taken(entry, "".join(entry.pieces), tuple(entry.citations)) for entry in self._due()]
            for entry, _, _ in batch:
                entry.pieces.clear()
                entry.citations.clear()
            jobs, self._jobs = self._jobs, []
            self._oldest_taken, self._oldest = self._oldest, None
        return batch, jobs

    def _due(self) -> list[Entry]:
        oldest = time.monotonic() - BEAT_SECS
        return [entry for entry in self._entries if entry.pieces or entry.stored_at <= oldest]

    def _idle_secs(self) -> float | None:
        if not self._entries:
            return None
        next_beat = min(entry.stored_at for entry in self._entries) + BEAT_SECS
        return max(0.01, next_beat - time.monotonic())

    def _flush(self, batch: list[Taken]) -> None:
        """Store the batch, however long that takes, then show it."""
        rows = [Extension(entry.live.pk, entry.writer, entry.chars, piece) for entry, piece, _ in batch]
        with measures.FLUSH_SECS.time():
            ours = self._store(rows, {entry.writer: citations for entry, _, citations in batch})
        now = time.monotonic()
        for entry, piece, _ in batch:
            entry.stored_at = now
            entry.chars += len(piece)
        self.loop.call_soon_threadsafe(self._publish, batch, ours)

    def _store(self, rows: list[Extension], citations: dict[str, tuple[Citation, ...]]) -> dict[str, bool]:
        """Store the rows; one that the database refuses loses its own reply, not the others'."""
        try:
            return self._persist(store, rows, citations, give_up_after_secs=None)
        except Exception:  # all replies depend on this thread: one bad piece must not end it
            if len(rows) == 1:
                logger.exception("A piece of message %s could not be stored.", rows[0].pk)
                return {}
        stored: dict[str, bool] = {}
        for row in rows:
            stored |= self._store([row], {row.writer: citations[row.writer]})
        return stored

    def _persist(self, work: Callable[..., T], *args: Any, give_up_after_secs: float | None = JOB_RETRY_SECS) -> T:
        """Call work until the database is there; None never gives up: what was not stored is not shown."""
        pause, started = 0.02, time.monotonic()
        while True:
            try:
                return work(*args)
            except (OperationalError, InterfaceError) as error:
                if give_up_after_secs is not None and time.monotonic() - started > give_up_after_secs:
                    raise
                logger.warning("The journal waits for the database: %s", error)
                connection.close()
                time.sleep(pause)
                pause = min(RETRY_MAX_SECS, pause * 2)

    # --- the event loop ---------------------------------------------------------------------------------------

    def _publish(self, batch: list[Taken], ours: dict[str, bool]) -> None:
        """Show followers what was committed; tell writers that were asked to stop or that lost their reply."""
        for entry, piece, citations in batch:
            is_stop_requested = ours.get(entry.writer)
            if is_stop_requested is None:
                self.close(entry)
            elif citations:
                entry.live.extend(piece, tuple(map(cited, citations)))
            elif piece:
                entry.live.extend(piece)
            if is_stop_requested is not False:
                entry.when_stopped_or_lost()
        hints.announce(taken.entry.live.pk for taken in batch if taken.piece)


_journal: Journal | None = None


def journal() -> Journal:
    """Return the process's journal for the running event loop; the first call starts its thread."""
    global _journal
    loop = asyncio.get_running_loop()
    if _journal is None or _journal.loop is not loop:
        _journal = Journal(loop)
    return _journal


def lag_secs() -> float:
    """Return how old the oldest piece is that this process has not stored yet, 0 when it has stored all."""
    return _journal.lag_secs() if _journal else 0.0
