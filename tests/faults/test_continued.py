"""A reply that broke off goes on: once by itself in a live process, and once more whenever its reader wants it."""

import time
from collections.abc import Iterator

import pytest

from chat.answering.prompt import GO_ON
from chat.models import Conversation, Message, Role, Status, Usage, User
from tests.fake_model import FakeModel
from tests.fake_replies import Do, Reply, say, steps
from tests.reader import Reader
from tests.site import Site

pytestmark = pytest.mark.server

# A lease of 10 s and a sweep each second, and then the answer itself.
PROMISED_SECS = 15

CUT = steps("Hello, ", "wor")
BROKEN = steps("Hello, ", "wor", Do.RESET)
HANGING = steps("Hello, ", "wor", Do.HANG)


def the_reply() -> Message:
    return Message.objects.get(role=Role.ASSISTANT)


@pytest.fixture
def other(site: Site) -> Iterator[Site]:
    """A second process on the same database, which the test may kill."""
    other = Site(**{**site.environment, "DRAIN_SECS": "0.2"}).start()
    yield other
    other.kill()


@pytest.mark.parametrize("broken", [CUT, BROKEN])
@pytest.mark.parametrize("rest", ["ld and more.", "world and more.", "Hello, world and more."])
def test_an_answer_that_the_model_broke_off_is_continued_without_a_seam(
    reader: Reader, model: FakeModel, broken: Reply, rest: str
):
    model.script(broken, say(rest))
    received = reader.ask("Greet me.")
    assert (received.text, received.done["status"]) == ("Hello, world and more.", "complete")
    assert the_reply().text == "Hello, world and more."
    *_, question, begun, go_on = model.requests[1].body["messages"]
    assert (question["content"], begun) == ("Greet me.", {"role": "assistant", "content": "Hello, wor"})
    assert go_on == {"role": "user", "content": GO_ON}


def test_it_is_continued_only_once_by_itself_and_again_when_its_reader_wants_it(
    reader: Reader, model: FakeModel, alice: User
):
    model.script(CUT, steps("ld, "), say("and more."))
    received = reader.ask()
    assert (received.text, received.done["status"]) == ("Hello, world, ", "interrupted")
    response = reader.client.post(received.reply["continue"])
    assert (response.status_code, response.json()["events"]) == (202, received.reply["events"])
    rest = reader.follow(received.reply["events"], str(received.offset))
    assert (rest.text, rest.done["status"]) == ("and more.", "complete")
    assert the_reply().text == "Hello, world, and more."
    assert Usage.objects.get(user=alice).questions == 2
    assert reader.client.post(received.reply["continue"]).status_code == 202  # nothing is left to continue
    assert model.count("finished") == 3


def test_an_answer_in_other_words_is_not_joined(reader: Reader, model: FakeModel):
    said = "The first feasts had no date: people danced when the harvest was in, and rested when it was eaten."
    model.script(
        steps(said), say("The first feasts had no date: people danced when the harvest was in, and then slept.")
    )
    received = reader.ask()
    assert (received.text, received.done["status"]) == (said, "interrupted")


def test_a_reply_that_has_an_answer_or_is_being_written_is_left_alone(reader: Reader, model: FakeModel):
    received = reader.ask()
    assert reader.client.post(received.reply["continue"]).status_code == 202
    assert (the_reply().text, len(model.requests)) == ("Hello, world.", 1)


def test_while_another_answer_is_written_in_the_conversation_it_is_409(reader: Reader, model: FakeModel):
    model.script(CUT, CUT, say("Yes", pause_after=1))
    broken = reader.ask()
    # A branch beside the broken answer: both follow the same message.
    earlier = Conversation.objects.get().messages.get(role=Role.USER)
    with reader.asking("And?", conversation=broken.reply["conversation"], parent=str(earlier.code)) as stream:
        stream.until("Yes")
        response = reader.client.post(broken.reply["continue"])
        model.go()
        stream.to_end()
    assert (response.status_code, response.json()["code"]) == (409, "still_writing")


def test_the_reply_of_a_killed_process_is_continued_by_a_live_one(
    site: Site, other: Site, alice: User, model: FakeModel
):
    model.script(HANGING, say("ld and more."))
    with Reader(other.url, alice) as reader, reader.asking() as stream:
        received = stream.until("wor")
        other.kill()
    killed = time.monotonic()
    with Reader(site.url, alice) as reader:
        rest = reader.follow(received.reply["events"], str(received.offset))
    assert (received.text + rest.text, rest.done["status"]) == ("Hello, world and more.", "complete")
    assert time.monotonic() - killed < PROMISED_SECS
    assert (the_reply().status, the_reply().text) == (Status.COMPLETE, "Hello, world and more.")


def test_the_replies_of_an_ending_process_are_continued_at_once(site: Site, other: Site, alice: User, model: FakeModel):
    model.script(HANGING, say("ld and more."))
    with Reader(other.url, alice) as reader, reader.asking() as stream:
        stream.until("wor")
        other.begin_to_stop()
        received = stream.until_end_of_stream()
    ended = time.monotonic()
    with Reader(site.url, alice) as reader:
        rest = reader.follow(received.reply["events"], str(received.offset))
    assert (received.reconnect, received.done) == ({}, None)
    assert (received.text + rest.text, rest.done["status"]) == ("Hello, world and more.", "complete")
    assert time.monotonic() - ended < 5  # it is given up, not found dead
