"""The end of an account: asked for twice, counted beforehand, and then no row in any table mentions the person."""

import time
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from chat.models import Article, Citation, Conversation, Message, Prompt, Role, Status, Usage, User, Verdict
from chat.replies.erasing import erase
from tests.account import logged_in, said_again, text_of
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import TOKEN, Reader, session_cookie
from tests.site import Site

DELETE, DELETED = "/account/delete/", "/account/deleted/"
NAME = "zinaida"
TRACES = (NAME, "Zina Z.", "post@zinaida.example", "Why do zebras")


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Forget the tries of other tests."""
    cache.clear()


@pytest.fixture
def zinaida(article: Article, eve: User) -> User:
    """A reader, and an editor now and then, of whom there is something in every table."""
    zinaida = User.objects.create_user(NAME, "post@zinaida.example", f"{NAME}-password", name="Zina Z.", is_staff=True)
    zinaida.emailaddress_set.create(email=zinaida.email, verified=True, primary=True)
    Usage.objects.create(user=zinaida, day=timezone.now().date() - timedelta(days=1), questions=3)
    for _ in range(2):
        conversation = Conversation.objects.create(owner=zinaida, article=article, title="Why do zebras")
        question = Message.objects.create(conversation=conversation, role=Role.USER, text="Why do zebras celebrate?")
        reply = Message.objects.create(
            conversation=conversation, role=Role.ASSISTANT, parent=question, status=Status.COMPLETE, text="They do."
        )
        Citation.objects.create(reply=reply, ordinal=1, exact="Why do zebras", verdict=Verdict.MISSING)
    article.author = zinaida
    article.save()
    article.publish("Zebras celebrate.", zinaida, "corrected")
    Prompt.objects.create(text="Be kind.", author=zinaida)
    for actor, about in ((eve, zinaida), (eve, zinaida.emailaddress_set.get()), (zinaida, article)):
        LogEntry.objects.log_actions(actor.pk, [about], CHANGE, f"Changed {about}.")
    return zinaida


@pytest.fixture
def page(zinaida: User) -> Client:
    """A browser in which she has just entered her password."""
    return said_again(logged_in(NAME), NAME)


def mentions(pk: int) -> Iterator[str]:
    """Yield every row of every table that holds a trace of the person, or points to the account."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            relations = connection.introspection.get_relations(cursor, table)
            to_user = {column for column, (_, other, *_) in relations.items() if other == User._meta.db_table}
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for values in cursor.fetchall():
                row = dict(zip(names, values, strict=True))
                if any(trace in str(row) for trace in TRACES) or any(row[name] == pk for name in to_user):
                    yield f"{table}: {row}"
    for session in Session.objects.all():
        if str(pk) in (session.get_decoded().get("_auth_user_id"), session.get_decoded().get("user")):
            yield f"session {session.session_key}"


def test_no_row_mentions_the_person_afterwards(page: Client, zinaida: User):
    elsewhere = logged_in(NAME)
    TOTP.activate(zinaida, "JBSWY3DPEHPK3PXP")
    assert len(list(mentions(zinaida.pk))) > 15
    assert page.post(DELETE, {"username": NAME}).url == DELETED
    assert list(mentions(zinaida.pk)) == []
    assert elsewhere.get("/conversations/").status_code == 302
    assert page.get("/conversations/").status_code == 302


def test_others_keep_everything(page: Client, alice: User):
    conversation = Conversation.objects.create(owner=alice, title="Mine")
    browser = logged_in("alice")
    page.post(DELETE, {"username": NAME})
    assert list(Conversation.objects.all()) == [conversation]
    assert browser.get("/conversations/").status_code == 200


def test_what_was_published_stays_without_the_name(page: Client, article: Article):
    page.post(DELETE, {"username": NAME})
    article.refresh_from_db()
    assert article.author is None
    assert [revision.author for revision in article.revisions.all()] == [None, None]
    assert article.revision.body == "Zebras celebrate."
    assert Prompt.objects.get().author is None


def test_a_page_says_that_it_is_done(page: Client):
    text = page.post(DELETE, {"username": NAME}, follow=True).content.decode()
    assert "Your account is deleted" in text
    assert ">Log in</a>" in text


def test_what_will_go_is_counted_before(page: Client):
    text = text_of(page, DELETE)
    for name, count in (("Conversations", 2), ("Questions", 2), ("Answers", 2), ("Quotations", 2), ("Sessions", 1)):
        assert f"<dt>{name}</dt><dd>{count}</dd>" in text


@pytest.mark.parametrize("typed", ["", "Zinaida", "alice", "post@zinaida.example", "zinaida\x00"])
def test_it_wants_the_user_name_and_nothing_else(page: Client, zinaida: User, typed: str):
    answer = page.post(DELETE, {"username": typed})
    assert answer.status_code == 400
    assert "Nothing was deleted" in answer.content.decode()
    assert User.objects.filter(pk=zinaida.pk).exists()


def test_without_the_password_once_more_nothing_happens(zinaida: User):
    answer = logged_in(NAME).post(DELETE, {"username": NAME})
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert User.objects.filter(pk=zinaida.pk).exists()


def test_a_password_that_was_entered_long_ago_does_not_count(page: Client, zinaida: User):
    session = page.session
    session["account_authentication_methods"][-1]["at"] -= 3600
    session.save()
    assert page.post(DELETE, {"username": NAME}).status_code == 302
    assert User.objects.filter(pk=zinaida.pk).exists()


def test_a_link_deletes_nothing(page: Client, zinaida: User):
    page.get(f"{DELETE}?username={NAME}")
    assert User.objects.filter(pk=zinaida.pk).exists()


def test_erasing_twice_is_erasing_once(zinaida: User):
    twin = User.objects.get(pk=zinaida.pk)
    erase(zinaida)
    erase(twin)
    assert not User.objects.filter(username=NAME).exists()


# --- while answers are being written --------------------------------------------------------------------------


def again(user: User) -> str:
    """Return the cookie of a session in which the password has just been entered once more."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_cookie(user))
    record = {"method": "password", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return str(session.session_key)


@pytest.mark.server
def test_answers_that_are_being_written_stop(site: Site, model: FakeModel, reader: Reader, alice: User):
    model.script(say("One ", "two ", "three.", pause_after=2))
    with reader.asking() as stream:
        stream.until("two")
        with Reader(site.url) as elsewhere:
            elsewhere.client.cookies.set("sessionid", again(alice))
            form = {"username": "alice", "csrfmiddlewaretoken": TOKEN}
            answer = elsewhere.client.post(DELETE, data=form)
            assert (answer.status_code, answer.headers["location"]) == (302, DELETED)
        received = stream.to_end()
    assert received.text.split() == ["One", "two"]
    assert received.done["status"] == "stopped"
    model.wait_for(lambda: model.requests[-1].state == "aborted")
    assert not User.objects.exists()
    assert not Message.objects.exists()
    assert not UserSession.objects.exists()
