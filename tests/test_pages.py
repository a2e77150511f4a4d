"""The front page, the articles, the theme, and what all pages have in common."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from chat.models import Article, ArticleStatus, Conversation, Message, Role, User
from chat.views.covers import cover

PAGES = [
    "/",
    "/articles/feasts/",
    "/articles/feasts/?revision=1",
    "/conversations/",
    "/conversations/new/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/account/",
    "/account/sessions/",
    "/account/data/",
    "/account/deleted/",
    "/nothing/here/",
]


class Tags(HTMLParser):
    """Collects all start tags of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def make_article(slug: str, **fields: object) -> Article:
    fields = {"title": slug.title(), "status": ArticleStatus.PUBLISHED, **fields}
    article = Article.objects.create(slug=slug, **fields)
    article.publish(f"## About {slug}\n\n" + "word " * 2400)
    return article


def text_of(client: Client, path: str, **extra: object) -> str:
    return client.get(path, **extra).content.decode()


# --- the front page -------------------------------------------------------------------------------------------


def test_the_front_article_is_the_one_published_first(client: Client, article: Article):
    make_article("aardvark")
    page = client.get("/")
    assert page.context["front"].article == article
    assert [other.article.slug for other in page.context["others"]] == ["aardvark"]


def test_the_front_page_tells_how_long_the_others_are(client: Client, article: Article):
    make_article("parades", summary="Why people march.")
    page = text_of(client, "/")
    assert "Why people march." in page
    assert ">10 min<" in page


def test_the_front_page_offers_a_question_about_the_front_article(client: Client, article: Article):
    page = text_of(client, "/")
    assert '<input type="hidden" name="article" value="feasts">' in page
    assert page.count('name="message"') == 1
    assert 'name="message" value="When is Bastille Day?"' in page


def test_the_front_page_is_kind_before_anything_is_published(client: Client, db: None):
    assert "The first issue is being written" in text_of(client, "/")


