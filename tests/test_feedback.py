"""What a reader thinks of an answer, and the answer as Markdown to be taken elsewhere."""

import pytest
from django.test import Client

from chat.models import Article, Citation, Conversation, Feedback, Message, Opinion, Status, User

TEXT = "It is “14 July” [2].\n\nSee `list[3]` and “cake” [3].\n\n```\nx[3]\n```\n"


@pytest.fixture
def reply(article: Article, alice: User) -> Message:
    """An answer to Alice, with one quotation that was found."""
    reply = Conversation.objects.create(owner=alice, article=article).ask("When?")
    Message.objects.filter(pk=reply.pk).update(status=Status.COMPLETE, text=TEXT)
    start = article.revision.plain.index("14 July")
    place = {"revision": article.revision, "start": start, "end": start + 7, "number": 1, "at": TEXT.index(" [2]")}
    section = article.revision.sections.get(anchor="national-days")
    Citation.objects.create(reply=reply, ordinal=1, section=section, exact="14 July", **place)
    return reply


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client


def say(page: Client, reply: Message, **form: str) -> int:
    return page.post(f"/replies/{reply.code}/feedback", form).status_code


def test_an_opinion_is_kept_changed_and_taken_back(page: Client, reply: Message):
    assert say(page, reply, value="1") == 302
    assert say(page, reply, value="1", words=" Short and\x00 good. ") == 302
    opinion = Feedback.objects.get()
    assert (opinion.reply, opinion.value, opinion.words) == (reply, Opinion.HELPFUL, "Short and good.")
    text = page.get(reply.conversation.get_absolute_url()).content.decode()
    assert 'value="0" aria-pressed="true">Helpful<' in text
    assert 'value="Short and good."' in text
    say(page, reply, value="-1")
    opinion.refresh_from_db()
    assert (opinion.value, opinion.words) == (Opinion.NOT_HELPFUL, "Short and good.")
    say(page, reply, value="0")
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("form", "status"), [({}, 400), ({"value": "2"}, 400), ({"value": "1", "words": "x" * 1001}, 413)]
)
def test_a_bad_opinion_is_refused_with_a_reason(page: Client, reply: Message, form: dict[str, str], status: int):
    assert say(page, reply, **form) == status
    assert not Feedback.objects.exists()


def test_an_answer_is_taken_along_with_its_quotations_as_footnotes(page: Client, reply: Message):
    response = page.get(f"/replies/{reply.code}/markdown")
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    start = Citation.objects.get().start
    address = f"http://testserver/articles/feasts/?revision=1&quote={start}-{start + 7}#national-days:~:text=14%20July"
    assert response.content.decode() == (
        "It is “14 July”[^1].\n\nSee `list[3]` and “cake”.\n\n```\nx[3]\n```\n"
        f"\n[^1]: “14 July”, National days: <{address}>\n"
    )


def test_the_markdown_is_the_owners(client: Client, reply: Message, bob: User):
    assert client.get(f"/replies/{reply.code}/markdown").status_code == 401
    client.force_login(bob)
    assert client.get(f"/replies/{reply.code}/markdown").status_code == 404
