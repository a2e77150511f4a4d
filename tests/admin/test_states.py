"""When readers see an article: what editors set for it, and the addresses that it had before."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from chat.models import Article, ArticleStatus, Conversation, FormerSlug, State
from tests.admin.pages import allow, said, to
from tests.admin.test_articles import errors, sent


def at(moment):
    return {"published_at_0": f"{moment:%Y-%m-%d}", "published_at_1": f"{moment:%H:%M:%S}"}


@pytest.fixture
def scheduled(article):
    """The article, to be seen from tomorrow on."""
    article.published_at = timezone.now() + timedelta(days=1)
    article.save()
    return article


def test_an_editor_schedules_an_article(admin, client, article):
    moment = timezone.now() + timedelta(days=1)
    answer = admin.post(to("article_change", article.pk), sent(article, body="Soon", **at(moment)))
    article.refresh_from_db()
    assert article.state == State.SCHEDULED
    assert "readers see it from" in said(answer)


def test_readers_see_a_scheduled_article_from_its_moment_on(client, scheduled, monkeypatch):
    assert client.get(scheduled.get_absolute_url()).status_code == 404
    assert "Feasts" not in client.get("/").content.decode()
    later = timezone.now() + timedelta(days=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert client.get(scheduled.get_absolute_url()).status_code == 200
    assert "Feasts" in client.get("/").content.decode()


def test_a_scheduled_article_cannot_be_asked_about(client, alice, scheduled):
    client.force_login(alice)
    question = {"message": "When?", "article": "feasts"}
    assert client.post("/chat", question, content_type="application/json").status_code == 404


def test_a_withdrawn_article_is_gone(client, article):
    Article.objects.update(status=ArticleStatus.WITHDRAWN)
    answer = client.get(article.get_absolute_url())
    assert answer.status_code == 410
    assert "took it off the site" in answer.content.decode()


def test_a_conversation_about_a_withdrawn_article_stays_and_takes_no_question(client, alice, article):
    conversation = Conversation.objects.create(owner=alice, article=article, title="Bread")
    Article.objects.update(status=ArticleStatus.WITHDRAWN)
    client.force_login(alice)
    assert client.get(conversation.get_absolute_url()).status_code == 200
    question = {"message": "When?", "conversation": str(conversation.code)}
    answer = client.post("/chat", question, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (410, "withdrawn")


def test_an_old_address_leads_to_the_new_one(admin, client, article):
    admin.post(to("article_change", article.pk), sent(article, slug="feast-days"))
    answer = client.get("/articles/feasts/?revision=1")
    assert (answer.status_code, answer["Location"]) == (301, "/articles/feast-days/?revision=1")


def test_a_question_to_an_old_address_reaches_the_article(alice, article):
    article.slug = "feast-days"
    article.save()
    assert Article.objects.to_ask("feasts") == article


def test_an_article_gets_its_old_address_back(client, article):
    for slug in ("second", "feasts"):
        article.slug = slug
        article.save()
    assert client.get("/articles/feasts/").status_code == 200
    assert list(FormerSlug.objects.values_list("slug", flat=True)) == ["second"]


def test_an_address_that_leads_elsewhere_is_refused(admin, article):
    article.slug = "second"
    article.save()
    answer = admin.post(to("article_add"), sent(title="Other", slug="feasts", body="Text"))
    assert "leads to “Feasts”" in errors(answer)


def test_an_old_address_of_a_draft_tells_nothing(client, article):
    article.slug, article.status = "second", ArticleStatus.DRAFT
    article.save()
    assert client.get("/articles/feasts/").status_code == 404


def test_editors_order_the_front_page(client, article):
    second = Article.objects.create(slug="second", title="Second", status=ArticleStatus.PUBLISHED, front_position=1)
    second.publish("Text")
    assert list(Article.objects.published()) == [second, article]


def test_the_date_of_publication_stays_when_the_box_is_empty(admin, article):
    before = article.published_at
    admin.post(to("article_change", article.pk), sent(article, published_at_0="", published_at_1=""))
    article.refresh_from_db()
    assert article.published_at == before


@pytest.mark.parametrize(
    ("action", "status"), [("publish", "published"), ("withdraw", "withdrawn"), ("back_to_draft", "draft")]
)
def test_an_action_changes_the_state_and_is_written_down(admin, article, action, status):
    Article.objects.update(status="draft" if status != "draft" else "published")
    admin.post(to("article_changelist"), {"action": action, "_selected_action": [article.pk]})
    article.refresh_from_db()
    assert article.status == status
    assert LogEntry.objects.get().object_id == str(article.pk)


def test_actions_need_the_right_to_change(client, stan, article):
    client.force_login(allow(stan, "view_article"))
    client.post(to("article_changelist"), {"action": "withdraw", "_selected_action": [article.pk]})
    article.refresh_from_db()
    assert article.status == ArticleStatus.PUBLISHED


def test_an_article_without_a_text_is_not_published_by_an_action(admin, db):
    empty = Article.objects.create(slug="empty", title="Empty")
    answer = admin.post(to("article_changelist"), {"action": "publish", "_selected_action": [empty.pk]})
    assert "1 without a text" in said(answer)
    empty.refresh_from_db()
    assert empty.status == ArticleStatus.DRAFT


@pytest.mark.parametrize("state", State.values)
def test_the_list_is_filtered_by_state(admin, article, state):
    tomorrow = timezone.now() + timedelta(days=1)
    for status, moment in (("draft", None), ("published", tomorrow), ("withdrawn", None)):
        Article.objects.create(slug=f"{status}-other", title=status, status=status, published_at=moment)
    (found,) = admin.get(to("article_changelist"), {"state": state}).context["cl"].result_list
    assert found.state == state


def test_saving_tells_what_readers_would_stumble_over(admin, article):
    body = "## One\n\n#### Deep\n\nA [link](/articles/nowhere/) and ![](/x.png)"
    said_then = said(admin.post(to("article_change", article.pk), sent(article, body=body)))
    assert "skips a level" in said_then
    assert "no such article" in said_then
    assert "no text for those who do not see it" in said_then
