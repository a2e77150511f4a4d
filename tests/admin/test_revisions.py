"""The texts that an article had: who may see what changed between them, and have one back."""

import pytest
from django.contrib.admin.models import LogEntry

from chat.models import Article, Revision
from tests.admin.pages import ESCAPED, SCRIPT, allow, asked, said, to
from tests.conftest import BODY

pytestmark = pytest.mark.django_db
READS = ("view_article", "view_revision")


@pytest.fixture
def changed(article, bob):
    """An article that Bob changed once."""
    article.publish(BODY.replace("7 September", "the 7th of September"), author=bob, note="Like the others")
    return article


def page(client, name, article, **query):
    return client.get(to(f"article_{name}", article.pk), query)


def restore(client, article, revision, current, reason=""):
    form = {"revision": revision, "current": current, "reason": reason}
    return client.post(to("article_restore", article.pk), form)


def test_the_list_says_who_changed_what_and_why(admin, changed):
    words = page(admin, "revisions", changed).content.decode()
    assert all(word in words for word in ("bob", "Like the others", "current", "?to=2", "restore/?revision=1"))
    assert "restore/?revision=2" not in words  # it is the current one


def test_the_form_leads_to_the_list(admin, changed):
    assert (
        f'<a href="{to("article_revisions", changed.pk)}">Revisions</a>'
        in page(admin, "change", changed).content.decode()
    )


def test_a_long_list_has_pages_and_needs_few_queries(admin, article, django_assert_max_num_queries):
    Revision.objects.bulk_create(Revision(article=article, number=number, body="x") for number in range(2, 200))
    with django_assert_max_num_queries(12):
        words = page(admin, "revisions", article, p=2).content.decode()
    assert "Page 2 of 4" in words
    assert "?to=149" in words


def test_an_article_without_a_text_has_no_revisions(admin):
    draft = Article.objects.create(slug="empty", title="Empty")
    assert "None yet" in page(admin, "revisions", draft).content.decode()
    assert page(admin, "changes", draft).status_code == 404


def test_the_changes_are_those_of_the_current_text(admin, changed):
    words = page(admin, "changes", changed).content.decode()
    assert "Changes from revision 1 to 2" in words
    assert '<ins><span class="said">[added: </span>the 7th of<span class="said">]</span></ins>' in words
    assert "[removed: </span>7<" in words


def test_any_two_revisions_can_be_compared(admin, changed):
    changed.publish("Anew")
    words = page(admin, "changes", changed, **{"from": 1, "to": 3}).content.decode()
    assert "Changes from revision 1 to 3" in words
    assert "Anew" in words


def test_the_first_revision_is_all_new(admin, article):
    words = page(admin, "changes", article).content.decode()
    assert "Revision 1, the first" in words
    assert "<del>" not in words


def test_a_text_is_escaped_where_changes_are_shown(admin, article):
    article.publish(SCRIPT)
    words = page(admin, "changes", article).content.decode()
    assert ESCAPED in words
    assert SCRIPT not in words


@pytest.mark.parametrize("number", ["9", "x", "-1", "1" * 400, "²"])
def test_a_revision_that_does_not_exist_is_404(admin, changed, number):
    assert page(admin, "changes", changed, to=number).status_code == 404
    assert page(admin, "restore", changed, revision=number).status_code == 404


@pytest.mark.parametrize("name", ["revisions", "changes", "restore"])
def test_an_article_that_does_not_exist_is_404(admin, name):
    assert admin.get(to(f"article_{name}", "nothing")).status_code == 404


def test_an_old_text_comes_back_as_a_new_revision(admin, eve, changed):
    assert "restore" in page(admin, "restore", changed, revision=1).content.decode().lower()
    response = restore(admin, changed, 1, current=2, reason="The dates\nwere right")
    revision = Article.objects.get().revision
    note = "Restored from revision 1: The dates were right"
    assert (revision.number, revision.body, revision.author, revision.note) == (3, BODY, eve, note)
    assert "is back, as revision 3" in said(response)
    assert f"{note} as revision 3." in LogEntry.objects.get().get_change_message()


def test_a_long_reason_is_cut(admin, changed):
    restore(admin, changed, 1, current=2, reason="x" * 500)
    assert len(Article.objects.get().revision.note) == 200


def test_a_reason_with_characters_that_no_database_stores_is_cleaned(admin, changed):
    restore(admin, changed, 1, current=2, reason="a\0b")
    assert Article.objects.get().revision.note.endswith(": ab")


def test_a_citation_of_an_old_revision_still_opens_after_restoring(admin, alice, changed):
    citation = asked(alice, changed).citations.get()
    restore(admin, changed, 1, current=2)
    assert citation.revision.number == 2
    assert "the 7th of September" in admin.get(citation.revision.get_absolute_url()).content.decode()


def test_who_restores_is_told_that_somebody_saved_meanwhile(admin, changed, bob):
    changed.publish("Theirs", author=bob)
    response = restore(admin, changed, 1, current=2, reason="Mine")
    assert Article.objects.get().revision.body == "Theirs"
    assert "bob saved revision 3" in said(response)
    words = response.content.decode()
    assert 'name="current" value="3"' in words
    assert 'value="Mine"' in words


def test_restoring_the_current_text_changes_nothing(admin, article):
    response = restore(admin, article, 1, current=1)
    assert "nothing was changed" in said(response)
    assert article.revisions.count() == 1


def test_who_may_only_look_sees_changes_and_restores_nothing(client, stan, changed):
    client.force_login(allow(stan, *READS))
    assert "Restore" not in page(client, "revisions", changed).content.decode()
    assert page(client, "changes", changed).status_code == 200
    assert page(client, "restore", changed, revision=1).status_code == 403
    assert restore(client, changed, 1, current=2).status_code == 403
    assert changed.revisions.count() == 2


@pytest.mark.parametrize("permissions", [(), ("view_article",), ("change_article",), ("view_revision",)])
@pytest.mark.parametrize("name", ["revisions", "changes", "restore"])
def test_who_may_not_read_revisions_sees_none_of_them(client, stan, changed, permissions, name):
    client.force_login(allow(stan, *permissions))
    assert page(client, name, changed, revision=1).status_code == 403
