"""`recover_replies` ends what a dead server left unfinished, and nothing else."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from chat.models import Article, Conversation, Message, Status, Usage, User
from chat.replies.submit import Question, submit


@pytest.fixture
def reply(alice: User, article: Article) -> Message:
    """A reply that is being written, whose quotation stands in the article."""
    reply, _ = submit(alice, Question("Cake?", article="feasts"))
    Message.objects.filter(pk=reply.pk).update(text="> People share cake.")
    return reply


def recover() -> str:
    output = StringIO()
    call_command("recover_replies", stdout=output)
    return output.getvalue()


def age(reply: Message, secs: float) -> None:
    """Let the last sign of life of the reply's writer be so long ago."""
    Message.objects.filter(pk=reply.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=secs))


def test_it_ends_a_reply_whose_writer_has_died(reply: Message):
    age(reply, 11)
    assert recover() == "1 reply was interrupted.\n"
    reply.refresh_from_db()
    assert (reply.status, reply.error_code, reply.text) == (Status.INTERRUPTED, "writer_died", "> People share cake.")


def test_it_leaves_a_reply_that_is_being_written_alone(reply: Message):
    age(reply, 9)
    assert recover() == "0 replies were interrupted.\n"
    reply.refresh_from_db()
    assert reply.status == Status.WRITING


def test_quotations_of_what_was_written_are_verified(reply: Message):
    age(reply, 11)
    recover()
    assert [citation.exact for citation in reply.citations.all()] == ["People share cake."]


def test_a_look_up_that_fails_costs_the_quotations_but_not_the_end(reply: Message, monkeypatch: pytest.MonkeyPatch):
    def fail(*args: object) -> None:
        raise ValueError("what nobody thought of")

    monkeypatch.setattr("chat.answering.citations.find", fail)
    age(reply, 11)
    assert recover() == "1 reply was interrupted.\n"
    reply.refresh_from_db()
    assert (reply.status, reply.citations.count()) == (Status.INTERRUPTED, 0)


def test_a_reply_that_was_to_be_stopped_ends_as_stopped(reply: Message):
    Message.objects.filter(pk=reply.pk).request_stop()
    age(reply, 11)
    recover()
    reply.refresh_from_db()
    assert reply.status == Status.STOPPED


def test_a_reply_that_nobody_began_to_write_is_ended_too(alice: User):
    pending = Conversation.objects.create(owner=alice).ask("When?")
    Message.objects.filter(pk=pending.pk).update(created=timezone.now() - timedelta(seconds=11))
    assert recover() == "1 reply was interrupted.\n"


def test_what_was_reserved_is_settled(reply: Message):
    age(reply, 11)
    recover()
    usage = Usage.objects.get()
    assert usage.tokens_reserved == 0
    assert usage.tokens_used == len("> People share cake.") // 4


def test_a_second_run_finds_nothing(reply: Message):
    age(reply, 11)
    recover()
    assert recover() == "0 replies were interrupted.\n"