def test_the_front_page_takes_two_queries_for_any_number_of_articles(
    client: Client, article: Article, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(5):
        make_article(f"more-{number}")
    client.get("/")  # reads a text that is new, once
    with django_assert_num_queries(2):
        client.get("/")


def test_the_front_page_has_the_name_of_the_site(client: Client, db: None, settings: Settings):
    settings.SITE_NAME = "Feast & Fast"
    assert "<title>Feast &amp; Fast</title>" in text_of(client, "/")


# --- articles -------------------------------------------------------------------------------------------------


def test_an_article_shows_its_text_with_contents_and_heading_links(client: Client, article: Article):
    page = text_of(client, "/articles/feasts/")
    assert "<title>Feasts · Celebrations</title>" in page
    assert '<a href="#national-days" dir="auto">National days</a>' in page
    assert '<h2 id="national-days">National days<a class="anchor" href="#national-days"' in page


def test_a_heading_link_says_where_it_leads_without_markup(client: Client, article: Article):
    article.publish('## The *big* "day" & more\n\nText.')
    link = Tags(text_of(client, "/articles/feasts/")).all("a")
    labels = [attributes.get("aria-label") for attributes in link if attributes.get("class") == "anchor"]
    assert labels == ['Link to “The big "day" & more”']


def test_a_wide_table_scrolls_in_its_own_box(client: Client, article: Article):
    article.publish("## Days\n\n| Day | Where |\n|--|--|\n| 14 July | France |\n")
    assert 'tabindex="0"><table>' in text_of(client, "/articles/feasts/")


def test_a_text_in_another_language_says_so(client: Client, article: Article):
    Article.objects.update(language="pt-BR")
    assert 'id="article" data-revision="1" lang="pt-BR"' in text_of(client, "/articles/feasts/")


@pytest.mark.parametrize("path", ["/articles/nothing/", "/articles/feasts/?revision=2", "/articles/feasts/?revision=x"])
def test_what_does_not_exist_is_a_helpful_404(client: Client, article: Article, path: str):
    response = client.get(path)
    assert response.status_code == 404
    assert "See all articles" in response.content.decode()


def test_readers_do_not_see_drafts(client: Client, article: Article, alice: User):
    Article.objects.update(status=ArticleStatus.DRAFT)
    assert client.get("/articles/feasts/").status_code == 404
    client.force_login(alice)
    assert client.get("/articles/feasts/").status_code == 404


def test_editors_see_drafts_and_are_told(client: Client, article: Article, bob: User):
    Article.objects.update(status=ArticleStatus.DRAFT)
    bob.user_permissions.add(Permission.objects.get(codename="view_article"))
    client.force_login(bob)
    assert "This article is a draft." in text_of(client, "/articles/feasts/")


def test_an_old_revision_is_shown_with_a_way_to_the_current_one(client: Client, article: Article):
    article.publish("## New\n\nAll new words.")
    page = text_of(client, "/articles/feasts/?revision=1")
    assert "Bastille Day" in page
    assert "You are reading revision 1" in page
    assert '<a href="/articles/feasts/">read the current one</a>' in page


def test_the_current_revision_by_number_needs_no_note(client: Client, article: Article):
    assert "You are reading revision" not in text_of(client, "/articles/feasts/?revision=1")


def test_an_article_takes_two_queries(
    client: Client, article: Article, django_assert_num_queries: DjangoAssertNumQueries
):
    client.get("/articles/feasts/")  # reads a text that is new, once
    with django_assert_num_queries(2):
        client.get("/articles/feasts/")


def test_an_article_lists_only_the_readers_own_earlier_conversations(
    client: Client, article: Article, alice: User, bob: User
):
    Conversation.objects.create(owner=alice, article=article, title="Mine")
    Conversation.objects.create(owner=bob, article=article, title="Not mine")
    client.force_login(alice)
    page = text_of(client, "/articles/feasts/")
    assert "Mine</a>" in page
    assert "Not mine" not in page


@pytest.mark.parametrize("path", ["/", "/articles/feasts/"])
def test_reading_pages_take_no_post(client: Client, article: Article, path: str):
    assert client.post(path).status_code == 405


# --- the theme ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_in_the_next_page(client: Client, db: None, theme: str):
    response = client.post("/theme/", {"theme": theme, "next": "/accounts/login/"})
    assert response.url == "/accounts/login/"
    assert f'data-theme="{theme}"' in text_of(client, "/")


def test_auto_forgets_the_theme(client: Client, db: None):
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": "auto"})
    assert 'data-theme="auto"' in text_of(client, "/")


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "\\\\evil", ""])
def test_the_theme_leads_to_no_other_site(client: Client, db: None, target: str):
    assert client.post("/theme/", {"theme": "dark", "next": target}).url == "/"


def test_the_theme_is_not_changed_by_a_link(client: Client, db: None):
    assert client.get("/theme/?theme=dark").status_code == 405


def test_an_unknown_theme_in_the_cookie_does_no_harm(client: Client, db: None):
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in text_of(client, "/")


# --- text size and line width ---------------------------------------------------------------------------------


def test_chosen_typography_is_in_the_next_page(client: Client, article: Article):
    response = client.post("/typography/", {"size": "large", "next": "/articles/feasts/"})
    assert response.url == "/articles/feasts/"
    client.post("/typography/", {"measure": "narrow"})
    (html,) = Tags(text_of(client, "/articles/feasts/")).all("html")
    assert (html["data-size"], html["data-measure"]) == ("large", "narrow")


def test_the_usual_typography_forgets_the_other(client: Client, db: None):
    client.post("/typography/", {"size": "large"})
    client.post("/typography/", {"size": ""})
    assert "data-size" not in text_of(client, "/")


@pytest.mark.parametrize("name", ["size", "measure", "pane"])
def test_unknown_typography_in_a_cookie_does_no_harm(client: Client, db: None, name: str):
    client.cookies[name] = '"><script>'
    assert f"data-{name}" not in text_of(client, "/")


def test_the_divider_is_where_it_was_left(client: Client, article: Article):
    client.cookies["pane"] = "41"
    page = text_of(client, "/articles/feasts/")
    assert 'data-share="41"' in page
    assert 'aria-valuenow="41"' in page


