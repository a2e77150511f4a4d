"""Several processes with only a database in common: each follows, resumes and stops what another one writes."""

import time
from collections.abc import Iterator

import pytest

from chat.models import Message, Role, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import Reader
from tests.site import Site

pytestmark = pytest.mark.server

# Promised are 0.6 s; the rest is for a busy machine.
FOLLOWED_SECS = 1.5


@pytest.fixture(scope="module")
def second(served: Site) -> Iterator[Site]:
    """Another process beside the site of the whole run."""
    second = Site(**served.environment).start()
    yield second
    second.kill()


def test_a_reply_is_followed_live_at_another_process(site: Site, second: Site, alice: User, model: FakeModel):
    model.script(say("one ", "two ", "three", pause_after=(1, 2)))
    with (
        Reader(site.url, alice) as asker,
        Reader(second.url, alice) as reader,
        asker.asking() as asked,
        reader.following(asked.until("one").reply["events"]) as stream,
    ):
        stream.until("one")
        for word in ("two", "three"):
            started = time.monotonic()
            model.go()
            stream.until(word)
            assert time.monotonic() - started < FOLLOWED_SECS
        received = stream.to_end()
    assert (received.text, received.done["status"]) == ("one two three", "complete")


def test_a_reader_goes_on_at_another_process_where_the_line_broke(
    site: Site, second: Site, alice: User, model: FakeModel
):
    model.script(say("one ", "two ", "three", pause_after=(1, 2)))
    with Reader(site.url, alice) as asker, Reader(second.url, alice) as reader:
        with asker.asking() as asked:
            before = asked.until("one")
        model.go(2)
        after = reader.follow(before.reply["events"], last_event_id=str(before.offset))
    assert before.text + after.text == "one two three"


def test_a_reply_is_stopped_from_another_process(site: Site, second: Site, alice: User, model: FakeModel):
    model.script(say("one ", "two", pause_after=1))
    with Reader(site.url, alice) as asker, Reader(second.url, alice) as reader, asker.asking() as asked:
        started = time.monotonic()
        assert reader.stop(asked.until("one")).status_code == 202
        model.wait_for(lambda: model.count("aborted") == 1)
        assert time.monotonic() - started < FOLLOWED_SECS
        assert asked.to_end().done["status"] == "stopped"
        assert reader.follow(asked.received.reply["events"]).done["status"] == "stopped"
    reply = Message.objects.get(role=Role.ASSISTANT)
    assert (reply.text, reply.status) == ("one ", Status.STOPPED)
