"""Suspending an account in use: its sockets, streams and answers end in every process, and no new ones begin."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from chat.errors import ChatError, Suspended
from chat.models import Article, Conversation, Message, Role, Status, Suspension, User
from chat.replies import suspending
from chat.replies.submit import Question, answer_again_and_start, continue_and_start, submit
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import TOKEN, Reader, session_cookie
from tests.redis_server import running
from tests.site import Site
from tests.socket_client import SocketClient

# As after a logout: three seconds at most, and something for a busy machine.
CLOSED_SECS = 8


@pytest.fixture
def moderator(transactional_db: None) -> User:
    user = User.objects.create_user("stan", "stan@example.org", "stan-password")
    user.groups.add(Group.objects.get(name="Moderator"))
    return user


def decide(site: Site, moderator: User, person: User, doing: str = "suspend") -> None:
    """Do it in the desk, at this process."""
    with Reader(site.url, moderator) as desk:
        form = {"csrfmiddlewaretoken": TOKEN, "reason": "Writes to everybody in capitals."}
        answer = desk.client.post(f"/admin/chat/user/{person.pk}/{doing}/", data=form)
        assert answer.status_code == 302, answer.text[:3000]


# --- In use -------------------------------------------------------------------------------------------------------


@pytest.fixture
def fresh(site: Site) -> Iterator[Site]:
    """A process of its own: one that has seen another test's tables remembers keys of theirs."""
    fresh = Site(**site.environment).start()
    yield fresh
    fresh.kill()


@pytest.mark.server
def test_everything_ends_at_once(fresh: Site, moderator: User, alice: User, article: Article, model: FakeModel):
    model.script(say("one ", "two", pause_after=1))
    session = session_cookie(alice)
    with (
        SocketClient(fresh.port, session) as page,
        Reader(fresh.url, alice) as reader,
        reader.asking() as asked,
    ):
        asked.until("one")
        decide(fresh, moderator, alice)
        assert asked.to_end().done["status"] == "stopped"
        model.wait_for(lambda: model.count("aborted") == 1)
        assert page.end() == 4001
        with SocketClient(fresh.port, session) as later:
            assert later.end() == 4001
        assert reader.client.get("/conversations/").status_code == 302
        assert reader.post("And now?").status_code == 401
        assert reader.client.get(asked.received.reply["events"]).status_code == 401
        decide(fresh, moderator, alice, "readmit")
        assert reader.post("And now?").status_code == 401
    reply = Message.objects.get(role=Role.ASSISTANT)
    assert (reply.text, reply.status) == ("one ", Status.STOPPED)
    with Reader(fresh.url, User.objects.get(pk=alice.pk)) as reader:
        model.script(say("Welcome."))
        assert reader.ask("And now?").text == "Welcome."


@pytest.mark.server
def test_everything_ends_at_another_process(
    site: Site, fresh: Site, moderator: User, alice: User, article: Article, model: FakeModel
):
    model.script(say("one ", "two", pause_after=1))
    with (
        SocketClient(site.port, session_cookie(alice)) as page,
        Reader(site.url, alice) as reader,
        reader.asking() as asked,
    ):
        asked.until("one")
        started = time.monotonic()
        decide(fresh, moderator, alice)
        assert asked.to_end().done["status"] == "stopped"
        model.wait_for(lambda: model.count("aborted") == 1)
        assert page.end() == 4001
        assert time.monotonic() - started < CLOSED_SECS
    assert Message.objects.get(role=Role.ASSISTANT).text == "one "


@pytest.mark.server
def test_with_redis_other_processes_hear_of_it(site: Site, moderator: User, model: FakeModel):
    """Each process looks every three seconds anyway: three pages, one after the other, would take six at least."""
    with running() as redis:
        environment = {**site.environment, "REDIS_URL": redis.url}
        pair = [Site(**environment) for _ in range(2)]
        try:
            with ThreadPoolExecutor() as both:
                list(both.map(Site.start, pair))
            for each in pair:
                each.wait_until_log("Hints from and to other processes work.")
            readers = [User.objects.create_user(f"reader{n}", f"reader{n}@example.org", "x") for n in range(3)]
            taken = 0.0
            for reader in readers:
                with SocketClient(pair[1].port, session_cookie(reader)) as page:
                    decide(pair[0], moderator, reader)
                    started = time.monotonic()
                    assert page.end() == 4001
                    taken += time.monotonic() - started
            assert taken < 5
        finally:
            for each in pair:
                each.kill()


# --- In the same instant ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_a_question_of_the_same_instant_is_refused_or_stopped(alice: User, eve: User, settings: object, round_: int):
    settings.ACTIVE_REPLIES_PER_USER = 100
    tabs = 8
    start = Barrier(tabs)

    def one(tab: int) -> str:
        try:
            start.wait(20)
            if tab == round_:
                suspending.close(alice, eve, "Why not?")
            else:
                submit(alice, Question("When?"))
        except ChatError as error:
            return error.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(tabs) as threads:
        answers = list(threads.map(one, range(tabs)))
    assert set(answers) <= {"", "suspended"}
    assert Message.objects.unfinished().count() == answers.count("") - 1
    assert not Message.objects.unfinished().filter(stop_requested_at=None).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_of_the_day", [True, False])
def test_a_question_waits_for_a_suspension_that_is_being_stored(alice: User, eve: User, first_of_the_day: bool):
    if not first_of_the_day:
        reply, _ = submit(alice, Question("Before?"))
        Message.objects.filter(pk=reply.pk).update(status=Status.COMPLETE)
    closed, waited = Event(), Event()

    def suspend() -> None:
        try:
            with transaction.atomic():
                assert suspending.close(alice, eve, "Why not?")
                closed.set()
                if connection.vendor == "postgresql":
                    until_somebody_waits()
                waited.set()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(suspend)
        assert closed.wait(10)
        with pytest.raises(Suspended):
            submit(alice, Question("When?"))
        done.result(10)
    assert waited.is_set()
    assert not Message.objects.unfinished().exists()
    assert Conversation.objects.count() == (0 if first_of_the_day else 1)


def until_somebody_waits() -> None:
    """Return when another connection waits for a row that this one holds."""
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits for the row.")


@pytest.mark.django_db(transaction=True)
def test_nothing_that_was_begun_goes_on(alice: User, eve: User, article: Article):
    """A request may hold the account as it was when it began."""
    conversation = Conversation.objects.create(owner=alice, article=article)
    reply = conversation.ask("When?")
    Message.objects.filter(pk=reply.pk).update(status=Status.INTERRUPTED, error_code="writer_died")
    reply.refresh_from_db()
    suspending.close(alice, eve, "Why not?")
    loop = asyncio.new_event_loop()  # in which nothing is to be begun
    for begin in (
        lambda: submit(alice, Question("And then?", conversation=conversation.code)),
        lambda: continue_and_start(alice, reply, loop),
        lambda: answer_again_and_start(alice, reply, loop),
    ):
        with pytest.raises(Suspended, match="Your account is suspended"):
            begin()
    loop.close()
    assert not Message.objects.unfinished().exists()


@pytest.mark.django_db(transaction=True)
def test_a_reason_goes_with_the_account_and_outlives_who_gave_it(alice: User, eve: User):
    suspending.close(alice, eve, "Why not?")
    eve.delete()
    row = Suspension.objects.get()
    assert (row.by, row.reason) == (None, "Why not?")
    alice.delete()
    assert not Suspension.objects.exists()
