"""`prune` removes what is old enough, tells before it does, and leaves everything else alone."""

from datetime import timedelta
from io import StringIO

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone

from chat.models import Article, Conversation, Feedback, Message, Role, Share, Status, Usage, User
from chat.models.search import SearchEntry, index
from chat.replies import pruning
from tests.account import logged_in
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import Reader
from tests.site import Site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "PAUSE_SECS", 0)


def ago(days: float) -> object:
    return timezone.now() - timedelta(days=days)


def prune(*options: str) -> dict[str, str]:
    """Run the command; return what it says of each kind."""
    output = StringIO()
    call_command("prune", *options, stdout=output)
    lines = output.getvalue().splitlines()
    return {line[:26].strip(): line[26:].strip() for line in lines if not line.startswith("This was")}


def conversation(owner: User, days: float, status: str = Status.COMPLETE) -> Conversation:
    """Return one that was last used so many days ago."""
    made = Conversation.objects.create(owner=owner, title="Old")
    question = Message.objects.create(conversation=made, role=Role.USER, text="Cake?")
    reply = Message.objects.create(conversation=made, role=Role.ASSISTANT, parent=question, status=status, text="Yes.")
    Share.objects.create(conversation=made, snapshot={})
    Feedback.objects.create(reply=reply, value=1)
    index(reply)
    Conversation.objects.filter(pk=made.pk).update(updated=ago(days))
    return made


def test_without_an_option_it_only_counts(alice: User, settings):
    settings.KEEP_CONVERSATIONS_DAYS = 30
    conversation(alice, 31)
    assert prune()["Conversations"] == "would delete 1 (older than 30 days)"
    assert Conversation.objects.count() == 1


def test_it_deletes_what_was_not_used_for_so_long_with_all_that_belongs_to_it(alice: User, settings):
    settings.KEEP_CONVERSATIONS_DAYS = 30
    kept = [conversation(alice, 29), conversation(alice, 0)]
    for _ in range(pruning.BATCH_OF_CONVERSATIONS + 2):
        conversation(alice, 31)
    assert prune("--delete")["Conversations"] == "7 deleted (older than 30 days)"
    assert list(Conversation.objects.order_by("pk")) == kept
    assert [model.objects.count() for model in (Message, SearchEntry, Share, Feedback)] == [4, 4, 2, 2]


