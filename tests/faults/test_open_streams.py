"""What open streams cost: no thread and no database connection each, and nothing is left when they are closed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from django.db import connection

from chat.models import Message, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import Reader
from tests.site import Site

pytestmark = pytest.mark.server

STREAMS = 200
MAX_THREADS = 20
MAX_CONNECTIONS = 8


NAME = "site-under-count"


@pytest.fixture
def fresh(site: Site, tmp_path: Path):
    """A site of its own, so that nothing but this test is counted; it tells its tasks and its connections' name."""
    probe = str(Path(__file__).parent / "probe")
    more = {"PYTHONPATH": probe, "TASKS_FILE": str(tmp_path / "tasks"), "PGAPPNAME": NAME}
    fresh = Site(**{**site.environment, **more}).start()
    yield fresh
    fresh.stop()


def threads(site: Site) -> int:
    return len(os.listdir(f"/proc/{site.pid}/task"))


def descriptors(site: Site) -> int:
    """Return the open files that are not connections to the database: a pool keeps or drops those as it likes."""
    return len(os.listdir(f"/proc/{site.pid}/fd")) - connections(site)


def connections(site: Site) -> int:
    """Return how many database connections the process holds."""
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        return sum(link == name for link in links(site.pid))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [NAME])
        return int(cursor.fetchone()[0])


def links(pid: int) -> Iterator[str]:
    """Yield where the process's file descriptors lead; one may be closed while we look."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(link)


def tasks(site: Site) -> int:
    """Return how many asyncio tasks the process has."""
    answer = Path(site.environment["TASKS_FILE"])
    answer.unlink(missing_ok=True)
    os.kill(site.pid, signal.SIGUSR1)
    deadline = time.monotonic() + 10
    while not answer.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # a signal handler in another process can only leave a file
    return len(answer.read_text().splitlines())


def settled(measure: Callable[[Site], int], site: Site, baseline: int, timeout_secs: float = 15) -> int:
    """Return what measure tells once it is back at its baseline, or at the end of the time."""
    deadline = time.monotonic() + timeout_secs
    while (now := measure(site)) > baseline and time.monotonic() < deadline:
        time.sleep(0.1)  # a count in /proc wakes nobody
    return now


def test_open_streams_hold_no_threads_and_no_connections(fresh: Site, alice: User, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1))
    with Reader(fresh.url, alice) as reader:
        for _ in range(8):
            reader.client.get("/readyz")  # each of the few shared threads has its turn
        first = read_one(reader, model)
        before = {measure: measure(fresh) for measure in (threads, descriptors, tasks)}
        with ExitStack() as opened:
            streams = [opened.enter_context(reader.asking()) for _ in range(STREAMS)]
            for stream in streams:
                stream.until("Hello")
            assert threads(fresh) <= MAX_THREADS
            assert connections(fresh) <= MAX_CONNECTIONS
            model.go(STREAMS)
            assert {stream.to_end().text for stream in streams} == {"Hello world"}
    assert first.text == "Hello world"
    after = {measure: settled(measure, fresh, count) for measure, count in before.items()}
    assert all(after[measure] <= before[measure] for measure in before), (before, after)
    assert Message.objects.filter(status=Status.COMPLETE).count() == STREAMS + 1


def read_one(reader: Reader, model: FakeModel) -> object:
    """Ask once, so that all that a first question builds (pools, client, imports) is there before the count."""
    with reader.asking() as stream:
        stream.until("Hello")
        model.go()
        return stream.to_end()
