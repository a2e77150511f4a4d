"""`erase_user` and `export_user`: what a reader can do on the account page, done by the operator."""

import json
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.conf import settings as site_settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import CASCADE, BinaryField, CharField, DateField, Field, ForeignKey, Model, TextField
from django.utils import timezone

from chat.models import (
    Article,
    Citation,
    Conversation,
    Feedback,
    Invitation,
    Message,
    Passage,
    Prompt,
    Role,
    Share,
    Status,
    Usage,
    User,
    Verdict,
)
from chat.models.search import index
from tests.account import logged_in
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import Reader
from tests.site import Site

NAME, EMAIL = "zinaida", "post@zinaida.example"
QUESTION = "Why do zebras celebrate?"
# In the order in which a row is searched for them: her names, her address, a word that only she used.
TRACES = (NAME, "zina z.", "zinaida.example", "zebras")


@pytest.fixture
def zinaida(article: Article, eve: User) -> User:
    """A reader, and an editor now and then, of whom there is something in every table."""
    zinaida = User.objects.create_user(NAME, EMAIL, f"{NAME}-password", name="Zina Z.", is_staff=True)
    zinaida.emailaddress_set.create(email=EMAIL, verified=True, primary=True)
    Usage.objects.create(user=zinaida, day=timezone.now().date() - timedelta(days=1), questions=3)
    conversation = Conversation.objects.create(owner=zinaida, article=article, title=QUESTION)
    question = Message.objects.create(conversation=conversation, role=Role.USER, text=QUESTION)
    where = {"revision": article.revision, "exact": "celebration", "start": 2, "end": 13}
    passage = Passage.objects.create(question=question, letters_before=1, prefix="zebras", **where)
    reply = Message.objects.create(
        conversation=conversation, role=Role.ASSISTANT, parent=question, status=Status.COMPLETE, text="Zebras do."
    )
    index(reply)
    Citation.objects.create(reply=reply, ordinal=1, exact="zebras", verdict=Verdict.MISSING)
    Feedback.objects.create(reply=reply, value=1, words="says zinaida")
    share = Share.objects.create(conversation=conversation, snapshot={"title": QUESTION})
    article.author = zinaida
    article.save()
    article.publish("Donkeys celebrate.", zinaida, "corrected")
    Prompt.objects.create(text="Be kind.", author=zinaida)
    for told in ({"used_by": zinaida, "used_at": timezone.now()}, {"email": "Post@Zinaida.example", "note": NAME}):
        invitation = Invitation(invited_by=eve, **told)
        invitation.seal(7)
        invitation.save()
    Invitation.objects.create(invited_by=zinaida, token_hash="hers", expires=timezone.now())
    logged_in(NAME)
    TOTP.activate(zinaida, "JBSWY3DPEHPK3PXP")
    for model in apps.get_app_config("chat").get_models():
        fill(model, {User: zinaida, Conversation: conversation, Message: reply, Article: article})
    hers = (zinaida, zinaida.emailaddress_set.get(), conversation, question, reply, passage, share, zinaida.usage.get())
    hers += tuple(Invitation.objects.filter(invited_by=eve))
    for row in hers:
        LogEntry.objects.log_actions(eve.pk, [row], CHANGE, f"Changed {QUESTION} of {NAME}.")
    LogEntry.objects.log_actions(zinaida.pk, [article], CHANGE, "Changed.")
    session = import_module(site_settings.SESSION_ENGINE).SessionStore()
    session["account_login"] = {"email": EMAIL}  # at the second factor
    session.save()
    return zinaida


