"""Nothing is shown before it is stored: while the database does not take a piece, no reader gets it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from chat.models import Conversation, Message, Role, Status, User
from chat.replies.extend import Extension, extend
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import Reader

pytestmark = pytest.mark.server

# Long enough for the piece to have come through, had it been on its way to the reader.
UNSEEN_SECS = 1.0


def test_a_piece_that_is_not_stored_is_not_shown(reader: Reader, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1))
    with reader.asking() as stream, ThreadPoolExecutor(1) as pool:
        stream.until("Hello")
        with transaction.atomic():
            # On PostgreSQL this locks the row; on SQLite the transaction alone keeps all other writers out.
            Message.objects.select_for_update().get(role=Role.ASSISTANT)
            model.go()
            model.wait_for(lambda: model.count("finished") == 1)
            seen = pool.submit(stream.until, " world")
            with pytest.raises(TimeoutError):
                seen.result(UNSEEN_SECS)
        assert seen.result(10).text == "Hello world"
        assert stream.to_end().done
    assert Message.objects.get(role=Role.ASSISTANT).status == Status.COMPLETE


def test_what_a_reader_has_is_in_the_database_at_that_moment(reader: Reader, model: FakeModel):
    pieces = [f"{number} " for number in range(200)]
    model.script(say(*pieces, delay_secs=0.002))
    with reader.asking() as stream:
        for piece in pieces[::10]:
            received = stream.until(piece).text
            assert Message.objects.get(role=Role.ASSISTANT).text.startswith(received)


def test_a_reply_taken_away_from_its_writer_is_not_extended(reader: Reader, model: FakeModel):
    model.script(say("Hello", " world", pause_after=1))
    with reader.asking() as stream:
        stream.until("Hello")
        Message.objects.filter(role=Role.ASSISTANT).update(status=Status.INTERRUPTED, writer="")
        model.go()
        received = stream.to_end()
    assert received.text == Message.objects.get(role=Role.ASSISTANT).text == "Hello"
    assert received.done == {"status": "interrupted", "finish_reason": "", "usage": {}}


@pytest.mark.django_db
def test_a_flush_that_is_repeated_stores_nothing_twice(alice: User):
    """As happens when the connection breaks before the database's answer to a commit has come."""
    reply = Conversation.objects.create(owner=alice).ask("Twice?", writer="me")
    rows = [Extension(reply.pk, "me", 0, "naïve 🎉 ")]
    assert extend(rows) == extend(rows) == {"me": False}
    assert extend([Extension(reply.pk, "me", 8, "more")]) == {"me": False}
    assert Message.objects.get(pk=reply.pk).text == "naïve 🎉 more"


@pytest.mark.django_db
def test_of_two_writers_in_one_flush_only_the_one_that_holds_the_reply_stores(alice: User):
    """A process whose clock jumped takes over from itself; the model says the same to both."""
    reply = Conversation.objects.create(owner=alice).ask("Twice?", writer="new")
    assert extend([Extension(reply.pk, writer, 0, "Once.") for writer in ("old", "new")]) == {"new": False}
    assert Message.objects.get(pk=reply.pk).text == "Once."
