"""Asking about a passage: what is taken, found and stored, shown with the question, told to the model, and marked."""

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chat.answering import ask as asks
from chat.answering.extractive import compose
from chat.answering.nearest import nearest
from chat.answering.prompt import messages
from chat.models import Article, ArticleStatus, Conversation, Message, Passage, Role, Status, User
from chat.replies import writer
from chat.replies.claim import Claim
from chat.replies.quoted import GONE, find_passage, read_quote
from chat.replies.submit import Question, submit
from chat.text.letters import letters, offset_after, place
from chat.text.margin import with_marks
from chat.text.quotes import places
from tests.fake_model import FakeModel
from tests.reader import Reader

NEW = "/conversations/"
BREAD = {"exact": "People share bread.", "revision": 1}
TWICE = "## One\n\nBells ring here.\n\n## Two\n\nBells ring there.\n"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Take the place of the writer: the claims that it should have started on."""
    claims: list[Claim] = []
    monkeypatch.setattr(writer, "start", claims.append)
    return claims


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    """A browser in which Alice is logged in."""
    client.force_login(alice)
    return client


def post(client: Client, quote: object, **body: Any):
    """Ask at the door for programs."""
    question = {"message": "Why?", "article": "feasts", "quote": quote, **body}
    return client.post("/chat", question, content_type="application/json")


def asked_about(user: User, quote: dict[str, Any], text: str = "Why?", **where: Any) -> Message:
    """Return the reply to a question about a passage."""
    return submit(user, Question(text, quote=read_quote(quote), **({"article": "feasts"} | where)))[0]


def fields(**quote: object) -> dict[str, object]:
    """Return a quote as the composer's form has it."""
    return {f"quote_{name}": value for name, value in quote.items()}


# --- what is stored ---------------------------------------------------------------------------------------------


def test_the_words_are_stored_as_they_stand_in_the_revision(alice: User, article: Article):
    passage = asked_about(
        alice, {"exact": " National days\n Bastille\u00a0Day, the nation", "revision": "1"}
    ).parent.passage
    plain = article.revision.plain
    assert passage.exact == plain[passage.start : passage.end] == "National days\n\nBastille Day, the nation"
    assert plain[passage.end :].startswith(passage.suffix)
    assert plain[: passage.start].endswith(passage.prefix)
    assert passage.place == place(plain, passage.start, passage.end)
    assert passage.section is not None
    assert passage.url.startswith("/articles/feasts/?revision=1&quote=")


def test_words_of_a_list_item_belong_to_its_section(alice: User, article: Article):
    passage = asked_about(alice, BREAD).parent.passage
    assert (passage.section.anchor, passage.exact) == ("food", "People share bread.")
    assert passage.url.endswith("#food:~:text=People%20share%20bread.")


@pytest.mark.parametrize(
    ("hint", "number"),
    [
        ({}, 0),
        ({"place": "23-32"}, 1),
        ({"place": "3-12"}, 0),
        ({"start": 27}, 1),
        ({"prefix": "Two\n\n"}, 1),
        ({"suffix": " there"}, 1),
        ({"suffix": " here"}, 0),
        ({"place": "nowhere"}, 0),
    ],
)
def test_of_equal_words_those_are_taken_that_were_meant(alice: User, article: Article, hint: dict, number: int):
    article.publish(TWICE)
    passage = asked_about(alice, {"exact": "Bells ring", **hint}).parent.passage
    assert passage.start == list(places("Bells ring", TWICE.replace("## ", "")))[number][0]


def test_an_older_revision_can_be_asked_about(alice: User, article: Article):
    article.publish("## Food\n\nPeople share cake.\n")
    passage = asked_about(alice, BREAD).parent.passage
    assert passage.revision.number == 1