def test_with_nothing_set_all_is_kept(alice: User, eve: User, article: Article):
    conversation(alice, 36_000)
    Usage.objects.create(user=alice, day="1999-01-01")
    LogEntry.objects.log_actions(eve.pk, [article], CHANGE, "Old")
    LogEntry.objects.update(action_time=ago(36_000))
    told = prune("--delete")
    assert told["Conversations"] == "kept for ever (KEEP_CONVERSATIONS_DAYS is not set)"
    assert (Conversation.objects.count(), Usage.objects.count(), LogEntry.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("status", [Status.PENDING, Status.WRITING])
def test_a_conversation_in_which_an_answer_is_written_stays(alice: User, settings, status: str):
    settings.KEEP_CONVERSATIONS_DAYS = 30
    conversation(alice, 31, status)
    assert prune("--delete")["Conversations"].startswith("0 deleted")
    assert Conversation.objects.count() == 1


def test_one_that_is_used_just_before_its_turn_stays(alice: User, settings, monkeypatch: pytest.MonkeyPatch):
    settings.KEEP_CONVERSATIONS_DAYS = 30
    used, other = conversation(alice, 31), conversation(alice, 31)
    locked = pruning.locked

    def used_meanwhile(rows):
        Conversation.objects.get(pk=used.pk).ask("And bread?")
        monkeypatch.setattr(pruning, "locked", locked)
        return locked(rows)

    monkeypatch.setattr(pruning, "locked", used_meanwhile)
    assert prune("--delete")["Conversations"].startswith("1 deleted")
    assert not Conversation.objects.filter(pk=other.pk).exists()
    assert used.messages.count() == 4


def test_what_readers_deleted_goes_once_they_cannot_have_it_back(alice: User):
    gone, kept = conversation(alice, 0), conversation(alice, 0)
    Conversation.objects.filter(pk=gone.pk).update(deleted_at=ago(1))
    Conversation.objects.filter(pk=kept.pk).update(deleted_at=timezone.now())
    assert prune("--delete")["Deleted conversations"] == "1 deleted"
    assert list(Conversation.objects.all()) == [kept]


def test_shares_usage_and_log_have_periods_of_their_own(alice: User, eve: User, article: Article, settings):
    settings.KEEP_SHARES_DAYS, settings.KEEP_USAGE_DAYS, settings.KEEP_LOG_DAYS = 10, 40, 50
    conversation(alice, 0)
    new = Share.objects.create(conversation=Conversation.objects.get(), snapshot={})
    Share.objects.exclude(pk=new.pk).update(created=ago(11))
    for days in (0, 40, 41):
        Usage.objects.create(user=alice, day=timezone.now().date() - timedelta(days=days))
    LogEntry.objects.log_actions(eve.pk, [article, alice], CHANGE, "Changed")
    LogEntry.objects.filter(object_id=str(alice.pk)).exclude(content_type__model="article").update(action_time=ago(51))
    told = prune("--delete")
    assert told["Shared copies"] == "1 deleted (older than 10 days)"
    assert told["Counts of questions"] == "1 deleted (older than 40 days)"
    assert told["Log of the admin"] == "1 deleted (older than 50 days)"
    assert list(Share.objects.all()) == [new]


def test_expired_sessions_go_and_the_others_stay(alice: User, bob: User):
    logged_in("alice")
    browser = logged_in("bob")
    alices = UserSession.objects.get(user=alice).session_key
    Session.objects.filter(session_key=alices).update(expire_date=ago(1))
    told = prune("--delete")
    assert (told["Expired sessions"], told["Entries of ended sessions"]) == ("1 deleted", "1 deleted")
    assert browser.get("/conversations/").status_code == 200
    assert [session.user for session in UserSession.objects.all()] == [bob]


def test_accounts_that_were_never_confirmed_or_used_go(settings):
    settings.KEEP_UNCONFIRMED_DAYS = 7
    made = {}
    for name in ("stale", "fresh", "confirmed", "asks", "staff", "byhand", "returns"):
        made[name] = User.objects.create_user(name, f"{name}@example.org", "x", date_joined=ago(8))
        if name != "byhand":
            made[name].emailaddress_set.create(email=made[name].email, verified=name == "confirmed", primary=True)
    conversation(made["asks"], 8)
    User.objects.filter(username="fresh").update(date_joined=ago(6))
    User.objects.filter(username="staff").update(is_staff=True)
    User.objects.filter(username="returns").update(last_login=ago(1))
    assert prune("--delete")["Unconfirmed accounts"] == "1 deleted (older than 7 days)"
    assert sorted(User.objects.values_list("username", flat=True)) == sorted(set(made) - {"stale"})


def test_the_dry_run_counts_what_the_other_one_deletes(alice: User, settings):
    settings.KEEP_CONVERSATIONS_DAYS = settings.KEEP_SHARES_DAYS = 30
    conversation(alice, 31)
    conversation(alice, 31, Status.WRITING)
    counted, deleted = prune(), prune("--delete")
    assert [told.removeprefix("would delete ").split()[0] for told in counted.values()] == [
        told.split()[0] for told in deleted.values()
    ]


def test_a_database_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch):
    def fail(kind: object) -> None:
        raise DatabaseError("disk I/O error\nwith details")

    monkeypatch.setattr(pruning.Kind, "rows", fail)
    with pytest.raises(CommandError, match=r"cannot be used \(disk I/O error\)\."):
        prune()


@pytest.mark.server
def test_an_answer_that_streams_meanwhile_goes_on(site: Site, model: FakeModel, reader: Reader, alice: User, settings):
    settings.KEEP_CONVERSATIONS_DAYS = 30
    model.script(say("One ", "two ", "three.", pause_after=2))
    with reader.asking() as stream:
        stream.until("two")
        Conversation.objects.update(updated=ago(31))
        conversation(alice, 31)
        assert prune("--delete")["Conversations"].startswith("1 deleted")
        model.go()
        received = stream.to_end()
    assert (received.text, received.done["status"]) == ("One two three.", "complete")
