"""GET /replies/…/events and POST …/stop: following, resuming, leaving and stopping a reply."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.models import Message, Role, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import Do, say, steps
from tests.reader import Reader
from tests.site import Site

pytestmark = pytest.mark.server

TEXT = "One 🎉 two\nthree four"


def test_a_client_that_leaves_does_not_stop_the_reply(reader: Reader, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1))
    with reader.asking() as stream:
        reply = stream.until("Hello").reply
    model.go()
    assert reader.follow(reply["events"]).text == "Hello world"
    row = Message.objects.get(role=Role.ASSISTANT)
    assert (row.text, row.status) == ("Hello world", Status.COMPLETE)
    assert model.count("aborted") == 0


def test_following_from_any_offset_gives_exactly_the_rest(reader: Reader, model: FakeModel):
    model.script(say(*TEXT))
    events = reader.ask().reply["events"]
    for offset in range(len(TEXT)):
        assert reader.follow(events, last_event_id=str(offset)).text == TEXT[offset:]
        assert reader.follow(f"{events}?after={offset}").text == TEXT[offset:]


def test_following_a_live_reply_gives_exactly_the_rest(reader: Reader, model: FakeModel):
    model.script(say(*TEXT, pause_after=8))
    with reader.asking() as stream:
        reply = stream.until(TEXT[:8]).reply
    with reader.following(reply["events"], last_event_id="5") as stream:
        stream.until(TEXT[5:8])
        model.go()
        received = stream.to_end()
    assert received.text == TEXT[5:]
    assert received.offset == len(TEXT)


def test_at_the_end_of_a_finished_reply_eventsource_is_told_to_rest(reader: Reader):
    received = reader.ask()
    with reader.following(received.reply["events"], last_event_id=str(received.offset)) as stream:
        assert stream.response.status_code == 204


def test_without_last_event_id_the_end_is_told_again(reader: Reader):
    received = reader.ask()
    again = reader.follow(f"{received.reply['events']}?after={received.offset}")
    assert (again.text, again.done) == ("", received.done)


@pytest.mark.parametrize("after", ["-1", "x", "14", "99999999999999999999", "١"])
def test_an_offset_that_cannot_be_is_400(reader: Reader, after: str):
    events = reader.ask().reply["events"]
    response = reader.client.get(events, params={"after": after})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


def test_two_followers_one_slow_get_the_same(reader: Reader, model: FakeModel):
    pieces = [f"word {n}\n" for n in range(2000)]
    model.script(say(*pieces, pause_after=1))
    with reader.asking() as slow:
        events = slow.until("word 0").reply["events"]
        with ThreadPoolExecutor(1) as pool:
            fast = pool.submit(reader.follow, events)
            model.go()
            assert fast.result(30).text == "".join(pieces)
        assert slow.to_end().text == "".join(pieces)


def test_blocks_resumed_anywhere_end_like_blocks_from_the_start(reader: Reader, model: FakeModel):
    text = "First *one*.\n\n- a\n- b\n\n```\ncode\n```\n\nLast."
    model.script(say(*text))
    whole = reader.ask(query="?format=blocks")
    for offset in range(0, len(text), 5):
        rest = reader.follow(f"{whole.reply['events']}?format=blocks&after={offset}")
        assert {**whole.blocks, **rest.blocks} == whole.blocks


def test_a_slow_model_is_kept_alive_and_its_reader_hears_a_beat(site: Site, alice: User, model: FakeModel):
    quick = Site(**{**site.environment, "HEARTBEAT_SECS": "0.2", "FIRST_WORD_WAIT_SECS": "0.3"}).start()
    model.script(say("Hello", pause_after=0))
    with Reader(quick.url, alice) as reader, reader.asking() as stream:
        assert stream.response.status_code == 200
        raw = stream.response.iter_raw()
        assert any(b": hb" in chunk for chunk in raw)
        model.go()
    quick.stop()


def test_stop_keeps_what_was_written_and_closes_the_model(reader: Reader, model: FakeModel):
    model.script(steps("Hello", Do.HANG))
    with reader.asking() as stream:
        assert reader.stop(stream.until("Hello")).status_code == 202
        received = stream.to_end()
    assert received.done == {"status": "stopped", "finish_reason": "", "usage": {}}
    row = Message.objects.get(role=Role.ASSISTANT)
    assert (row.text, row.status) == ("Hello", Status.STOPPED)
    model.wait_for(lambda: model.count("aborted") == 1)


def test_stop_works_before_the_first_word(reader: Reader, model: FakeModel):
    model.script(steps(Do.HANG))
    with reader.asking(query="?format=blocks") as stream:
        model.wait_for(lambda: len(model.requests) == 1)
        reader.client.post(Message.objects.get(role=Role.ASSISTANT).stop_url)
        assert stream.to_end().done == {"status": "stopped", "finish_reason": "", "usage": {}}


def test_stop_twice_or_after_the_end_changes_nothing(reader: Reader):
    received = reader.ask()
    assert [reader.stop(received).status_code for _ in range(2)] == [202, 202]
    assert Message.objects.get(role=Role.ASSISTANT).status == Status.COMPLETE


def test_stop_in_another_process_works_too(site: Site, reader: Reader, alice: User, model: FakeModel):
    model.script(steps("Hello", Do.HANG))
    other = Site(**site.environment).start()
    with reader.asking() as stream, Reader(other.url, alice) as elsewhere:
        elsewhere.stop(stream.until("Hello"))
        assert stream.to_end().done == {"status": "stopped", "finish_reason": "", "usage": {}}
    other.stop()


def test_a_reply_is_followed_from_another_process(site: Site, reader: Reader, alice: User, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1))
    other = Site(**site.environment).start()
    with reader.asking() as stream, Reader(other.url, alice) as elsewhere:
        events = stream.until("Hello").reply["events"]
        with elsewhere.following(events) as followed:
            followed.until("Hello")
            model.go()
            assert followed.to_end().text == "Hello world"
    other.stop()


def test_other_peoples_replies_are_not_there(reader: Reader, site: Site, bob: User):
    reply = reader.ask().reply
    with Reader(site.url, bob) as other:
        assert other.client.get(reply["events"]).status_code == 404
        assert other.client.post(reply["stop"]).status_code == 404


def test_a_question_has_no_events(reader: Reader):
    question = reader.ask().reply["question"]
    assert reader.client.get(f"/replies/{question}/events").status_code == 404


def test_without_a_login_it_is_401(site: Site, reader: Reader):
    reply = reader.ask().reply
    with Reader(site.url) as visitor:
        assert visitor.client.get(reply["events"]).status_code == 401
        assert visitor.client.post(reply["stop"]).status_code == 401


def test_a_conversation_deleted_meanwhile_ends_the_stream(reader: Reader, model: FakeModel):
    model.script(steps("Hello", Do.HANG))
    with reader.asking() as stream:
        stream.until("Hello")
        Message.objects.get(role=Role.ASSISTANT).conversation.delete()
        assert stream.to_end().done == {"status": "failed", "finish_reason": "", "usage": {}}
    model.wait_for(lambda: model.count("aborted") == 1)


def test_many_replies_at_once_are_all_whole(reader: Reader, model: FakeModel):
    gate = threading.Event()
    model.script(steps("Hello", gate, " world", *say().steps[-3:]))
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(reader.ask) for _ in range(20)]
        model.wait_for(lambda: model.paused == 20)
        gate.set()
        assert {future.result(30).text for future in asked} == {"Hello world"}
