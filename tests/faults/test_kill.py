"""`kill -9` of the server while it streams: nothing that a reader saw or sent is lost, and every reply is continued."""

import random
import time

import httpx2
import pytest

from chat.models import Message, Role, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.reader import Reader, Stream
from tests.site import Site

pytestmark = pytest.mark.server

PIECES = [f"word {n}, 🎉 naïve\n" for n in range(400)]
WHOLE = "".join(PIECES)
# The promise: within 15 s (10 s until a heartbeat is stale, 1 s between sweeps, and then the rest of the answer).
PROMISED_SECS = 15


@pytest.fixture
def mortal(site: Site):
    """A site of its own that may be killed."""
    mortal = Site(**site.environment).start()
    yield mortal
    mortal.kill()


def read_until_broken(stream: Stream) -> None:
    """Take events until the connection breaks."""
    with pytest.raises((httpx2.TransportError, AssertionError)):
        stream.to_end()


def wait_for_end(reply: Message, since: float) -> Message:
    """Return the row once it has ended, with nobody asking for it; fail when that takes longer than promised."""
    while reply.is_unfinished:
        assert time.monotonic() - since < PROMISED_SECS, "The reply has no end."
        time.sleep(0.2)  # the row is all there is to look at: asking the site would make it look, too
        reply.refresh_from_db()
    return reply


def die_in_the_middle(site: Site, alice: User, secs: float) -> Message:
    """Ask, kill the site after so many seconds of streaming, and check what is stored against what was received."""
    with Reader(site.url, alice) as reader, reader.asking("What is lost?") as stream:
        reply = stream.until("word 0").reply
        time.sleep(secs)  # the moment is the point of the test
        site.kill()
        read_until_broken(stream)
    row = Message.objects.get(code=reply["reply"])
    assert Message.objects.get(code=reply["question"]).text == "What is lost?"
    assert WHOLE.startswith(row.text)
    assert row.text.startswith(stream.received.text)
    assert stream.received.offset == len(stream.received.text)
    return row


def test_ten_random_moments(mortal: Site, alice: User, model: FakeModel):
    model.script(say(*PIECES, delay_secs=0.003))
    moments = random.Random(14_07).sample(range(1200), 10)
    rows = []
    for milliseconds in moments:
        rows.append(die_in_the_middle(mortal, alice, milliseconds / 1000))
        mortal.start()
    # The last death counts for all: it may have hit the process that had taken an earlier reply over.
    died = time.monotonic()
    rows = [wait_for_end(row, died) for row in rows]
    assert rows[-1].status == Status.COMPLETE
    assert all(WHOLE.startswith(row.text) for row in rows)
    assert {row.status for row in rows if row.text != WHOLE} <= {Status.INTERRUPTED}


def test_before_the_first_word_the_question_is_kept(mortal: Site, alice: User, model: FakeModel):
    model.script(steps(Do.HANG), "It is.")
    with Reader(mortal.url, alice) as reader, reader.asking("Is it kept?", "?format=blocks") as stream:
        model.wait_for(lambda: len(model.requests) == 1)
        mortal.kill()
        read_until_broken(stream)
    question, reply = Message.objects.order_by("pk")
    mortal.start()
    reply = wait_for_end(reply, time.monotonic())
    assert (question.text, reply.status, reply.text) == ("Is it kept?", Status.COMPLETE, "It is.")


def test_a_follower_in_another_process_sees_it_go_on(mortal: Site, site: Site, alice: User, model: FakeModel):
    model.script(steps("Hello", Do.HANG), say(", world."))
    with Reader(mortal.url, alice) as reader, reader.asking() as stream:
        events = stream.until("Hello").reply["events"]
        with Reader(site.url, alice) as elsewhere, elsewhere.following(events) as followed:
            followed.until("Hello")
            mortal.kill()
            read_until_broken(stream)
            received = followed.to_end()
    assert (received.text, received.done["status"]) == ("Hello, world.", "complete")


def test_after_the_death_one_can_ask_again(mortal: Site, alice: User, model: FakeModel):
    model.script(steps("Hello", Do.HANG), say(", world."), say("Again."))
    with Reader(mortal.url, alice) as reader:
        with reader.asking() as stream:
            conversation = stream.until("Hello").reply["conversation"]
            mortal.kill()
            read_until_broken(stream)
        mortal.start()
        wait_for_end(Message.objects.get(role=Role.ASSISTANT), time.monotonic())
        assert reader.ask(conversation=conversation).text == "Again."
