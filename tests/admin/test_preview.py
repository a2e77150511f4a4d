"""The preview of an article: the very HTML of publication, for those who write, with nothing stored."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from chat.models import Article, Revision
from chat.text.markdown import article_html
from tests.admin.pages import SCRIPT, allow, to
from tests.admin.test_articles import sent

pytestmark = pytest.mark.django_db
TEXT = "## Food\r\n\r\n- *Bread*\r\n\r\n## Food\r\n\r\n<b>x</b>\r\n"
CSS = Path(settings.BASE_DIR) / "static/css"


def preview(client, body=TEXT, **more):
    return client.post(to("article_preview"), {"body": body} | more)


def test_it_is_what_publication_makes(admin, article):
    html = preview(admin, fragment=1).content.decode()
    admin.post(to("article_change", article.pk), sent(article, body=TEXT))
    assert html == Article.objects.get().revision.body_html
    assert [part.anchor for part in Article.objects.get().revision.sections.all()] == re.findall('id="([^"]+)"', html)


def test_the_page_without_scripts_shows_it_and_goes_back(admin, article):
    response = preview(admin, title='My "title"', _preview_of=article.pk, language="he")
    page = response.content.decode()
    assert article_html(TEXT.replace("\r\n", "\n")) in page
    assert f'action="{to("article_change", article.pk)}"' in page
    assert "My &quot;title&quot;" in page
    assert 'lang="he" dir="rtl"' in page


@pytest.mark.parametrize("primary_key", ["", "x", "²", "//evil.example"])
def test_the_way_back_of_a_new_article_is_the_empty_form(admin, primary_key):
    assert f'action="{to("article_add")}"' in preview(admin, _preview_of=primary_key).content.decode()


def test_back_in_the_form_nothing_is_lost_and_nothing_stored(admin, article):
    typed = sent(article, body="\r\n Typed\r\n", title="Typed title", summary="Sum", note="Why", _back="1")
    response = admin.post(to("article_change", article.pk), typed)
    form = response.context["adminform"].form
    assert not form.is_bound
    values = {name: form[name].value() for name in ("title", "summary", "note", "body", "based_on")}
    assert values == {
        "title": "Typed title", "summary": "Sum", "note": "Why", "body": "\r\n Typed\r\n", "based_on": "1",
    }  # fmt: skip
    assert "data-unsaved" in response.content.decode()
    assert (Article.objects.get().title, Revision.objects.count()) == ("Feasts", 1)


def test_back_in_the_form_of_a_new_article_nothing_is_lost(admin):
    response = admin.post(to("article_add"), sent(body="Typed", _back="1"))
    assert response.context["adminform"].form["body"].value() == "Typed"
    assert not Article.objects.exists()


def test_a_form_that_was_loaded_has_nothing_unsaved(admin, article):
    page = admin.get(to("article_change", article.pk)).content.decode()
    assert "data-guarded" in page
    assert "data-unsaved" not in page


def test_a_script_in_a_text_is_no_script(admin):
    for more in ({}, {"fragment": 1}):
        assert SCRIPT not in preview(admin, f"x {SCRIPT}", title=SCRIPT, **more).content.decode()


def test_a_text_over_two_megabytes_is_refused_in_a_sentence(admin):
    response = preview(admin, "é" * 1_000_001, fragment=1)
    assert (response.status_code, response["Content-Type"]) == (413, "text/plain; charset=utf-8")
    assert "at most 2,000,000" in response.content.decode()


@pytest.mark.parametrize("permission", ["add_article", "change_article"])
def test_who_writes_has_a_preview(client, stan, permission):
    client.force_login(allow(stan, permission))
    assert preview(client, fragment=1).status_code == 200


@pytest.mark.parametrize("permissions", [(), ("view_article",), ("delete_article",)])
def test_who_does_not_write_has_none(client, stan, permissions):
    client.force_login(allow(stan, *permissions))
    assert preview(client, fragment=1).status_code == 403


def test_a_reader_and_a_visitor_have_none(client, alice):
    assert preview(client).status_code == 302
    client.force_login(alice)
    assert preview(client).status_code == 302


def test_it_is_only_posted_and_with_a_token(admin, eve):
    assert admin.get(to("article_preview")).status_code == 405
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(eve)
    assert preview(stranger).status_code == 403


def test_its_colours_are_those_of_the_site():
    tokens = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", (CSS / "tokens.css").read_text().partition("@supports")[0]))
    own = re.findall(r"(--[\w-]+):\s*([^;]+);", (CSS / "admin-preview.css").read_text())
    assert len(own) > 10
    assert [name for name, value in own if tokens[name] != value] == []
