"""The journal by itself, with the database held where the test wants it."""

import asyncio
import threading
import uuid
from functools import partial

import pytest

from chat.models import Citation
from chat.replies import journal
from chat.replies.extend import Extension
from chat.replies.live import Live

TIMEOUT_SECS = 10


def test_what_comes_during_a_flush_is_shown_once_and_with_its_own_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live(1, uuid.uuid4())
    asyncio.run(two_flushes(Database(monkeypatch), live))
    assert [cited.exact for cited in live.citations] == ["Two."]


async def two_flushes(database: "Database", live: Live) -> None:
    """Have the second piece, with what it cites, come while the first one is being stored."""
    log, entry = journal.Journal(asyncio.get_running_loop()), journal.Entry(live, "writer", lambda: None)
    log.open(entry)
    log.append(entry, "One. ")
    await database.holds()
    log.append(entry, "Two.", [Citation(exact="Two.", verdict="missing", at=9)])
    database.may_go_on.set()
    await shows(live, "One. Two.")
    log.close(entry)


def test_a_writer_that_lost_its_reply_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the one that took it over, in the same process, has a piece in the same flush."""
    live = Live(1, uuid.uuid4())
    lost = asyncio.run(one_flush_of_two_writers(Database(monkeypatch, lost="old"), live))
    assert (live.text, lost) == ("Once.", ["old"])


async def one_flush_of_two_writers(database: "Database", live: Live) -> list[str]:
    """Have two writers of one reply append the same while another is being stored; return who was told of a loss."""
    lost: list[str] = []
    log = journal.Journal(asyncio.get_running_loop())
    entries = [
        journal.Entry(Live(2, uuid.uuid4()), "another", lambda: None),
        *(journal.Entry(live, name, partial(lost.append, name)) for name in ("old", "new")),
    ]
    for entry in entries:
        log.open(entry)
    log.append(entries[0], "Held.")
    await database.holds()
    for entry in entries[1:]:
        log.append(entry, "Once.")
    database.may_go_on.set()
    await shows(live, "Once.")
    for entry in entries:
        log.close(entry)
    return lost


class Database:
    """Takes the place of the one that the journal stores in; holds the first flush until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lost: str = "") -> None:
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.lost = lost
        monkeypatch.setattr(journal, "store", self.store)

    def store(self, rows: list[Extension], citations: dict[str, list[Citation]]) -> dict[str, bool]:
        self.begun.set()
        assert self.may_go_on.wait(TIMEOUT_SECS)
        return {row.writer: False for row in rows if row.writer != self.lost}

    async def holds(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, TIMEOUT_SECS)


async def shows(live: Live, text: str) -> None:
    """Wait until followers see the text."""
    async with asyncio.timeout(TIMEOUT_SECS):
        while len(live.text) < len(text):
            await live.changed(TIMEOUT_SECS)