def test_an_article_from_right_to_left_says_so(client: Client, article: Article):
    Article.objects.update(language="he")
    (shown,) = Tags(text_of(client, "/articles/feasts/")).all("article")
    assert (shown["lang"], shown["dir"]) == ("he", "rtl")


# --- style sheets and scripts ---------------------------------------------------------------------------------

STYLES = [path for path in (Path(settings.BASE_DIR) / "static/css").glob("*.css") if not path.name.startswith("admin")]


def test_style_sheets_and_scripts_are_small():
    scripts = (Path(settings.BASE_DIR) / "static/js").glob("*.js")
    assert sum(path.stat().st_size for path in STYLES) <= 20_000
    assert sum(path.stat().st_size for path in scripts) <= 40_000


def test_every_variable_of_the_style_sheets_is_defined():
    text = "\n".join(path.read_text() for path in STYLES)
    used = set(re.findall(r"var\((--[\w-]+)\s*[,)]", text))
    # What may be missing has a value beside it.
    optional = set(re.findall(r"var\((--[\w-]+)\s*,", text))
    assert used - optional <= set(re.findall(r"(--[\w-]+)\s*:", text))


# --- what all pages have in common ----------------------------------------------------------------------------


@pytest.fixture(params=["visitor", "reader"])
def someone(request: pytest.FixtureRequest, client: Client, alice: User, article: Article) -> Client:
    if request.param == "reader":
        client.force_login(alice)
    return client


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_found_ones_way_in(someone: Client, path: str):
    tags = Tags(text_of(someone, path, follow=True))
    (html,), (main,) = tags.all("html"), tags.all("main")
    assert html["lang"]
    assert tags.all("title")
    assert len(tags.all("h1")) == 1
    assert tags.all("a")[0] == {"class": "skip", "href": f"#{main['id']}"}
    names = [attributes.get("aria-label", attributes.get("aria-labelledby")) for attributes in tags.all("nav")]
    assert all(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_style_or_script_inside(someone: Client, path: str):
    tags = Tags(text_of(someone, path, follow=True))
    assert not tags.all("style")
    assert all(script.get("src") or script.get("type") == "application/json" for script in tags.all("script"))
    inside = [name for _, attributes in tags.tags for name in attributes if name == "style" or name.startswith("on")]
    assert inside == []


@pytest.mark.parametrize("path", PAGES)
def test_every_id_is_there_once(someone: Client, path: str):
    ids = [attributes["id"] for _, attributes in Tags(text_of(someone, path, follow=True)).tags if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_label(someone: Client, path: str):
    tags = Tags(text_of(someone, path, follow=True))
    labelled = {label["for"] for label in tags.all("label")}
    fields = [field for name in ("input", "textarea", "select") for field in tags.all(name)]
    shown = [field for field in fields if field.get("type") != "hidden"]
    assert [field for field in shown if field.get("id") not in labelled and not field.get("aria-label")] == []


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_a_page_for_a_broken_site_needs_nothing_from_it(name: str):
    page = render_to_string(name)
    assert "Go to the front page" in page
    assert re.search(r"<title>\w", page)


# --- covers ---------------------------------------------------------------------------------------------------


def test_an_article_keeps_its_cover():
    assert cover("Celebration") == cover("Celebration")
    assert cover("Celebration").tiles != cover("Celebrations").tiles


@pytest.mark.parametrize(("title", "letter"), [("“élan”", "É"), ("7 days", "7"), ("…", "*"), ("ßtraße", "S")])
def test_a_cover_shows_the_first_letter(title: str, letter: str):
    assert cover(title).letter[0] == letter


def test_a_message_cannot_bring_its_own_html(client: Client, article: Article, alice: User):
    conversation = Conversation.objects.create(owner=alice, article=article, title="<b>Bold</b>")
    Message.objects.create(conversation=conversation, role=Role.USER, text="<script>alert(1)</script>")
    client.force_login(alice)
    page = text_of(client, conversation.get_absolute_url())
    assert "<b>Bold" not in page
    assert "<script>alert" not in page
