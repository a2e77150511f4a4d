"""What readers ask, for editors: nothing that fewer than k different readers stand behind."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Citation, Conversation, Feedback, Message, Role, Status, User
from tests.admin.pages import allow, to

WORDS = "who invented confetti"


def ask(article, n, text="Who invented confetti?!", **reply):
    """Store a question of reader n that the article does not answer."""
    user, _ = User.objects.get_or_create(username=f"reader{n}", email=f"reader{n}@example.org")
    made = Conversation.objects.create(owner=user, article=article, title=text).ask(text)
    fields = {"status": Status.COMPLETE, "text": "Nothing is said.", "is_unanswered": True} | reply
    Message.objects.filter(pk=made.pk).update(**fields)
    return made


def quote(article, reply, verdict="verified"):
    section = article.revision.sections.get(heading="National days")
    place = {"revision": article.revision, "section": section, "start": 31, "end": 43} if verdict == "verified" else {}
    Citation.objects.create(reply=reply, ordinal=1, exact="Bastille Day", verdict=verdict, **place)


@pytest.fixture
def see(client, stan, article):
    """Return what the page says to one who may see insight and nothing else."""
    client.force_login(allow(stan, "view_insight"))
    return lambda **query: client.get(to("article_insight", article.pk), query)


@pytest.mark.parametrize(("readers", "is_shown"), [((1, 2), False), ((1, 2, 3), True), ((1, 1, 1, 2), False)])
def test_a_question_shows_from_three_different_readers_on(see, article, readers, is_shown):
    spellings = ("Who invented confetti?", "WHO invented confetti", "who  invented… confetti!", "Who invented confetti")
    for n, spelling in zip(readers, spellings, strict=False):
        ask(article, n, spelling)
    page = see().content.decode()
    assert (WORDS in page) == is_shown
    assert ("Questions: fewer than 3 readers" in page) != is_shown


def test_the_number_of_readers_is_a_setting(see, article, settings):
    settings.INSIGHT_MIN_READERS = 2
    for n in (1, 2):
        ask(article, n)
    assert WORDS in see().content.decode()


@pytest.mark.parametrize(("readers", "is_shown"), [((1, 2), False), ((1, 2, 3), True), ((1, 1, 2), False)])
def test_a_passage_and_an_opinion_show_from_three_different_readers_on(see, article, readers, is_shown):
    for n in readers:
        reply = ask(article, n)
        quote(article, reply)
        Feedback.objects.note(reply, -1, "Too short.")
    page = see().content.decode()
    assert ('<td dir="auto">Bastille Day</td>' in page) == is_shown
    assert ('class="heat-4"' in page) == is_shown
    assert ("too short" in page) == is_shown
    assert ("Not helpful: 3" in page) == is_shown


def test_no_name_and_nobodys_own_spelling_is_shown(see, article):
    for n in range(3):
        ask(article, n, "WHO invented confetti?!")
    page = see().content.decode()
    assert "reader0" not in page
    assert "WHO" not in page


def test_a_total_does_not_tell_the_day_that_is_not_shown(see, article):
    for n in range(14):
        ask(article, n)
    lone = ask(article, 20)
    Message.objects.filter(pk=lone.pk).update(created=timezone.now() - timedelta(days=3))
    page = see().content.decode()
    assert "Questions: about 20" in page
    assert "<td>fewer than 3 readers</td>" in page


def test_only_the_period_counts(see, article):
    for n in range(3):
        ask(article, n)
    Message.objects.filter(role=Role.ASSISTANT).update(created=timezone.now() - timedelta(days=20))
    assert "Questions: 0" in see(period="7").content.decode()
    assert "Questions: 3" in see(period="30").content.decode()
    assert "Questions: 3" in see(period="all").content.decode()
    assert see(period="nonsense").status_code == 200


def test_it_tells_how_answers_ended_and_what_is_not_in_the_article(see, article):
    for n in range(3):
        quote(article, ask(article, n, status=Status.FAILED, error_code="upstream"), "missing")
    page = see().content.decode()
    assert "<td>Failed</td><td>upstream</td><td>3</td>" in page
    assert "Quotations that are not in the article: 3" in page


def test_deleted_conversations_do_not_count(see, article):
    for n in range(3):
        ask(article, n)
    Conversation.objects.update(deleted_at=timezone.now())
    assert "Questions: 0" in see().content.decode()


def test_the_page_over_all_articles_leads_to_each(client, see, article):
    for n in range(3):
        ask(article, n)
    page = client.get(to("article_insights")).content.decode()
    assert f'href="{to("article_insight", article.pk)}?period=30"' in page
    assert "<td>3</td><td>3</td><td>0</td>" in page


def test_it_is_for_those_with_the_permission(client, stan, article):
    client.force_login(allow(stan, "view_article", "change_article"))
    assert client.get(to("article_insight", article.pk)).status_code == 403
    assert client.get(to("article_insights")).status_code == 403
    assert to("article_insights") not in client.get(to("article_changelist")).content.decode()


def test_the_articles_pages_lead_there(admin, article):
    assert to("article_insight", article.pk) in admin.get(to("article_change", article.pk)).content.decode()
    assert to("article_insights") in admin.get(to("article_changelist")).content.decode()


def test_it_takes_a_dozen_queries_at_most_and_no_inline_style(see, article, django_assert_max_num_queries):
    for n in range(5):
        quote(article, ask(article, n))
    with django_assert_max_num_queries(12):
        page = see().content.decode()
    assert " style=" not in page
