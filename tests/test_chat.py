"""POST /chat through a real server: what is asked, stored and streamed."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.models import Article, Conversation, Message, Role, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.reader import Reader
from tests.site import Site

pytestmark = pytest.mark.server


def test_it_streams_what_the_model_says(reader: Reader, article: Article):
    received = reader.ask("When?", article="feasts")
    assert received.text == "Hello, world."
    assert received.done == {
        "status": "complete",
        "finish_reason": "stop",
        "usage": {"prompt_tokens": 11, "completion_tokens": 4},
    }


def test_it_stores_the_question_and_the_reply(reader: Reader, article: Article, alice: User):
    received = reader.ask("When?", article="feasts")
    conversation = Conversation.objects.get(code=received.reply["conversation"])
    assert (conversation.owner, conversation.article, conversation.title) == (alice, article, "When?")
    question, reply = conversation.messages.all()
    assert (question.role, question.text) == (Role.USER, "When?")
    assert (reply.text, reply.status, reply.model) == ("Hello, world.", Status.COMPLETE, "gpt-4o-mini")
    assert reply.revision == article.revision
    assert reply.first_token_ms is not None


def test_its_headers_keep_proxies_from_buffering(reader: Reader):
    with reader.asking() as stream:
        headers = stream.response.headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"


def test_it_asks_the_model_as_agreed(reader: Reader, model: FakeModel, alice: User):
    reader.ask("When?")
    reader.ask("Where?")
    first, second = model.requests
    assert (first.body["model"], first.body["temperature"], first.body["stream"]) == ("gpt-4o-mini", 0.8, True)
    assert first.body["user"] == second.body["user"]
    assert alice.username not in first.body["user"]
    assert first.body["user"] != str(alice.pk)


def test_different_readers_have_different_opaque_ids(reader: Reader, site: Site, model: FakeModel, bob: User):
    reader.ask("When?")
    with Reader(site.url, bob) as other:
        other.ask("When?")
    assert len({request.body["user"] for request in model.requests}) == 2


def test_the_model_gets_the_article_and_the_whole_history(reader: Reader, article: Article, model: FakeModel):
    model.script("One.", "Two.", "Three.")
    conversation = reader.ask("First?", article="feasts").reply["conversation"]
    reader.ask("Second?", conversation=conversation)
    reader.ask("Third?", conversation=conversation)
    system, *turns = model.requests[2].body["messages"]
    assert "Bastille Day, the national day of France, is 14 July." in system["content"]
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("user", "First?"),
        ("assistant", "One."),
        ("user", "Second?"),
        ("assistant", "Two."),
        ("user", "Third?"),
    ]


def test_a_question_may_go_on_from_an_earlier_message(reader: Reader, model: FakeModel):
    model.script("One.", "Two.", "Three.")
    first = reader.ask("First?").reply
    reader.ask("Second?", conversation=first["conversation"])
    reader.ask("Instead?", conversation=first["conversation"], parent=first["reply"])
    contents = [turn["content"] for turn in model.requests[2].body["messages"][1:]]
    assert contents == ["First?", "One.", "Instead?"]


def test_a_verified_quotation_is_cited_and_an_invented_one_is_not(reader: Reader, article: Article, model: FakeModel):
    model.script("It says “Brazil celebrates its independence on 7 September” and “nobody celebrates anything”.")
    received = reader.ask("When?", article="feasts")
    citation, missing = received.citations
    assert (missing["n"], missing["exact"], missing["verdict"]) == (None, "nobody celebrates anything", "missing")
    assert citation["exact"] == "Brazil celebrates its independence on 7 September"
    assert (citation["n"], citation["section"], citation["verdict"]) == (1, "National days", "verified")
    assert citation["url"].startswith("/articles/feasts/?revision=1&quote=")


def test_citations_are_stored_with_their_place(reader: Reader, article: Article, model: FakeModel):
    model.script("> People share cake.")
    reply = reader.ask("Cake?", article="feasts").reply["reply"]
    (citation,) = Message.objects.get(code=reply).citations.all()
    assert article.revision
    assert article.revision.plain[citation.start : citation.end] == citation.exact == "People share cake."
    assert citation.prefix.endswith("bread.\n")


def test_the_same_key_twice_at_once_is_one_reply_and_one_model_call(reader: Reader, model: FakeModel):
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: reader.ask("When?", key=key), range(2))
    assert one.reply == other.reply
    assert one.text == other.text == "Hello, world."
    assert len(model.requests) == 1
    assert Message.objects.count() == 2


def test_the_same_key_later_streams_the_same_reply_again(reader: Reader, model: FakeModel):
    key = str(uuid.uuid4())
    one = reader.ask("When?", key=key)
    other = reader.ask("When?", key=key, conversation=one.reply["conversation"])
    assert (one.reply, one.text) == (other.reply, other.text)
    assert len(model.requests) == 1


def test_with_text_the_response_waits_for_the_first_word(reader: Reader, model: FakeModel):
    model.script(say("Hello", pause_after=0))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(reader.ask, "When?")
        model.wait_for(lambda: model.paused == 1)
        assert not asked.done()
        model.go()
        assert asked.result(10).text == "Hello"


def test_with_blocks_the_response_begins_at_once(reader: Reader, model: FakeModel):
    model.script(say("**Hel", "lo**", pause_after=0))
    with reader.asking(query="?format=blocks") as stream:
        assert stream.response.status_code == 200
        model.go()
        received = stream.to_end()
    assert received.blocks == {0: "<p><strong>Hello</strong></p>\n"}
    assert received.text == ""


def test_blocks_never_carry_html_of_the_model(reader: Reader, model: FakeModel):
    model.script("<script>alert(1)</script> ![](https://evil.example/x) [x](javascript:alert(1))")
    html = "".join(reader.ask(query="?format=blocks").blocks.values())
    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html


def test_a_text_that_reads_like_the_end_mark_is_not_one(reader: Reader, model: FakeModel):
    model.script(say("[DONE]"))
    received = reader.ask()
    assert received.text == "[DONE]"
