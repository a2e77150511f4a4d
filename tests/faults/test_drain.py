"""The orderly end: told to stop, the server finishes what it can, loses nothing, and says so to whoever asks."""

import time
from collections.abc import Iterator

import pytest

from chat.models import Message, Role, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.reader import Reader
from tests.site import Site

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


def test_what_cannot_finish_is_handed_over(hasty: Site, alice: User, model: FakeModel):
    model.script(steps("Hello", Do.HANG))
    with Reader(hasty.url, alice) as reader, reader.asking() as stream:
        events = stream.until("Hello").reply["events"]
        hasty.begin_to_stop()
        assert stream.until_end_of_stream().reconnect == {}
        assert stream.received.done is None
    assert hasty.wait() == 0
    reply = Message.objects.get(role=Role.ASSISTANT)
    assert (reply.text, reply.writer) == ("Hello", "")
    # The site of the whole run works on the same database and may have taken the reply over already.
    assert reply.status in (Status.WRITING, Status.INTERRUPTED)
    hasty.start()
    started = time.monotonic()
    with Reader(hasty.url, alice) as reader:
        received = reader.follow(events)
    assert time.monotonic() - started < AT_ONCE_SECS
    assert (received.text, received.done["status"]) == ("Hello", "interrupted")


def test_without_live_replies_it_ends_at_once(ending: Site):
    started = time.monotonic()
    ending.stop()
    assert time.monotonic() - started < AT_ONCE_SECS
