"""Articles in the admin: what an editor's saving does, and what it refuses."""

import pytest

from chat.models import Article, Revision
from tests.admin.pages import ESCAPED, SCRIPT, allow, asked, said, to


def sent(article=None, **changes):
    """Return what a browser sends when the article's form is saved."""
    form = {"title": "Feasts", "slug": "feasts", "summary": "", "language": "en", "status": "published", "author": ""}
    if article and article.revision:
        form |= {"body": article.revision.body.replace("\n", "\r\n"), "based_on": article.revision.number}
    if article and article.published_at:
        form |= {
            "published_at_0": f"{article.published_at:%Y-%m-%d}",
            "published_at_1": f"{article.published_at:%H:%M:%S}",
        }
    return form | {"note": ""} | changes


def errors(response):
    return str(response.context["adminform"].form.errors.as_text())


def test_the_form_shows_the_current_text_in_a_large_box(admin, article):
    page = admin.get(to("article_change", article.pk))
    assert page.context["adminform"].form.initial["body"] == article.revision.body
    assert 'rows="30"' in page.content.decode()


def test_the_text_is_escaped_in_the_box(admin, article):
    article.publish(f"</textarea>{SCRIPT}")
    page = admin.get(to("article_change", article.pk)).content.decode()
    assert f"&lt;/textarea&gt;{ESCAPED}" in page
    assert SCRIPT not in page


def test_saving_a_changed_text_publishes_a_revision(admin, eve, article):
    response = admin.post(to("article_change", article.pk), sent(article, body="# New\r\n\r\nText", note="Shorter"))
    revision = Article.objects.get().revision
    assert (revision.number, revision.body, revision.author, revision.note) == (2, "# New\n\nText", eve, "Shorter")
    assert "Revision 2 of “Feasts” is published" in said(response)


def test_the_published_text_is_what_readers_see(admin, article):
    admin.post(to("article_change", article.pk), sent(article, body="Only *this*."))
    assert "Only <em>this</em>." in admin.get(article.get_absolute_url()).content.decode()


def test_saving_an_unchanged_text_makes_no_revision(admin, article):
    response = admin.post(to("article_change", article.pk), sent(article, title="Great feasts"))
    assert Article.objects.get().title == "Great feasts"
    assert Revision.objects.count() == 1
    assert "no new revision" in said(response)


@pytest.mark.parametrize("body", ["\n\n  indented\n", "ends with blanks  \n\n\n", "\ttab\u00a0and ’quotes’ 🎉"])
def test_a_text_is_stored_exactly_and_survives_saving_unchanged(admin, article, body):
    admin.post(to("article_change", article.pk), sent(article, body=body))
    article.refresh_from_db()
    assert article.revision.body == body
    admin.post(to("article_change", article.pk), sent(article))
    assert article.revisions.count() == 2


def test_a_new_article_is_written_in_one_go(admin, eve):
    response = admin.post(to("article_add"), sent(body="Hello\r\n", note="First"))
    article = Article.objects.get()
    assert (article.revision.number, article.revision.body, article.author) == (1, "Hello\n", eve)
    assert article.published_at is not None
    assert "readers see it now" in said(response)


def test_a_new_draft_needs_no_text(admin):
    response = admin.post(to("article_add"), sent(status="draft", body=""))
    assert Article.objects.get().revision is None
    assert "no text yet" in said(response)


def test_a_draft_with_a_text_is_not_shown_to_readers(admin, client, alice):
    response = admin.post(to("article_add"), sent(status="draft", body="Soon"))
    assert "readers do not see it yet" in said(response)
    client.force_login(alice)
    assert client.get(Article.objects.get().get_absolute_url()).status_code == 404


@pytest.mark.parametrize("body", ["", "  \r\n\t"])
def test_a_published_article_cannot_be_empty(admin, article, body):
    response = admin.post(to("article_change", article.pk), sent(article, body=body, title="Changed"))
    assert "A published article needs a text" in errors(response)
    assert Article.objects.get().title == "Feasts"


def test_an_empty_draft_cannot_be_published(admin):
    response = admin.post(to("article_add"), sent(body=""))
    assert "A published article needs a text" in errors(response)
    assert not Article.objects.exists()