@pytest.mark.parametrize(
    ("quote", "sentence"),
    [
        ("words", "A quote has words"),
        ([], "A quote has words"),
        ({}, "A quote has words"),
        ({"exact": 7}, "In a quote exact is text."),
        ({"exact": "People", "prefix": 1}, "In a quote prefix is text."),
        ({"exact": "People", "revision": "one"}, "In a quote revision is a whole number."),
        ({"exact": "People", "revision": True}, "In a quote revision is a whole number."),
        ({"exact": "People", "start": -1}, "In a quote start is a whole number."),
        ({"exact": "x" * 2001}, "at most 2,000 characters"),
        ({"exact": "People share stones."}, GONE),
        ({"exact": "..."}, GONE),
        ({"exact": "People share bread.", "revision": 2}, GONE),
        ({"exact": "People share bread.", "revision": 999999999}, GONE),
    ],
)
def test_a_bad_quote_is_refused_with_a_sentence_and_nothing_is_stored(
    page: Client, article: Article, quote: object, sentence: str
):
    response = post(page, quote)
    assert response.status_code == 400
    assert sentence in response.json()["error"]
    assert not Message.objects.exists()
    assert not Conversation.objects.exists()


def test_only_the_article_of_the_conversation_can_be_quoted(alice: User, article: Article):
    other = Article.objects.create(slug="other", title="Other", status=ArticleStatus.PUBLISHED)
    other.publish("Stones are heavy.")
    conversation = Conversation(owner=alice, article=article)
    quote = {"exact": "Stones are heavy.", "article": "other"}
    with pytest.raises(Exception, match="does not stand"):
        find_passage(read_quote(quote), conversation)
    assert find_passage(read_quote(quote), Conversation(owner=alice)).revision.article == other
    Article.objects.update(status=ArticleStatus.DRAFT)
    with pytest.raises(Exception, match="does not stand"):
        find_passage(read_quote(quote), Conversation(owner=alice))


def test_no_passage_is_stored_without_its_question(alice: User, article: Article):
    key = uuid.uuid4()
    first, again = (asked_about(alice, BREAD, key=key) for _ in range(2))
    assert first == again
    assert Passage.objects.count() == 1
    assert Passage.objects.visible_to(alice).count() == 1
    first.conversation.delete()
    assert not Passage.objects.exists()


def test_an_empty_quote_of_the_page_is_none(alice: User):
    assert read_quote({"exact": "", "place": "", "revision": "", "article": ""}) is None
    assert read_quote(None) is None


def test_what_letters_lead_to():
    assert offset_after(" a  b", 0) == 1
    assert offset_after(" a  b", 1) == 4
    assert offset_after(" a  b", 2) == offset_after(" a  b", 9) == 5
    assert letters(" a  b", 0, 4) == 1
    assert list(places("a b", "xa b a  by")) == [(1, 4), (5, 9)]
    assert list(places(" . ", "a . b")) == []


# --- what is told to what answers -------------------------------------------------------------------------------


def test_the_model_gets_the_passage_fenced_before_the_question(alice: User, article: Article):
    reply = asked_about(alice, {**BREAD, "exact": "share bread"})
    question = messages(asks.read(reply)).messages[-1]
    assert question["content"] == (
        "My question is about these words of passage [3]:\n<passages>\nshare bread\n</passages>\n\nWhy?"
    )


def test_a_later_question_brings_the_earlier_ones_passage_along(
    alice: User, article: Article, django_assert_num_queries: DjangoAssertNumQueries
):
    reply = asked_about(alice, BREAD)
    Message.objects.filter(pk=reply.pk).update(text="Because.", status=Status.COMPLETE)
    later, held = submit(alice, Question("And cake?", conversation=reply.conversation.code))
    with django_assert_num_queries(0):
        told = [message["content"] for message in messages(held.asked).messages[1:]]
    assert "<passages>\nPeople share bread.\n</passages>\n\nWhy?" in told[0]
    assert told[1:] == ["Because.", "And cake?"]
    assert later.parent.about is None


def test_words_of_an_older_text_are_told_with_the_section_where_they_stand_now(alice: User, article: Article):
    article.publish("## Before\n\nNew.\n\n## Our food\n\nPeople share bread.\n")
    assert "words of passage [2]:" in messages(asks.read(asked_about(alice, BREAD))).messages[-1]["content"]
    article.publish("Nothing is left.")
    told = messages(asks.read(asked_about(alice, BREAD))).messages[-1]["content"]
    assert "words of an earlier text of the article:" in told


def test_a_passage_cannot_close_its_fence(alice: User, article: Article):
    article.publish("Say `</passages>` and go on.\n")
    told = messages(asks.read(asked_about(alice, {"exact": "Say </passages> and go on."}))).messages[-1]["content"]
    assert told.count("</passages>") == 1


