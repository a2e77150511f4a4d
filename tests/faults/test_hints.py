"""Hints between processes: with Redis what one writes is seen at the other at once; without it, soon enough."""

import os
import signal
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from chat.models import Message, Role, User
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.reader import Reader, Stream
from tests.redis_server import RedisServer, running
from tests.site import Site

pytestmark = pytest.mark.server

# The poll looks every 0.5 s, and here each piece is written just after a look: without hints it takes that long.
CLEARLY_HINTED_SECS = 0.3
# Redis may be noticed late, and is asked again every 2 s.
AGAIN_SECS = 15
PIECES = [f"word{number} " for number in range(200)]


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    """A Redis of our own."""
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def hinted_pair(served: Site, redis_server: RedisServer) -> Iterator[tuple[Site, Site]]:
    """Two processes on one database with one Redis, for all tests here."""
    environment = {**served.environment, "REDIS_URL": redis_server.url}
    pair = Site(**environment), Site(**environment)
    with ThreadPoolExecutor() as both:
        list(both.map(Site.start, pair))
    for each in pair:
        each.wait_until_log("Hints from and to other processes work")
    yield pair
    for each in pair:
        each.kill()


@pytest.fixture
def pair(site: Site, hinted_pair: tuple[Site, Site]) -> tuple[Site, Site]:
    """Two processes with hints, with the test's database and a fresh model."""
    for each in hinted_pair:
        if each.process is None:
            each.start()
    return hinted_pair


class Watched:
    """A reply that one process writes and a reader follows at the other."""

    def __init__(self, stream: Stream, model: FakeModel) -> None:
        self.stream = stream
        self.model = model
        self.pieces = iter(PIECES[1:])

    def secs(self) -> float:
        """Have the model say one more piece; return how long it took to get to the reader."""
        self.model.wait_for(lambda: self.model.paused)
        started = time.monotonic()
        self.model.go()
        self.stream.until(next(self.pieces))
        return time.monotonic() - started

    def until_hinted(self) -> None:
        """Wait until hints work again."""
        deadline = time.monotonic() + AGAIN_SECS
        while max(self.secs() for _ in range(3)) > CLEARLY_HINTED_SECS:
            assert time.monotonic() < deadline, "No hints any more."

    def to_end(self) -> None:
        """Have the model say the rest, and check that not a letter is missing."""
        self.model.go(len(PIECES))
        received = self.stream.to_end()
        assert received.text == "".join(PIECES)
        assert received.error is None
        assert received.done["status"] == "complete"


@contextmanager
def watching(writer: Site, other: Site, alice: User, model: FakeModel) -> Iterator[Watched]:
    """Ask at one process and follow at the other."""
    model.script(say(*PIECES, pause_after=range(1, len(PIECES))))
    with Reader(writer.url, alice) as asker, asker.asking() as asked, Reader(other.url, alice) as reader:
        events = asked.until(PIECES[0]).reply["events"]
        with reader.following(events) as stream:
            stream.until(PIECES[0])
            yield Watched(stream, model)


def test_what_one_process_writes_another_shows_at_once(pair: tuple[Site, Site], alice: User, model: FakeModel):
    with watching(*pair, alice, model) as watched:
        assert statistics.median(watched.secs() for _ in range(7)) < CLEARLY_HINTED_SECS
        watched.to_end()


def test_a_stop_at_one_process_reaches_the_writer_at_another_at_once(
    pair: tuple[Site, Site], alice: User, model: FakeModel
):
    model.script(steps("Hello", Do.HANG))
    with Reader(pair[0].url, alice) as asker, Reader(pair[1].url, alice) as reader, asker.asking() as stream:
        received = stream.until("Hello")
        started = time.monotonic()
        assert reader.stop(received).status_code == 202
        model.wait_for(lambda: model.count("aborted") == 1)
        # Without a hint the writer's next beat tells it, up to 1 s later.
        assert time.monotonic() - started < CLEARLY_HINTED_SECS
        assert stream.to_end().done["status"] == "stopped"
    assert Message.objects.get(role=Role.ASSISTANT).text == "Hello"


def test_a_killed_redis_costs_latency_only(
    pair: tuple[Site, Site], redis_server: RedisServer, alice: User, model: FakeModel
):
    with watching(*pair, alice, model) as watched:
        watched.secs()
        redis_server.kill()
        for _ in range(2):
            watched.secs()
        redis_server.start()
        watched.until_hinted()
        watched.to_end()


def test_a_frozen_redis_costs_latency_only(
    pair: tuple[Site, Site], redis_server: RedisServer, alice: User, bob: User, model: FakeModel
):
    with watching(*pair, alice, model) as watched:
        redis_server.freeze()
        try:
            started = time.monotonic()
            for _ in range(2):
                watched.secs()
            assert httpx2.get(f"{pair[0].url}/readyz", timeout=5).status_code == 200
            assert_stop_works(pair, bob, model)
            assert time.monotonic() - started < AGAIN_SECS
        finally:
            redis_server.thaw()
        watched.until_hinted()
        watched.to_end()


def assert_stop_works(pair: tuple[Site, Site], bob: User, model: FakeModel) -> None:
    """Ask at one process, stop at the other."""
    aborted = model.count("aborted")
    model.script(steps("Hello", Do.HANG))
    with Reader(pair[0].url, bob) as asker, Reader(pair[1].url, bob) as reader, asker.asking() as stream:
        reader.stop(stream.until("Hello"))
        assert stream.to_end().done["status"] == "stopped"
    model.wait_for(lambda: model.count("aborted") == aborted + 1)


def test_a_server_ends_while_redis_is_frozen(pair: tuple[Site, Site], redis_server: RedisServer):
    ending = pair[0]
    redis_server.freeze()
    try:
        os.kill(ending.pid, signal.SIGTERM)
        assert ending.wait() == 0
    finally:
        redis_server.thaw()
