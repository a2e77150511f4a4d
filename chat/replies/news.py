"""Tells a reader's open pages that their conversations changed, wherever that happened.

A page is told nothing but to look; what it then sees comes from rows. With Redis a hint reaches the pages of all
processes (chat/replies/hints.py), without it those of this one. A hint that is lost costs time: pages also look when
they come back, and now and then by themselves.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from chat.replies import hints
from chat.replies.journal import journal
from chat.replies.sessions import readers_of
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# How long a page may go on to be told after its reader has logged out or changed the password elsewhere.
CHECK_SECS = 3.0
# Sessions looked up in one go: the journal does it, which has replies to store meanwhile.
BATCH = 200
CHANGED = "changed"
# Why a socket is closed, in codes that are free for applications: the server library sends no others.
SESSION_OVER, RESTART, UNWANTED = 4001, 4002, 4003

Send = Callable[[dict[str, object]], Awaitable[None]]


@dataclass(eq=False)
class Page:
    """An open page of a reader, by its WebSocket."""

    reader: int
    session: str
    send: Send

    async def tell(self) -> None:
        """Have the page look."""
        await self._send({"type": "websocket.send", "text": CHANGED})

    async def close(self, code: int) -> None:
        """Tell the page no more."""
        await self._send({"type": "websocket.close", "code": code})

    async def _send(self, message: dict[str, object]) -> None:
        try:
            await self.send(message)
        except Exception as error:  # of a connection that is gone: the page looks again when it is back
            logger.debug("A page could not be told: %r", error)


class Pages:
    """All open pages of one event loop. Everything but `announce` happens in that loop."""

    def __init__(self) -> None:
        self.by_reader: dict[int, set[Page]] = {}
        self.is_closed = False
        spawn(self.check_for_ever(), name="check of sessions")

    def join(self, page: Page) -> None:
        self.by_reader.setdefault(page.reader, set()).add(page)

    def leave(self, page: Page) -> None:
        pages = self.by_reader.get(page.reader, set())
        pages.discard(page)
        if not pages:
            self.by_reader.pop(page.reader, None)

    def changed(self, reader: int) -> None:
        """Tell the reader's pages here and elsewhere."""
        if not hints.announce_news(reader):
            self.tell([reader])

    def tell(self, readers: Iterable[int]) -> None:
        """Tell the pages that these readers have open here."""
        for page in self.of(readers):
            spawn(page.tell(), name="news for a page")

    async def check_for_ever(self) -> None:
        """Close the pages of those who are not logged in any more."""
        while not self.is_closed:
            await asyncio.sleep(CHECK_SECS)
            try:
                await self.check(self.of(self.by_reader))
            except Exception as error:  # the database is away: nobody can log out meanwhile either
                logger.warning("Sessions of open pages could not be checked: %r", error)

    def logged_out(self, reader: int) -> None:
        """Look at once whether the reader's pages here and elsewhere are still logged in."""
        hints.announce_logout(reader)
        self.look([reader])

    def look(self, readers: Iterable[int]) -> None:
        """Look whether the pages that these readers have open here are still logged in."""
        if pages := self.of(readers):
            spawn(self.check(pages), name="check of some sessions")

    def of(self, readers: Iterable[int]) -> list[Page]:
        return [page for reader in readers for page in self.by_reader.get(reader, ())]

    async def check(self, pages: list[Page]) -> None:
        """Look at the sessions of open pages once."""
        for start in range(0, len(pages), BATCH):
            batch = pages[start : start + BATCH]
            readers = await journal().run(readers_of, {page.session for page in batch})
            for page in batch:
                if readers.get(page.session) != page.reader:
                    await page.close(SESSION_OVER)

    async def close_all(self) -> None:
        """Send all pages to another process, those that come later, too."""
        self.is_closed = True
        for page in self.of(self.by_reader):
            await page.close(RESTART)


_pages: dict[asyncio.AbstractEventLoop, Pages] = {}


def pages() -> Pages:
    """Return the open pages of the running event loop; the first call begins to check their sessions."""
    loop = asyncio.get_running_loop()
    if loop not in _pages:
        _pages[loop] = Pages()
    return _pages[loop]


def announce(reader: int) -> None:
    """Have the reader's pages look, after what changed was committed. From any thread; costs next to nothing."""
    for loop, open_pages in list(_pages.items()):
        with suppress(RuntimeError):  # a loop that has ended
            loop.call_soon_threadsafe(open_pages.changed, reader)


def announce_logout(reader: int) -> None:
    """Have the reader's pages closed whose sessions have ended, after that was committed. From any thread.

    At once in this process, and with Redis in all; in others within CHECK_SECS.
    """
    for loop, open_pages in list(_pages.items()):
        with suppress(RuntimeError):  # a loop that has ended
            loop.call_soon_threadsafe(open_pages.logged_out, reader)


def look(readers: Iterable[int]) -> None:
    """Close those pages of these readers in the running event loop whose sessions have ended."""
    pages().look(readers)


def tell(readers: Iterable[int]) -> None:
    """Tell the pages of these readers that are open in the running event loop."""
    pages().tell(readers)


async def close_all() -> None:
    """Close the pages of the running event loop: its process is about to end."""
    await pages().close_all()
