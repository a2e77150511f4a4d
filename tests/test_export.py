"""A conversation as Markdown and JSON: complete, with the address of everything that is quoted."""

import pytest

from chat.models import Article, Citation, Conversation, Message, Passage, Role, Status, User, Verdict
from chat.replies.export import as_dict, as_markdown, file_name

SITE = "https://example.org"
URL = f"{SITE}/articles/feasts/?revision=1&quote="


@pytest.fixture
def conversation(article: Article, alice: User) -> Conversation:
    """One question, and a reply that quotes once and once what is not there."""
    conversation = Conversation.objects.create(owner=alice, article=article, title="Bastille [Day]")
    question = Message.objects.create(conversation=conversation, role=Role.USER, text="When?\nAnd why?")
    reply = Message.objects.create(
        conversation=conversation,
        role=Role.ASSISTANT,
        parent=question,
        status=Status.COMPLETE,
        text="It is “14 July”, “a rumour”.",
    )
    start = article.revision.plain.index("14 July")
    section = article.revision.sections.get(anchor="national-days")
    place = {"revision": article.revision, "section": section, "start": start, "end": start + 7}
    Citation.objects.create(reply=reply, ordinal=1, number=1, exact="14 July", at=15, **place)
    Citation.objects.create(reply=reply, ordinal=2, exact="a rumour", at=27, verdict=Verdict.MISSING)
    return conversation


def test_markdown_has_footnotes_with_absolute_addresses(conversation: Conversation):
    text = as_markdown(conversation, SITE)
    assert text.startswith(f"# Bastille \\[Day\\]\n\nAbout [Feasts]({SITE}/articles/feasts/). Begun on ")
    assert "## Question\n\n> When?\n> And why?" in text
    assert "## Answer\n\nIt is “14 July”[^2-1], “a rumour” *(not in the article)*." in text
    assert f"[^2-1]: “14 July” [National days]({URL}" in text
    assert text.count("[^2-1]:") == 1


def test_json_has_all_messages_and_their_citations(conversation: Conversation, alice: User):
    told = as_dict(conversation, SITE)
    question, reply = told["messages"]
    assert (told["title"], told["url"]) == ("Bastille [Day]", SITE + conversation.get_absolute_url())
    assert (question["text"], question["role"]) == ("When?\nAnd why?", "user")
    assert (reply["parent"], reply["status"]) == (question["code"], "complete")
    found, missing = reply["citations"]
    assert (found["n"], found["exact"], found["verdict"]) == (1, "14 July", "verified")
    assert found["url"].startswith(URL)
    assert (missing["url"], missing["verdict"]) == ("", "missing")
    assert alice.username not in str(told)
    assert alice.email not in str(told)


def test_both_have_the_passage_that_a_question_is_about(conversation: Conversation, article: Article):
    start = article.revision.plain.index("National days")
    place = {"start": start, "end": start + 13, "letters_before": 25}
    question = conversation.messages.first()
    Passage.objects.create(question=question, revision=article.revision, exact="National days", **place)
    about = as_dict(conversation, SITE)["messages"][0]["about"]
    assert about["exact"] == "National days"
    assert f"“National days” ([Article]({about['url']}))" in as_markdown(conversation, SITE)
    assert about["url"].startswith(URL)


def test_markdown_says_how_a_reply_ended(conversation: Conversation):
    Message.objects.replies().update(status=Status.FAILED, error_code="model_busy")
    assert "*The language model is busy. Please try again in a minute.*" in as_markdown(conversation, SITE)
    Message.objects.replies().update(status=Status.STOPPED)
    assert "*Stopped.*" in as_markdown(conversation, SITE)


def test_an_empty_conversation_about_all_articles_can_be_saved(alice: User):
    conversation = Conversation.objects.create(owner=alice)
    assert as_markdown(conversation, SITE).startswith("# New conversation\n\nBegun on ")
    assert as_dict(conversation, SITE)["article"] is None


def test_it_takes_few_queries_however_long_it_is(conversation: Conversation, django_assert_num_queries):
    with django_assert_num_queries(2):
        as_dict(conversation, SITE)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ('../etc "x"\r\n', "etc-x.md"),
        ("Wie geht’s?", "wie-gehts.md"),
        ("节日", "conversation.md"),
        ("x" * 80, "x" * 60 + ".md"),
    ],
)
def test_file_names_are_plain(title: str, name: str):
    assert file_name(Conversation(title=title), "md") == name