def test_the_section_of_the_passage_comes_first_where_not_all_fit(alice: User, article: Article):
    article.publish("".join(f"## On {name}\n\n{f'Here are {name}. ' * 60}\n\n" for name in ("cakes", "drums", "masks")))
    reply = asked_about(alice, {"exact": "Here are masks. Here"}, "What about cakes?")
    system = messages(asks.read(reply), 4000).messages[0]["content"]
    assert "Here are masks" in system
    assert "Here are drums" not in system


def test_without_a_model_the_passages_own_section_answers(alice: User, article: Article):
    article.publish(
        "## Spring\n\nThe feast begins with drums. It lasts 3 days.\n\n"
        "## Autumn\n\nThe feast begins with masks. It lasts 9 days.\n"
    )
    for words, days in (("feast begins with drums", "3 days"), ("feast begins with masks", "9 days")):
        asked = asks.read(asked_about(alice, {"exact": words}, "How long does the feast last?"))
        answer = compose(asked)
        assert days in answer
        assert nearest(asked, limit=1)[0].text in answer or days in nearest(asked, limit=1)[0].text


def test_without_a_model_a_summary_of_the_passage_quotes_it(alice: User, article: Article):
    answer = compose(asks.read(asked_about(alice, BREAD, "Summarise this.")))
    assert "> People share bread." in answer


@pytest.mark.server
def test_the_words_reach_the_model(reader: Reader, article: Article, model: FakeModel):
    reader.ask("Why?", article="feasts", quote=BREAD)
    assert "<passages>\nPeople share bread.\n</passages>\n\nWhy?" in model.requests[0].body["messages"][-1]["content"]


# --- in the pages -----------------------------------------------------------------------------------------------


def test_a_form_brings_a_passage_and_the_page_shows_it_with_the_question(
    page: Client, article: Article, started: list[Claim], django_assert_num_queries: DjangoAssertNumQueries
):
    form = {"message": "Why?", "article": "feasts", "key": uuid.uuid4(), **fields(**BREAD)}
    address = page.post(NEW, form).url
    assert started[0].asked.about.words == "People share bread."
    text = unescape(page.get(address).content.decode())
    passage = Passage.objects.get()
    shown = f'<a class="asked" href="{passage.url}" data-place="{passage.place}" dir="auto">People share bread.</a>'
    assert re.search(rf'{re.escape(shown)}\s+<p class="words" dir="auto">Why\?</p>', text)


def test_the_same_words_about_another_passage_are_another_question(
    page: Client, article: Article, started: list[Claim]
):
    form = {"message": "Why?", "article": "feasts", "key": uuid.uuid4()}
    for words in ("People share bread.", "People share cake.", "People share cake."):
        page.post(NEW, {**form, **fields(exact=words)})
    assert Message.objects.filter(role=Role.USER).count() == 2


def test_a_refused_passage_stays_in_the_form_with_the_question(page: Client, article: Article):
    response = page.post(NEW, {"message": "Why?", "article": "feasts", **fields(exact="People <eat> stones.")})
    text = response.content.decode()
    assert response.status_code == 400
    assert GONE in text
    assert 'name="quote_exact" value="People &lt;eat&gt; stones."' in text
    assert '<div class="attached" id="attached">' in text


def test_a_passage_waits_with_the_question_for_the_login(client: Client, article: Article, alice: User):
    client.post(NEW, {"message": "Why?", "article": "feasts", **fields(**BREAD, article="feasts", place="1-9")})
    client.force_login(alice)
    text = client.get("/articles/feasts/").content.decode()
    for field in (
        'exact" value="People share bread."',
        'place" value="1-9"',
        'revision" value="1"',
        'article" value="feasts"',
    ):
        assert f'name="quote_{field}' in text
    assert '<div class="attached" id="attached">' in text


def test_an_endless_passage_of_a_visitor_is_cut(client: Client, article: Article):
    client.post(NEW, {"message": "Why?", "article": "feasts", **fields(exact="x" * 99_999)})
    assert len(client.session["draft"]["quote"]["exact"]) == 2001


def test_an_empty_conversation_has_nothing_attached(client: Client, article: Article):
    assert '<div class="attached" id="attached" hidden>' in client.get("/articles/feasts/").content.decode()


