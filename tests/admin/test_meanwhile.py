"""Two editors at once: the second to save is told, also when both save in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection
from django.test import Client

from chat.admin.article_form import ArticleForm
from chat.models import Article, User
from tests.admin.pages import to
from tests.admin.test_articles import errors, sent

# So long one save waits for the other to look at the same row; where they take turns, it waits in vain.
MEETING_SECS = 0.5


def form_of(client, article):
    """Return what a browser would send when the form that it shows is saved unchanged."""
    form = client.get(to("article_change", article.pk)).context["adminform"].form
    return sent(article, seen=form.initial["seen"])


def test_the_second_is_shown_both_texts(admin, bob, article):
    form = form_of(admin, article)
    article.publish("Theirs and more", author=bob)
    response = admin.post(to("article_change", article.pk), form | {"body": "Mine and more"})
    page = response.content.decode()
    assert "bob saved revision 2" in errors(response)
    assert f"{to('article_changes', article.pk)}?from=1&amp;to=2" in page
    assert "[removed: </span>Theirs<" in page
    assert "[added: </span>Mine<" in page


def test_who_did_not_touch_the_text_is_not_asked_about_it(admin, article):
    form = form_of(admin, article)
    article.publish("Theirs")
    response = admin.post(to("article_change", article.pk), form | {"body": "Theirs", "title": "New title"})
    assert response.status_code == 302
    assert Article.objects.get().revision.body == "Theirs"


def test_who_only_changed_the_title_keeps_the_newer_text(admin, article):
    form = form_of(admin, article)
    article.publish("Theirs")
    assert admin.post(to("article_change", article.pk), form | {"title": "New title"}).status_code == 302
    article.refresh_from_db()
    assert (article.title, article.revision.body, article.revision.number) == ("New title", "Theirs", 2)


def test_details_that_somebody_changed_are_not_replaced_unseen(admin, article):
    form = form_of(admin, article)
    Article.objects.filter(pk=article.pk).update(summary="Their summary")
    response = admin.post(to("article_change", article.pk), form | {"title": "Mine"})
    assert "“Their summary”" in errors(response)
    assert Article.objects.get().title == "Feasts"
    again = response.context["adminform"].form.data
    assert admin.post(to("article_change", article.pk), again.dict()).status_code == 302
    assert (Article.objects.get().title, Article.objects.get().summary) == ("Mine", "")


def test_the_same_details_are_no_conflict(admin, article):
    form = form_of(admin, article)
    Article.objects.filter(pk=article.pk).update(summary="Agreed")
    assert admin.post(to("article_change", article.pk), form | {"summary": "Agreed"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_in_the_same_moment_one_is_told(monkeypatch):
    eve = User.objects.create_superuser("eve", "eve@example.org", "eve-password")
    article = Article.objects.create(slug="feasts", title="Feasts")
    article.publish("First")
    meeting, clean = Barrier(2), ArticleForm.clean

    def clean_together(form):
        with suppress(BrokenBarrierError):
            meeting.wait(MEETING_SECS)
        return clean(form)

    monkeypatch.setattr(ArticleForm, "clean", clean_together)

    def save(body):
        client = Client()
        client.force_login(eve)
        try:
            return client.post(to("article_change", article.pk), sent(body=body, based_on=1)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(save, ["Mine", "Theirs"]))
    assert answers == [200, 302]
    assert article.revisions.count() == 2