def test_a_text_of_two_megabytes_is_stored(admin, article):
    body = "é " * 666_666
    assert admin.post(to("article_change", article.pk), sent(article, body=body)).status_code == 302
    assert Article.objects.get().revision.body == body


def test_a_text_over_two_megabytes_is_refused(admin, article):
    response = admin.post(to("article_change", article.pk), sent(article, body="é" * 1_000_001))
    assert "at most 2,000,000" in errors(response)
    assert Revision.objects.count() == 1


def test_a_language_is_a_language_tag(admin, article):
    response = admin.post(to("article_change", article.pk), sent(article, language="English"))
    assert "Enter a language tag" in errors(response)


def test_a_text_that_somebody_else_just_changed_is_not_replaced_unseen(admin, bob, article):
    form = sent(article, body="Mine")
    article.publish("Theirs", author=bob)
    response = admin.post(to("article_change", article.pk), form)
    assert "bob saved revision 2" in errors(response)
    assert Article.objects.get().revision.body == "Theirs"
    page = response.content.decode()
    assert "Mine" in page
    assert '<input type="hidden" name="based_on" value="2"' in page


def test_a_text_that_was_compared_replaces_the_other(admin, article):
    article.publish("Theirs")
    admin.post(to("article_change", article.pk), sent(article, body="Mine", based_on=2))
    assert Article.objects.get().revision.body == "Mine"


def test_who_may_only_look_sees_the_text_and_no_form(client, stan, article):
    client.force_login(allow(stan, "view_article"))
    page = client.get(to("article_change", article.pk)).content.decode()
    assert "Bastille Day" in page
    assert "<textarea" not in page
    assert client.post(to("article_change", article.pk), sent(article, body="Mine")).status_code == 403


def test_staff_without_permissions_cannot_save_an_article(client, stan, article):
    client.force_login(stan)
    assert client.post(to("article_change", article.pk), sent(article, body="Mine")).status_code == 403
    assert article.revisions.count() == 1


def test_the_list_links_to_the_site(admin, article):
    Article.objects.create(slug="empty", title="Empty")
    page = admin.get(to("article_changelist")).content.decode()
    assert f'<a href="{article.get_absolute_url()}">View</a>' in page
    assert "/articles/empty/" not in page


def test_the_slug_is_made_from_the_title(admin):
    page = admin.get(to("article_add"))
    assert [field["field"].name for field in page.context["adminform"].prepopulated_fields] == ["slug"]


def test_an_article_nobody_asked_about_is_deleted_with_its_revisions(admin, article):
    article.publish("Second")
    assert admin.post(to("article_delete", article.pk), {"post": "yes"}).status_code == 302
    assert not Revision.objects.exists()


def test_an_article_that_was_asked_about_is_not_deleted(admin, alice, article):
    asked(alice, article, "My secret question")
    page = admin.get(to("article_delete", article.pk)).content.decode()
    assert "Replies that rest on this text: 1" in page
    assert "My secret" not in page
    assert admin.post(to("article_delete", article.pk), {"post": "yes"}).status_code == 200
    assert Article.objects.exists()


def test_several_articles_are_not_deleted_when_one_was_asked_about(admin, alice, article):
    other = Article.objects.create(slug="other", title="Other")
    asked(alice, article)
    form = {"action": "delete_selected", "_selected_action": [article.pk, other.pk], "post": "yes"}
    assert "withdraw it" in admin.post(to("article_changelist"), form).content.decode()
    assert Article.objects.count() == 2


def test_an_editors_questions_are_kept_one_on_a_line(admin, client, article):
    admin.post(to("article_change", article.pk), sent(article, questions="  When is\tit? \r\n\r\nWhy?\r\n"))
    assert Article.objects.get().questions == "When is it?\nWhy?"
    assert 'value="Why?"' in client.get(article.get_absolute_url()).content.decode()


def test_a_question_that_is_too_long_is_refused(admin, article):
    response = admin.post(to("article_change", article.pk), sent(article, questions=f"Why?\n{'x' * 201}"))
    assert "at most 200 characters" in errors(response)
    assert Article.objects.get().questions == ""


def test_questions_are_escaped_for_readers(admin, client, article):
    admin.post(to("article_change", article.pk), sent(article, questions=SCRIPT))
    page = client.get(article.get_absolute_url()).content.decode()
    assert ESCAPED in page
    assert SCRIPT not in page
