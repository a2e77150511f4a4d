"""One's data: what is kept, and all of it in one zip that is made while it is sent."""

import json
import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from chat.models import Article, Citation, Conversation, Feedback, Message, Role, Share, Status, Usage, User
from chat.replies.takeout import PIECE_BYTES
from tests.account import text_of

DATA, DOWNLOAD = "/account/data/", "/account/data/download/"


@pytest.fixture
def conversation(alice: User, article: Article) -> Conversation:
    """A question, and an answer with a quotation."""
    conversation = Conversation.objects.create(owner=alice, article=article, title="../../etc/When? “Ünïcode” 节")
    question = Message.objects.create(conversation=conversation, role=Role.USER, text="When?")
    reply = Message.objects.create(
        conversation=conversation, role=Role.ASSISTANT, parent=question, status=Status.COMPLETE, text="On “14 July”."
    )
    section = article.revision.sections.get(anchor="national-days")
    start = article.revision.plain.index("14 July")
    place = {"revision": article.revision, "section": section, "start": start, "end": start + 7}
    Citation.objects.create(reply=reply, ordinal=1, number=1, exact="14 July", at=12, **place)
    return conversation


def fetch(user: User) -> tuple[list[bytes], dict[str, str]]:
    """Return what comes when the user downloads, piece by piece, and the headers."""
    client = AsyncClient()
    client.force_login(user)

    async def read() -> tuple[list[bytes], dict[str, str]]:
        response = await client.get(DOWNLOAD)
        assert response.status_code == 200
        return [piece async for piece in response], dict(response.headers)

    return async_to_sync(read)()


def zip_of(user: User) -> ZipFile:
    archive = ZipFile(BytesIO(b"".join(fetch(user)[0])))
    assert archive.testzip() is None
    return archive


def test_the_page_counts_what_is_kept(client: Client, alice: User, conversation: Conversation):
    client.force_login(alice)
    Usage.objects.create(user=alice, day="2026-01-01", questions=7)
    text = text_of(client, DATA)
    counts = dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", text))
    assert counts["Conversations"] == counts["Questions"] == counts["Answers"] == counts["Quotations"] == "1"
    assert counts["Days with a count of your questions"] == "1"
    assert "You have asked 0 of 200 questions today." in text


def test_the_zip_has_every_conversation_twice_and_the_account(alice: User, conversation: Conversation):
    archive = zip_of(alice)
    name = "conversations/00001-etcwhen-unicode"
    assert archive.namelist() == ["README.md", "account.json", f"{name}.md", f"{name}.json"]
    assert "On “14 July”[^" in archive.read(f"{name}.md").decode()
    told = json.loads(archive.read(f"{name}.json"))
    (citation,) = told["messages"][1]["citations"]
    assert citation["url"].startswith("http://testserver/articles/feasts/?revision=1&quote=")


def test_the_account_is_told_without_its_secrets(alice: User):
    alice.emailaddress_set.create(email=alice.email, verified=True, primary=True)
    Usage.objects.create(user=alice, day="2026-01-01", questions=7, tokens_used=900)
    text = zip_of(alice).read("account.json").decode()
    told = json.loads(text)
    assert (told["username"], told["email"]) == ("alice", "alice@example.org")
    assert told["email_addresses"] == [{"email": "alice@example.org", "verified": True, "primary": True}]
    assert told["usage"] == [{"day": "2026-01-01", "questions": 7, "tokens": 900}]
    assert alice.password not in text


def test_opinions_and_shared_copies_are_told_too(alice: User, conversation: Conversation):
    reply = conversation.messages.get(role=Role.ASSISTANT)
    Feedback.objects.create(reply=reply, value=-1, words="Which year?")
    share = Share.objects.create(conversation=conversation, snapshot={})
    told = json.loads(zip_of(alice).read("account.json"))
    (opinion,), (copy,) = told["opinions"], told["shared_copies"]
    assert (opinion["reply"], opinion["helpful"], opinion["words"]) == (str(reply.code), False, "Which year?")
    assert (copy["url"], copy["revoked"]) == (share.get_absolute_url(), None)


def test_nothing_of_other_readers_is_in_it(bob: User, conversation: Conversation):
    archive = zip_of(bob)
    assert archive.namelist() == ["README.md", "account.json"]
    assert "alice" not in archive.read("account.json").decode()


def test_it_is_sent_while_it_is_made(alice: User):
    for number in range(40):
        conversation = Conversation.objects.create(owner=alice, title="The same title")
        noise = " ".join(str(number * word**3) for word in range(3000))
        Message.objects.create(conversation=conversation, role=Role.USER, text=noise)
    pieces, headers = fetch(alice)
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 3 * PIECE_BYTES
    assert len(set(ZipFile(BytesIO(b"".join(pieces))).namelist())) == 82
    assert headers["Content-Type"] == "application/zip"
    assert re.fullmatch(r'attachment; filename="celebrations-\d{4}-\d\d-\d\d\.zip"', headers["Content-Disposition"])
    assert "private" in headers["Cache-Control"]
