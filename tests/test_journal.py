"""The journal by itself, with the database held where the test wants it."""

import asyncio
import threading
import uuid

import pytest

from chat.models import Citation
from chat.replies import journal
from chat.replies.extend import Extension
from chat.replies.live import Live

TIMEOUT_SECS = 10


def test_what_comes_during_a_flush_is_shown_once_and_with_its_own_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live(1, uuid.uuid4())
    asyncio.run(two_flushes(monkeypatch, live))
    assert [cited.exact for cited in live.citations] == ["Two."]


async def two_flushes(monkeypatch: pytest.MonkeyPatch, live: Live) -> None:
    """Have the second piece, with what it cites, come while the first one is being stored."""
    begun, may_go_on = threading.Event(), threading.Event()

    def store(rows: list[Extension], citations: list[Citation]) -> dict[int, bool]:
        begun.set()
        assert may_go_on.wait(TIMEOUT_SECS)
        return {row.pk: False for row in rows}

    monkeypatch.setattr(journal, "store", store)
    log, entry = journal.Journal(asyncio.get_running_loop()), journal.Entry(live, "writer", lambda: None)
    log.open(entry)
    log.append(entry, "One. ")
    assert await asyncio.to_thread(begun.wait, TIMEOUT_SECS)
    log.append(entry, "Two.", [Citation(exact="Two.", verdict="missing", at=9)])
    may_go_on.set()
    async with asyncio.timeout(TIMEOUT_SECS):
        while live.text != "One. Two.":
            await live.changed(TIMEOUT_SECS)
    log.close(entry)