def fill(model: type[Model], rows: dict[type[Model], Model]) -> None:
    """Add a row to a table that goes with the account and has none yet, full of traces: tables may be new."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    owners = [field for field in fields if isinstance(field, ForeignKey) and field.related_model in rows]
    hers = [field for field in owners if field.related_model is not Article and field.remote_field.on_delete is CASCADE]
    if not hers or model.objects.exists():
        return
    given: dict[str, object] = {field.name: rows[field.related_model] for field in owners}
    for field in fields:
        if isinstance(field, CharField | TextField) and not field.choices and not field.unique:
            given[field.name] = f"{NAME} zebras"[: field.max_length]
        elif not (field.is_relation or field.has_default() or field.null):
            given[field.name] = plain(field)
    # A table that wants more than this needs a row of its own in the fixture.
    with suppress(DatabaseError, ValueError), transaction.atomic():
        model.objects.bulk_create([model(**given)])


def plain(field: Field) -> object:
    """Return a value that a required column takes and that traces nobody."""
    if isinstance(field, BinaryField):
        return b"1"
    return timezone.now() if isinstance(field, DateField) else 1


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
                if any(trace in str(row).lower() for trace in TRACES) or any(row[name] == pk for name in to_user):
                    yield f"{table}: {row}"
    for session in Session.objects.all():
        content = session.get_decoded()
        if content.get("_auth_user_id") == str(pk) or EMAIL in str(content):
            yield f"session {session.session_key}"


def run(command: str, *words: str) -> str:
    output = StringIO()
    call_command(command, *words, stdout=output)
    return output.getvalue()


def test_the_walk_finds_a_person_in_the_tables_that_can_know_one(zinaida: User):
    tables = {mention.partition(":")[0] for mention in mentions(zinaida.pk)}
    models = (User, Usage, Conversation, Message, Passage, Citation, Feedback, Share, LogEntry, Article, Prompt)
    models += (Invitation,)
    assert {model._meta.db_table for model in models} <= tables
    assert sum(mention.startswith("session ") for mention in mentions(zinaida.pk)) == 2
    if connection.vendor == "sqlite":
        assert "chat_words_data" in tables


@pytest.mark.parametrize("name", [NAME, EMAIL, "POST@zinaida.example"])
def test_no_row_mentions_the_person_afterwards(zinaida: User, name: str):
    assert "Erased." in run("erase_user", name, "--yes")
    assert list(mentions(zinaida.pk)) == []


def test_others_keep_everything_and_can_be_found(zinaida: User, alice: User):
    conversation = Conversation.objects.create(owner=alice, title="Mine")
    question = Message.objects.create(conversation=conversation, role=Role.USER, text="Giraffes?")
    reply = Message.objects.create(
        conversation=conversation, role=Role.ASSISTANT, parent=question, status=Status.COMPLETE, text="Yes."
    )
    index(reply)
    browser = logged_in("alice")
    run("erase_user", NAME, "--yes")
    assert list(Conversation.objects.all()) == [conversation]
    assert "<mark>Giraffes</mark>" in browser.get("/conversations/search/?q=giraffes").content.decode()


def test_the_log_keeps_that_something_was_done_to_somebody(zinaida: User, eve: User):
    run("erase_user", NAME, "--yes")
    assert set(LogEntry.objects.values_list("user", "object_repr", "change_message")) == {(eve.pk, "(erased)", "")}
    assert LogEntry.objects.count() == 10


def test_those_whom_an_editor_invited_stay_invited(zinaida: User):
    run("erase_user", NAME, "--yes")
    assert list(Invitation.objects.values_list("invited_by", "token_hash")) == [(None, "hers")]


def test_it_counts_and_wants_the_user_name(zinaida: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("builtins.input", lambda question: EMAIL)
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("erase_user", NAME)
    monkeypatch.setattr("builtins.input", lambda question: NAME)
    told = run("erase_user", NAME).split()
    assert told[told.index("Conversations") + 1] == told[told.index("Questions") + 1] == "1"
    assert not User.objects.filter(username=NAME).exists()


def test_where_nobody_can_answer_nothing_is_erased(zinaida: User, monkeypatch: pytest.MonkeyPatch):
    def nobody(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("erase_user", NAME)
    assert User.objects.filter(username=NAME).exists()


@pytest.mark.parametrize("command", ["erase_user", "export_user"])
def test_a_name_that_is_nobodys_or_an_address_of_two_is_a_sentence(alice: User, bob: User, command: str):
    User.objects.update(email="both@example.org")
    for words, sentence in (
        ("nobody", "no account with the user name or e-mail address nobody"),
        ("none@example.org", "no account"),
        ("both@example.org", "give one of their user names: alice, bob."),
    ):
        with pytest.raises(CommandError, match=sentence):
            run(command, words)
    assert User.objects.count() == 2


def test_the_export_is_the_one_of_the_account_page(zinaida: User, tmp_path: Path):
    file = tmp_path / "hers.zip"
    assert run("export_user", EMAIL, str(file), "--site", "https://news.example.org/").startswith(f"{file}: 1 convers")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    archive = ZipFile(file)
    assert archive.namelist()[:2] == ["README.md", "account.json"]
    told = json.loads(archive.read(archive.namelist()[-1]))
    assert told["title"] == QUESTION
    assert told["url"].startswith("https://news.example.org/conversations/")
    assert list(tmp_path.iterdir()) == [file]


def test_an_export_that_cannot_be_written_leaves_nothing(zinaida: User, tmp_path: Path):
    with pytest.raises(CommandError, match=r"cannot be written: No such file or directory\."):
        run("export_user", NAME, str(tmp_path / "missing" / "hers.zip"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError, match=r"cannot be written: Is a directory\."):
        run("export_user", NAME, str(tmp_path / "folder"))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.server
def test_answers_that_the_site_is_writing_stop(site: Site, model: FakeModel, reader: Reader, alice: User):
    model.script(say("One ", "two ", "three.", pause_after=2))
    with reader.asking() as stream:
        stream.until("two")
        run("erase_user", "alice", "--yes")
        received = stream.until_end_of_stream()
    assert received.text.split() == ["One", "two"]
    model.wait_for(lambda: model.requests[-1].state == "aborted")
    assert not Message.objects.exists()
    assert list(mentions(alice.pk)) == []
