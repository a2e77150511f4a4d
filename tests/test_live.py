"""The WebSocket: a reader's open pages hear that something changed, nobody else's do, and none after a logout."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.sessions.models import Session

from chat.models import Article, Conversation, User
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import TOKEN, Reader, session_cookie
from tests.redis_server import RedisServer, running
from tests.site import Site
from tests.socket_client import Refused, SocketClient

pytestmark = pytest.mark.server

FORM = {"csrfmiddlewaretoken": TOKEN}


@pytest.fixture
def page(site: Site, alice: User) -> Iterator[SocketClient]:
    """A page that Alice has open."""
    with SocketClient(site.port, session_cookie(alice)) as page:
        yield page


def test_a_page_hears_of_a_question_and_of_the_end_of_its_answer(page: SocketClient, reader: Reader, article: Article):
    with reader.asking() as stream:
        assert page.text() == "changed"
        stream.to_end()
    assert page.text() == "changed"


@pytest.mark.parametrize("change", ["rename", "archive", "unarchive", "delete"])
def test_a_page_hears_of_every_change_of_the_list(page: SocketClient, reader: Reader, alice: User, change: str):
    conversation = Conversation.objects.create(owner=alice, title="Old")
    assert reader.client.post(
        f"/conversations/{conversation.code}/{change}/", data={**FORM, "title": "New"}
    ).is_redirect
    assert page.text() == "changed"
    if change == "delete":
        assert reader.client.post(f"/conversations/{conversation.code}/restore/", data=FORM).is_redirect
        assert page.text() == "changed"


def test_a_page_hears_nothing_of_others(site: Site, reader: Reader, alice: User, bob: User, article: Article):
    with SocketClient(site.port, session_cookie(bob)) as theirs, SocketClient(site.port, session_cookie(alice)) as own:
        reader.ask()
        assert own.text() == "changed"
        theirs.connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            theirs.text()


@pytest.mark.parametrize("session", ["", "x" * 32])
def test_visitors_hear_nothing(site: Site, session: str):
    with SocketClient(site.port, session) as page:
        assert page.end() == 4001


@pytest.mark.parametrize("options", [{"origin": "https://evil.example"}, {"origin": ""}, {"path": "/other"}])
def test_other_sites_and_addresses_are_refused(site: Site, alice: User, options: dict[str, str]):
    with pytest.raises(Refused) as refused:
        SocketClient(site.port, session_cookie(alice), **options)
    assert refused.value.status in (400, 403)


def test_a_logout_closes_the_page(page: SocketClient, site: Site, alice: User):
    Session.objects.all().delete()
    started = time.monotonic()
    assert page.end() == 4001
    assert time.monotonic() - started < 6


def test_a_changed_password_closes_the_page(page: SocketClient, site: Site, alice: User):
    alice.set_password("another one")
    alice.save()
    assert page.end() == 4001


def test_an_account_that_was_closed_closes_its_pages(page: SocketClient, alice: User):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert page.end() == 4001


def test_a_page_that_talks_is_closed(site: Site, alice: User):
    with SocketClient(site.port, session_cookie(alice)) as page:
        page.say(b"hello")
        assert page.end() == 4003


def test_the_end_of_the_process_closes_pages_and_waits_for_no_one(site: Site, alice: User, article: Article):
    own = Site(**site.environment).start()
    try:
        with SocketClient(own.port, session_cookie(alice)) as page:
            own.begin_to_stop()
            assert page.end() == 4002
            started = time.monotonic()
            assert own.wait() == 0
            assert time.monotonic() - started < 4
    finally:
        own.kill()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of our own."""
    with running() as server:
        yield server


@pytest.fixture
def pair(site: Site, redis_server: RedisServer) -> Iterator[list[Site]]:
    """Two processes that share Redis."""
    pair = [Site(**{**site.environment, "REDIS_URL": redis_server.url}) for _ in range(2)]
    with ThreadPoolExecutor() as both:
        list(both.map(Site.start, pair))
    for each in pair:
        each.wait_until_log("Hints from and to other processes work.")
    yield pair
    for each in pair:
        each.kill()


def test_a_page_of_another_process_hears_it_too(
    pair: list[Site], redis_server: RedisServer, alice: User, article: Article, model: FakeModel
):
    model.script(say("Now."), say("Now."))
    with SocketClient(pair[1].port, session_cookie(alice)) as there, Reader(pair[0].url, alice) as reader:
        reader.ask()
        assert there.text() == "changed"
    with SocketClient(pair[0].port, session_cookie(alice)) as here, Reader(pair[0].url, alice) as reader:
        redis_server.kill()
        pair[0].wait_until_log("No hints from and to other processes")
        assert reader.ask().text == "Now."
        assert here.text() == "changed"
