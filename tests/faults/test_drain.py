"""The orderly end: told to stop, the server finishes what it can, loses nothing, and says so to whoever asks."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.models import Message, Role, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.reader import Reader
from tests.site import ROOT, Site

pytestmark = pytest.mark.server

# A released reply is not waited for: the next process takes it over with its first sweep.
AT_ONCE_SECS = 8


@pytest.fixture
def ending(site: Site) -> Iterator[Site]:
    """A site of its own that gives live replies ten seconds at its end."""
    ending = Site(**{**site.environment, "DRAIN_SECS": "10"}).start()
    yield ending
    ending.kill()


@pytest.fixture
def hasty(site: Site) -> Iterator[Site]:
    """A site of its own that gives live replies half a second at its end."""
    hasty = Site(**{**site.environment, "DRAIN_SECS": "0.5"}).start()
    yield hasty
    hasty.kill()


def test_a_live_reply_is_finished_and_read_to_its_end(ending: Site, alice: User, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1))
    with Reader(ending.url, alice) as reader, reader.asking() as stream:
        stream.until("Hello")
        ending.begin_to_stop()
        model.go()
        received = stream.to_end()
    assert (received.text, received.done["status"]) == ("Hello world", "complete")
    assert ending.wait() == 0
    assert Message.objects.get(role=Role.ASSISTANT).status == Status.COMPLETE


def test_meanwhile_a_new_question_is_503_and_not_stored(ending: Site, alice: User, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1))
    with Reader(ending.url, alice) as reader, reader.asking() as stream:
        stream.until("Hello")
        ending.begin_to_stop()
        response = reader.post("Another?")
        page = reader.client.post("/conversations/", data={"message": "Another?"})
        model.go()
        stream.to_end()
    assert (response.status_code, response.json()["code"]) == (503, "draining")
    assert int(response.headers["retry-after"]) > 0
    assert (page.status_code, page.headers["retry-after"]) == (503, "3")
    assert "Another?" in page.text
    assert Message.objects.count() == 2


def test_what_cannot_finish_is_handed_over(hasty: Site, site: Site, alice: User, model: FakeModel):
    model.script(steps("Hello", Do.HANG), say(" world"))
    with Reader(hasty.url, alice) as reader, reader.asking() as stream:
        events = stream.until("Hello").reply["events"]
        hasty.begin_to_stop()
        assert stream.until_end_of_stream().reconnect == {}
        assert stream.received.done is None
    started = time.monotonic()
    with Reader(site.url, alice) as reader:
        received = reader.follow(events, "5")
    assert time.monotonic() - started < AT_ONCE_SECS
    assert (received.text, received.done["status"]) == (" world", "complete")
    assert hasty.wait() == 0


def test_without_live_replies_it_ends_at_once_and_when_hung_up_on_too(ending: Site):
    started = time.monotonic()
    os.kill(ending.pid, signal.SIGHUP)  # one process has nobody who could serve while it is renewed
    assert ending.wait() == 0
    assert time.monotonic() - started < AT_ONCE_SECS


# What a site imports whose questions take as long to store as the test wants.
SLOW_SETTINGS = """\
from celebrations_site.settings import *

ROOT_URLCONF = "slow_urls"
"""
SLOW_URLS = """\
import time
from pathlib import Path

from celebrations_site.urls import *
from chat import quota

reserve = quota.reserve


def reserve_slowly(user, model):
    print("A question is being stored.", flush=True)
    while not Path(__file__).with_name("go").exists():
        time.sleep(0.02)
    reserve(user, model)


quota.reserve = reserve_slowly
"""


@pytest.fixture
def slow(site: Site, tmp_path: Path) -> Iterator[Site]:
    """A site of its own that stores questions once there is a file named go."""
    (tmp_path / "slow_settings.py").write_text(SLOW_SETTINGS)
    (tmp_path / "slow_urls.py").write_text(SLOW_URLS)
    own = {"DJANGO_SETTINGS_MODULE": "slow_settings", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    slow = Site(**{**site.environment, **own}).start()
    yield slow
    slow.kill()


def test_a_question_that_is_being_stored_is_answered(slow: Site, alice: User, model: FakeModel, tmp_path: Path):
    with Reader(slow.url, alice) as reader, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(reader.ask)
        slow.wait_until_log("is being stored")
        slow.begin_to_stop()
        slow.wait_until_log("may finish")
        (tmp_path / "go").touch()
        assert asked.result(20).done["status"] == "complete"
    assert slow.wait() == 0
