"""Hints between processes that a reply changed: sent and received through the channel layer, where there is one.

A hint holds primary keys and nothing else, and is only a reason to look at the rows: losing one loses nothing. Who
follows replies of other processes says so now and again, and only about those is anything told: most are read where
they are written, and cost nothing then. All that is told within GAP_SECS goes out as one message. While Redis is away
hints are dropped, and polling carries what they would have.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from channels.layers import get_channel_layer

from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

GROUP = "replies"
# The kinds of hints, as they stand in a message.
WATCHED, CHANGED, STOP, RELEASED = "watched", "changed", "stop", "released"
# These hold keys of readers, not of replies.
NEWS, LOGOUT = "news", "logout"
# Readers see no difference below it, and so 33 messages a second are the most that anyone sends.
GAP_SECS = 0.03
# How often a process says what it watches, if only nothing: it hears that itself, or knows that it is cut off.
BEAT_SECS = 2.0
SILENCE_SECS = 3 * BEAT_SECS
# Above the time-outs of the connection itself (settings.CHANNEL_LAYERS), which usually come first.
STEP_SECS = 3.0
PAUSE_SECS, PAUSE_MAX_SECS = 0.25, 2.0

Keys = frozenset[int]
# What a process does about a kind of hint; it gets the keys.
Actions = dict[str, Callable[[Keys], None]]


class Link:
    """One event loop's membership in the group: joins again, for ever, whatever happens to Redis."""

    def __init__(self, watched: Callable[[], Keys], actions: Actions) -> None:
        self.watched = watched
        self.actions = {**actions, WATCHED: self.note_watched}
        self.watched_elsewhere: dict[int, float] = {}  # until when that holds, if it is not said again
        self.layer = get_channel_layer()
        self.is_up = False
        self.told: dict[str, set[int]] = {}
        self.news = asyncio.Event()
        self.pause_secs = PAUSE_SECS

    def tell(self, kind: str, pks: Iterable[int]) -> None:
        """Have a hint sent soon; dropped while there is nobody to send it to."""
        if self.is_up:
            self.told.setdefault(kind, set()).update(pks)
            self.news.set()

    def tell_changed(self, pks: Iterable[int]) -> None:
        """Have those replies hinted at that anyone watches."""
        if self.watched_elsewhere and (wanted := self.watched_elsewhere.keys() & pks):
            self.tell(CHANGED, wanted)

    def note_watched(self, pks: Keys) -> None:
        until = time.monotonic() + SILENCE_SECS
        self.watched_elsewhere.update(dict.fromkeys(pks, until))

    async def run(self) -> None:
        """Send and receive; after any error forget the connection and begin anew."""
        while True:
            try:
                await self.exchange()
            except Exception as error:  # of Redis, of the network or of the layer itself: polling goes on meanwhile
                self.note_loss(error)
            try:
                async with asyncio.timeout(STEP_SECS):
                    await self.layer.flush()
            except Exception as error:
                logger.debug("A broken connection for hints could not be closed: %r", error)
            await asyncio.sleep(self.pause_secs)
            self.pause_secs = min(PAUSE_MAX_SECS, self.pause_secs * 2)

    async def exchange(self) -> None:
        """Join the group, then send and receive until one of them fails; raises what failed."""
        async with asyncio.timeout(STEP_SECS):
            channel = await self.layer.new_channel()
            await self.layer.group_add(GROUP, channel)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.send(), name="sender of hints")
            tasks.create_task(self.receive(channel), name="receiver of hints")

    async def send(self) -> None:
        """Send all that was told as one message, and at each beat what is watched here."""
        next_beat = 0.0
        while True:
            told, self.told = self.told, {}
            self.news.clear()
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + BEAT_SECS
                told[WATCHED] = set(self.watched())
                self.forget_watched()
            message = {"type": "hint", **{kind: list(pks) for kind, pks in told.items()}}
            async with asyncio.timeout(STEP_SECS):
                await self.layer.group_send(GROUP, message)
            await asyncio.sleep(GAP_SECS)
            try:
                async with asyncio.timeout(max(0.0, next_beat - time.monotonic())):
                    await self.news.wait()
            except TimeoutError:
                pass

    def forget_watched(self) -> None:
        """Drop what nobody has said to watch for a while."""
        now = time.monotonic()
        self.watched_elsewhere = {pk: until for pk, until in self.watched_elsewhere.items() if until > now}

    async def receive(self, channel: str) -> None:
        """Act on what comes; raise TimeoutError when not even the own beat does."""
        while True:
            async with asyncio.timeout(SILENCE_SECS):
                message = await self.layer.receive(channel)
            self.note_life()
            for kind, act in self.actions.items():
                if pks := keys(message, kind):
                    act(pks)

    def note_life(self) -> None:
        if not self.is_up:
            logger.info("Hints from and to other processes work.")
            self.is_up, self.pause_secs = True, PAUSE_SECS

    def note_loss(self, error: Exception) -> None:
        """Log the first of many failures: Redis may be away for hours."""
        if isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if self.is_up or self.pause_secs == PAUSE_SECS:
            logger.warning("No hints from and to other processes: %r. Polling goes on.", error)
        self.is_up = False
        self.told.clear()


def keys(message: object, kind: str) -> Keys:
    """Return the primary keys in a message that came from outside; whatever is not an integer is left out."""
    values = message.get(kind) if isinstance(message, dict) else None
    return frozenset(pk for pk in values if type(pk) is int) if isinstance(values, list) else frozenset()


_links: dict[asyncio.AbstractEventLoop, Link] = {}


def start(watched: Callable[[], Keys], actions: Actions) -> None:
    """Exchange hints from now on in the running event loop, if there is a channel layer. Call it once.

    watched returns the replies of other processes that are followed here.
    """
    if get_channel_layer() is None:
        return
    link = _links[asyncio.get_running_loop()] = Link(watched, actions)
    spawn(link.run(), name="hints")


# All of these cost next to nothing, never wait and never raise.


def watch(pk: int) -> None:
    """Tell other processes that this reply is followed here from now on."""
    if link := own():
        link.tell(WATCHED, [pk])


def announce(pks: Iterable[int]) -> None:
    """Tell other processes that these replies changed, after that was committed."""
    if link := own():
        link.tell_changed(pks)


def announce_stop(pk: int) -> None:
    """Tell the process that writes the reply to look whether it was asked to stop."""
    if link := own():
        link.tell(STOP, [pk])


def announce_release(pk: int) -> None:
    """Tell other processes that there is a reply to be taken over."""
    if link := own():
        link.tell(RELEASED, [pk])


def announce_news(reader: int) -> bool:
    """Tell all processes, this one too, that something in the reader's list changed; False when that cannot be told."""
    link = own()
    if link is None or not link.is_up:
        return False
    link.tell(NEWS, [reader])
    return True


def announce_logout(reader: int) -> None:
    """Tell other processes to look whether the reader's sessions have ended."""
    if link := own():
        link.tell(LOGOUT, [reader])


def is_working() -> bool:
    """Tell whether hints go from this process to others. From any thread."""
    return any(link.is_up for link in list(_links.values()))


def own() -> Link | None:
    """Return the running event loop's link, None without a channel layer."""
    return _links.get(asyncio.get_running_loop()) if _links else None
