"""What a reader, and the database, get when the model's side fails: before the first word, and after it."""

import pytest

from chat.models import Article, Message, Role, Status, User
from tests.fake_model import FakeModel, refused
from tests.fake_replies import FAULTS_AFTER_TEXT, SECRET, SILENT, Do, failure, plain_json, say, steps
from tests.reader import Reader
from tests.site import Site, database_url

pytestmark = pytest.mark.server

BEFORE_THE_FIRST_WORD = {
    "401": (failure(401), "model_refused"),
    "404": (failure(404), "model_refused"),
    "429": (failure(429, **{"Retry-After": "3600"}), "model_busy"),
    "JSON instead of a stream": (plain_json(), "model_garbage"),
    "garbage": (steps(b"data: }{\n\n"), "model_garbage"),
    "error frame": (steps({"error": {"message": SECRET}}, Do.DONE), "model_error"),
    "end at once": (steps(), "model_cut"),
    "silence": (SILENT, "model_timeout"),
    "comments for ever": (steps(Do.COMMENTS), "model_timeout"),
}
# A stream that ends without a word about it was interrupted; everything else failed.
INTERRUPTED = {"end without finish reason"}


@pytest.fixture(scope="module")
def hasty(django_db_setup: None, django_db_blocker: object, fake_model: FakeModel):
    """A site that gives the model a few seconds."""
    site = Site(
        DEBUG="true",
        DATABASE_URL=database_url(),
        OPENAI_BASE_URL=fake_model.base_url,
        OPENAI_API_KEY=SECRET,
        MODEL_FIRST_WORD_SECS="3",
        MODEL_IDLE_SECS="2",
        MODEL_MAX_CALLS="1",
    )
    yield site.start()
    site.stop()
    assert SECRET not in site.log.read_text()


@pytest.fixture
def reader(hasty: Site, transactional_db: None, model: FakeModel, alice: User):
    with Reader(hasty.url, alice) as reader:
        yield reader


@pytest.mark.parametrize("fault", BEFORE_THE_FIRST_WORD)
def test_before_the_first_word_it_is_502(reader: Reader, model: FakeModel, fault: str):
    reply, code = BEFORE_THE_FIRST_WORD[fault]
    model.script(reply)
    response = reader.post("When?")
    assert (response.status_code, response.json()["code"]) == (502, code)
    assert SECRET not in f"{response.headers} {response.text}"
    row = Message.objects.get(role=Role.ASSISTANT)
    assert (row.status, row.error_code, row.text) == (Status.FAILED, code, "")
    assert len(model.requests) == 1


def test_a_server_that_goes_on_failing_is_502_after_a_few_tries(reader: Reader, model: FakeModel):
    model.script(failure(500))
    response = reader.post("When?")
    assert (response.status_code, response.json()["code"]) == (502, "model_error")
    assert len(model.requests) == 3


def test_another_try_is_told_until_the_first_word(reader: Reader, model: FakeModel):
    model.script(failure(503), say("Hello.", pause_after=0))
    with reader.asking(query="?format=blocks") as stream:
        events = stream.until_status(state="retrying", position=None).reply["events"]
        with reader.following(f"{events}?format=text") as late:
            late.until_status(state="retrying", position=None)
            model.go()
            assert late.to_end().text == "Hello."
        received = stream.to_end()
    assert len(received.statuses) == 1
    assert received.done
    assert received.done["status"] == "complete"


def test_a_stop_ends_the_tries(reader: Reader, model: FakeModel):
    model.script(failure(503, **{"Retry-After": "2"}))
    with reader.asking(query="?format=blocks") as stream:
        reader.stop(stream.until_status(state="retrying", position=None))
        received = stream.to_end()
    assert received.done
    assert received.done["status"] == "stopped"
    assert len(model.requests) == 1


def test_answers_queue_and_a_stop_leaves_the_queue(reader: Reader, model: FakeModel):
    model.script(say("One.", pause_after=0), say("Two."))
    with (
        reader.asking(query="?format=blocks") as first,
        reader.asking(query="?format=blocks") as second,
    ):
        second.until_status(state="queued", position=1)
        with reader.asking(query="?format=blocks") as third:
            reader.stop(third.until_status(state="queued", position=2))
            assert third.to_end().done["status"] == "stopped"
        model.wait_for(lambda: model.paused == 1)
        model.go()
        assert first.to_end().done["status"] == "complete"
        received = second.to_end()
    assert received.statuses == [{"state": "queued", "position": 1}, {"state": "queued", "position": 0}]
    assert "Two." in "".join(received.blocks.values())
    assert len(model.requests) == 2


@pytest.mark.parametrize("fault", FAULTS_AFTER_TEXT)
def test_after_the_first_word_it_is_an_error_event(reader: Reader, model: FakeModel, fault: str):
    model.script(FAULTS_AFTER_TEXT[fault])
    with reader.asking() as stream:
        received = stream.to_end()
    row = Message.objects.get(role=Role.ASSISTANT)
    assert received.text == row.text == "Hello, wor"
    assert received.done
    assert received.done["status"] == row.status == ("interrupted" if fault in INTERRUPTED else "failed")
    assert bool(received.error) == (fault not in INTERRUPTED)
    assert SECRET not in f"{received} {row.__dict__}"


def test_with_blocks_a_failure_is_an_event(reader: Reader, model: FakeModel):
    model.script(failure(429, **{"Retry-After": "3600"}))
    received = reader.ask(query="?format=blocks")
    assert received.error == {
        "code": "model_busy",
        "message": "The language model is busy. Please try again in a minute.",
        "retryable": True,
    }
    assert received.done
    assert received.done["status"] == "failed"


def test_after_a_failure_one_can_ask_again(reader: Reader, model: FakeModel, article: Article):
    model.script(failure(400), failure(400), "Hello.")  # the second without stream_options
    reader.post("When?", article="feasts")
    failed = Message.objects.get(role=Role.ASSISTANT)
    again = reader.ask("When?", conversation=str(failed.conversation.code))
    assert again.text == "Hello."


@pytest.mark.django_db(transaction=True)
def test_a_model_that_refuses_connections_is_502(alice: User):
    with refused() as base_url:
        site = Site(DEBUG="true", DATABASE_URL=database_url(), OPENAI_BASE_URL=base_url).start()
        with Reader(site.url, alice) as reader:
            response = reader.post("When?")
        site.stop()
    assert (response.status_code, response.json()["code"]) == (502, "model_unreachable")