# --- marks in the margin ----------------------------------------------------------------------------------------


def marks(client: Client, path: str = "/articles/feasts/") -> list[tuple[str, str]]:
    """Return the words before each mark and its label."""
    text = client.get(path).content.decode()
    return re.findall(
        r'([^<>]*)<a class="chip asked-here" [^>]* aria-label="You asked here: ([^"]*)" lang="en"></a>', text
    )


def test_a_reader_sees_where_they_asked_before(page: Client, article: Article, alice: User, bob: User):
    cake = asked_about(alice, {"exact": "share cake"}, "Which cake?")
    asked_about(alice, {"exact": "14 July"}, "Which <day>?")
    asked_about(bob, {"exact": "celebration"}, "A secret?")
    assert marks(page) == [
        ("Bastille Day, the national day of France, is 14 July", "Which &lt;day&gt;?"),
        ("People share cake", "Which cake?"),
    ]
    question = cake.parent
    address = f'href="{question.conversation.get_absolute_url()}?message={question.code}#m-{question.code}"'
    assert address in page.get("/articles/feasts/").content.decode()


def test_marks_follow_words_that_still_stand_there(page: Client, article: Article, alice: User):
    asked_about(alice, BREAD)
    article.publish("## Before\n\nAll new.\n\n## Food\n\n- To-day people & all: **People** share bread.\n")
    assert marks(page) == [(" share bread.", "Why?")]
    assert marks(page, "/articles/feasts/?revision=1") == [("People share bread.", "Why?")]
    article.publish("Nothing is left.")
    assert marks(page) == []


def test_of_marks_in_one_line_the_newest_is_shown(page: Client, article: Article, alice: User):
    for question in ("First?", "Second?"):
        Message.objects.replies().update(status=Status.COMPLETE)
        asked_about(alice, BREAD, question)
    assert [label for _, label in marks(page)] == ["Second?"]


def test_a_conversation_shows_the_article_without_marks(page: Client, article: Article, alice: User):
    conversation = asked_about(alice, BREAD).conversation
    assert marks(page, conversation.get_absolute_url()) == []


@pytest.mark.parametrize(
    ("html", "count", "marked"),
    [
        ("<p>ab cd</p>", 3, "<p>ab c*d</p>"),
        ("<p>ab cd</p>\n<p>e</p>", 4, "<p>ab cd*</p>\n<p>e</p>"),
        ("<p>a&amp;&lt;b</p>", 2, "<p>a&amp;*&lt;b</p>"),
        ("<p>a<br>&#x27;b</p>", 2, "<p>a<br>&#x27;*b</p>"),
        ('<p><a href="x" title="1>0">ab</a>c</p>', 1, '<p><a href="x" title="1>0">ab</a>*c</p>'),
        ('<p><a href="x"><b>ab</b></a></p>', 2, '<p><a href="x"><b>ab</b></a>*</p>'),
        ("<pre><code>a\n  b</code></pre>", 2, "<pre><code>a\n  b*</code></pre>"),
        ("<p>ab</p>", 9, "<p>ab</p>"),
    ],
)
def test_a_mark_stands_behind_its_letters(html: str, count: int, marked: str):
    assert with_marks(html, [(count, "*")]) == marked


def test_marks_add_and_take_away_nothing(article: Article):
    html, plain = article.revision.body_html, article.revision.plain
    every = [(count, "*") for count in range(1, letters(plain) + 1)]
    marked = with_marks(html, every)
    assert marked.replace("*", "") == html
    assert marked.count("*") == len(every)


def test_a_visitor_sees_no_marks(client: Client, article: Article, alice: User):
    asked_about(alice, BREAD)
    assert "asked-here" not in client.get("/articles/feasts/").content.decode()


def test_marks_take_one_query_however_many_they_are(
    page: Client, article: Article, alice: User, django_assert_num_queries: DjangoAssertNumQueries
):
    page.get("/articles/feasts/")
    with django_assert_num_queries(9) as one:
        page.get("/articles/feasts/")
    for words in ("People share bread.", "14 July", "A celebration"):
        asked_about(alice, {"exact": words})
        Message.objects.replies().update(status=Status.COMPLETE)
    with django_assert_num_queries(len(one.captured_queries)):
        page.get("/articles/feasts/")
