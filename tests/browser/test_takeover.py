"""The process that writes an answer is killed: the open page goes on by itself, in another process, to the end."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import redis_server
from tests.browser.chromium import Watch
from tests.browser.conftest import storage_of_new_reader
from tests.browser.stage import own_database, running
from tests.browser.steps import ARTICLE, answer, ask, has_ended
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.site import Site

pytestmark = pytest.mark.browser

PROMISED_SECS = 15


class Pair(Site):
    """The site in two processes on one socket."""

    def command(self) -> list[str]:
        return [*super().command(), "--workers", "2"]

    @property
    def processes(self) -> list[int]:
        """Return the processes that serve."""
        return [int(pid) for pid in re.findall(r"Process (\d+) serves", self.log.read_text())]


@pytest.fixture
def pair(fake_model: FakeModel) -> Iterator[Pair]:
    """Two processes with a Redis, which may be killed."""
    with redis_server.running() as redis, own_database() as database:
        settings = {"DATABASE_URL": database, "REDIS_URL": redis.url, "OPENAI_BASE_URL": fake_model.base_url}
        with running(Pair, **settings) as site:
            yield site


def talks_to(pid: int, port: int) -> bool:
    """Return whether the process has a connection to this port of the machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}")}
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            if os.readlink(link) in sockets:
                return True
    return False


def test_the_open_page_goes_on_in_another_process(browser: Browser, watch: Watch, pair: Pair, model: FakeModel) -> None:
    page = watch.open(pair.url, storage_state=storage_of_new_reader(browser, pair))
    watch.expect_complaint("net::ERR_")  # Chromium tells of the connection that broke
    page.goto(ARTICLE)
    model.script(steps("Hello, **wor", Do.HANG), say("ld** and", " more."))
    ask(page, "Who goes on?")
    expect(answer(page).locator(".block")).to_have_text(["Hello, wor"])
    [writer] = [pid for pid in pair.processes if talks_to(pid, model.port)]
    os.kill(writer, signal.SIGKILL)
    killed = time.monotonic()
    expect(has_ended(page).locator(".block")).to_have_text(["Hello, world and more."])
    assert time.monotonic() - killed < PROMISED_SECS
