"""Checks 1 to 8, 63 and 64: what every page keeps, on a desk and on a phone."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import Watch
from tests.browser.stage import manage
from tests.browser.steps import ARTICLE, PHONE, answer, ask, box, has_ended, log_in, questions
from tests.site import Site

pytestmark = pytest.mark.browser

PUBLIC = ["/", ARTICLE, "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN = [
    "/conversations/",
    "/conversations/?archived=1",
    "/conversations/new/",
    "/conversations/search/?q=July",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
DESK = {"viewport": {"width": 1280, "height": 800}}
QUESTION = "When is Bastille Day?"
DARK_IS_BELOW = 100
# Roles that make landmarks, with the names they are told apart by.
LANDMARKS = """() => [...document.querySelectorAll("main, nav, aside, section[aria-label], [role=region]")]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.localName, element.ariaLabel ?? element.getAttribute("aria-labelledby") ?? ""])"""
# What one presses, without the links in running text, which are as high as its lines.
TARGETS = """() => [...document.querySelectorAll("button, summary, input, textarea, select, .button, nav a")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches("[type=hidden]"))
    .map((element) => [element.outerHTML.slice(0, 120), element.getBoundingClientRect().toJSON()])"""
OVERLAPS = """() => {
    const rows = [...document.querySelectorAll(".site-head, .masthead, .site-foot, .dock, .box, .conversation-head")];
    const boxes = (row) => [...row.children].filter((child) => child.checkVisibility() && child.offsetWidth > 1)
        .map((child) => child.getBoundingClientRect());
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return rows.filter((row) => boxes(row).some((a, at) => boxes(row).slice(at + 1).some((b) => meet(a, b))))
        .map((row) => row.outerHTML.slice(0, 200));
}"""
MAKE_ARABIC = """
from chat.models import Article
article, _ = Article.objects.get_or_create(slug="eid", defaults=dict(title="عيد", status="published", language="ar"))
article.publish("## الفوانيس\\n\\nيحتفل الناس بالعيد كل عام.\\n\\nAn English paragraph between.\\n\\n- خبز\\n- ملح\\n")
"""


@pytest.fixture(scope="module")
def conversation(browser: Any, site: Site, reader_state: Any) -> str:
    """The path of a conversation with an answer that quotes."""
    watch = Watch(browser)
    page = watch.open(site.url, storage_state=reader_state)
    page.goto(ARTICLE)
    ask(page, QUESTION)
    has_ended(page)
    path = page.url.removeprefix(site.url)
    watch.close()
    return path


def open_page(watch: Watch, site: Site, reader_state: Any, path: str, **options: Any) -> Page:
    """Open a page as a visitor, or as the reader whose page it is."""
    state = {} if path in PUBLIC else {"storage_state": reader_state}
    page = watch.open(site.url, **state, **options)
    page.goto(path)
    return page


def brightness(page: Page) -> int:
    """Return how bright the page's ground is on the screen, 0 to 255."""
    # Painted onto a canvas, since the computed colour is in whatever space the style sheet uses.
    return page.evaluate(
        """() => {
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
            canvas.fillRect(0, 0, 1, 1);
            return Math.round([...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)].reduce((a, b) => a + b) / 3);
        }"""
    )


def scrolls_sideways(page: Page) -> bool:
    """Return whether the page is wider than its window."""
    return page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_01_landmarks_have_names_of_their_own(
    watch: Watch, site: Site, reader_state: Any, conversation: str, device: dict[str, Any]
) -> None:
    """One main, and no two landmarks of a kind with one name. (On an article's page the conversation is a section.)"""
    for path in (ARTICLE, conversation):
        landmarks = open_page(watch, site, reader_state, path, **device).evaluate(LANDMARKS)
        assert [kind for kind, _ in landmarks].count("main") == 1
        named = [(kind, name) for kind, name in landmarks if kind != "main"]
        assert len(set(map(tuple, named))) == len(named), named
        assert all(name for _, name in named), named
        assert "nav" in dict(named)


@pytest.mark.parametrize("path", [*PUBLIC, *OWN])
def test_03_no_page_scrolls_sideways(watch: Watch, site: Site, reader_state: Any, path: str) -> None:
    """At 320 px, at 200 % zoom (640 px), and where the layout changes."""
    page = open_page(watch, site, reader_state, path)
    for width in (320, 640, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        assert not scrolls_sideways(page), width


def test_03_a_conversation_with_long_words_does_not_scroll_sideways(
    watch: Watch, site: Site, reader_state: Any
) -> None:
    """Wide code and tables scroll inside their own boxes; words without an end are broken."""
    page = open_page(watch, site, reader_state, "/conversations/new/", viewport={"width": 320, "height": 700})
    ask(page, QUESTION + " Donaudampfschifffahrtsgesellschaft" * 3 + "x" * 100)
    has_ended(page)
    assert not scrolls_sideways(page)


def test_04_the_box_stays_in_view_when_the_keyboard_opens(watch: Watch, site: Site, reader_state: Any) -> None:
    """The page asks for its content to be resized, and what is left of the window still holds the box."""
    page = open_page(watch, site, reader_state, "/conversations/new/", **PHONE)
    content = page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "interactive-widget=resizes-content" in content
    box(page).tap()
    page.set_viewport_size({"width": 390, "height": 400})
    rectangle: Any = page.locator(".composer .box").bounding_box()
    assert rectangle["y"] >= 0
    assert rectangle["y"] + rectangle["height"] <= 400


@pytest.mark.parametrize("path", [path for path in (*PUBLIC, *OWN) if path != "/conversations/new/"])
def test_05_the_first_tab_leads_past_the_head_of_the_page(
    watch: Watch, site: Site, reader_state: Any, path: str
) -> None:
    """Except where a form's first field has the focus from the start, or the composer (check 17)."""
    page = open_page(watch, site, reader_state, path)
    page.wait_for_function("() => [null, document.activeElement].includes(document.querySelector('main [autofocus]'))")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize(("theme", "system"), [("dark", "light"), ("light", "dark")])
def test_06_the_chosen_theme_is_there_without_scripts(watch: Watch, site: Site, theme: str, system: str) -> None:
    """It is in the first paint, since the server writes it into the page."""
    page = watch.open(site.url, java_script_enabled=False, color_scheme=system)
    page.goto("/")
    page.get_by_role("button", name={"dark": "Night", "light": "Day"}[theme]).click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    state = page.context.storage_state()
    seen = watch.open(site.url, color_scheme=system, storage_state=state)
    seen.goto(ARTICLE)
    assert (brightness(seen) < DARK_IS_BELOW) == (theme == "dark")


@pytest.mark.parametrize("system", ["light", "dark"])
def test_06_the_theme_follows_the_system_until_one_is_chosen(watch: Watch, site: Site, system: str) -> None:
    """Auto is the usual."""
    page = watch.open(site.url, color_scheme=system)
    page.goto("/")
    assert (brightness(page) < DARK_IS_BELOW) == (system == "dark")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_07_without_scripts_one_reads_logs_in_and_asks(
    watch: Watch, site: Site, reader_name: str, conversation: str, device: dict[str, Any]
) -> None:
    """Articles are whole, the login works, old conversations can be read, a form sends the question."""
    page = watch.open(site.url, java_script_enabled=False, **device)
    page.goto(f"/accounts/login/?next={conversation}")
    log_in(page, reader_name)
    expect(questions(page).first).to_contain_text(QUESTION)
    expect(answer(page)).to_contain_text("14 July")
    page.goto(ARTICLE)
    expect(page.locator("#article")).to_contain_text("storming of the Bastille")
    link = page.locator(".contents a").last
    if not link.is_visible():
        page.locator(".contents summary").click()
    anchor = link.get_attribute("href") or ""
    link.click()
    expect(page).to_have_url(re.compile(f"{re.escape(anchor)}$"))
    expect(page.locator(f"[id='{anchor[1:]}']")).to_be_in_viewport()
    box(page).fill("When is Thanksgiving?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(questions(page).last).to_contain_text("When is Thanksgiving?")
    expect(has_ended(page)).to_contain_text("Thanksgiving")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_08_axe_finds_nothing_on_any_page(
    watch: Watch, site: Site, reader_state: Any, conversation: str, theme: str, device: dict[str, Any]
) -> None:
    """Every page that exists, in both themes."""
    found = {}
    of_it = [f"{conversation}{name}" for name in ("", "rename/", "delete/", "share/")]
    for path in (*PUBLIC, *OWN, *of_it):
        page = open_page(watch, site, reader_state, path, color_scheme=theme, reduced_motion="reduce", **device)
        found[path] = violations(page)
        page.close()
    assert not any(found.values()), json.dumps(found, indent=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_08_axe_finds_nothing_on_a_shared_copy(
    watch: Watch, site: Site, reader_state: Any, conversation: str, theme: str, device: dict[str, Any]
) -> None:
    """As its owner makes it, and as anyone sees it."""
    page = open_page(watch, site, reader_state, f"{conversation}share/", color_scheme=theme, **device)
    page.get_by_role("main").get_by_role("button").first.click()
    link = page.get_by_role("main").locator("a[href*='/s/']").first
    assert violations(page) == []
    visitor = watch.open(site.url, color_scheme=theme, reduced_motion="reduce", **device)
    visitor.goto(link.get_attribute("href") or "")
    expect(visitor.get_by_role("main")).to_contain_text(QUESTION)
    assert violations(visitor) == []


def pages_of_errors() -> dict[str, str]:
    """Return the site's own pages by their status."""
    return {
        "400": render_to_string("400.html"),
        "403": Client(enforce_csrf_checks=True).post("/theme/").content.decode(),
        "404": Client().get("/nothing/here/").content.decode(),
        "500": render_to_string("500.html"),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_08_axe_finds_nothing_on_pages_that_say_what_went_wrong(
    watch: Watch, site: Site, theme: str, device: dict[str, Any]
) -> None:
    """A site being developed shows Django's own pages instead, so these are put in their place."""
    with ThreadPoolExecutor(1) as thread:  # this one has Playwright's event loop
        pages = thread.submit(pages_of_errors).result()
    page = watch.open(site.url, color_scheme=theme, reduced_motion="reduce", **device)
    page.route("**/shown/*", lambda route: route.fulfill(content_type="text/html", body=pages[route.request.url[-3:]]))
    for status in pages:
        page.goto(f"/shown/{status}")
        expect(page.get_by_role("main")).to_contain_text(f"Error {status}", ignore_case=True)
        assert violations(page) == [], status


def test_63_with_reduced_motion_nothing_moves(watch: Watch, site: Site, reader_state: Any) -> None:
    """No smooth scrolling, no transition from page to page, nothing that is animated by time."""
    page = watch.open(site.url, reduced_motion="reduce")
    page.add_init_script("addEventListener('pagereveal', (e) => { window.moved = Boolean(e.viewTransition); })")
    page.goto("/")
    page.get_by_role("link", name="Read the article").click()
    expect(page).to_have_url(re.compile(ARTICLE))
    page.wait_for_function("() => 'moved' in window")
    assert not page.evaluate("() => window.moved")
    assert page.evaluate("() => getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    timed = "() => document.getAnimations().filter((one) => one.timeline === document.timeline).length"
    assert page.evaluate(timed) == 0


def test_63_in_forced_colours_chips_and_focus_are_seen(
    watch: Watch, site: Site, reader_state: Any, conversation: str
) -> None:
    """A border that is clear otherwise shows there; so does the line below what is current."""
    page = open_page(watch, site, reader_state, conversation, forced_colors="active")
    number = answer(page).locator(".citation .n").first
    style = number.evaluate("(e) => { const s = getComputedStyle(e); return [s.borderTopStyle, s.borderTopColor]; }")
    assert style[0] == "solid"
    assert style[1] not in ("transparent", "rgba(0, 0, 0, 0)")
    answer(page).locator(".citation a").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    focused = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
    assert float(focused.removesuffix("px")) >= 2


@pytest.mark.parametrize(("device", "least"), [(DESK, 24), (PHONE, 44)], ids=["desk", "phone"])
def test_63_what_one_presses_is_large_enough(
    watch: Watch, site: Site, reader_state: Any, conversation: str, device: dict[str, Any], least: int
) -> None:
    """At least 24 px each way, and 44 px on a touch screen; small boxes to tick have labels that are as large."""
    for path in (*PUBLIC, *OWN, conversation):
        page = open_page(watch, site, reader_state, path, **device)
        page.locator(".contents summary, .typography summary").evaluate_all("(all) => all.map((e) => e.click())")
        targets = [(html, box) for html, box in page.evaluate(TARGETS) if 'type="checkbox"' not in html]
        small = [
            (html, box["width"], box["height"])
            for html, box in targets
            if min(box["width"], box["height"]) < least - 0.5 and 'type="radio"' not in html
        ]
        assert small == [], path
        page.close()


def test_64_pages_and_articles_say_their_language(watch: Watch, site: Site, reader_state: Any) -> None:
    """An Arabic article runs from right to left, an English paragraph in it does not; the page around is English."""
    manage(site, "shell", "-v", "0", "-c", MAKE_ARABIC)
    page = open_page(watch, site, reader_state, "/articles/eid/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#article")).to_have_attribute("lang", "ar")
    directions = page.locator(".prose > *").evaluate_all("(all) => all.map((e) => getComputedStyle(e).direction)")
    assert directions == ["rtl", "rtl", "ltr", "rtl"]
    page.goto("/")
    expect(page.locator(".index li[lang=ar]")).to_contain_text("عيد")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_64_from_right_to_left_nothing_overlaps(
    watch: Watch, site: Site, reader_state: Any, conversation: str, device: dict[str, Any]
) -> None:
    """The whole page turned round: its landmarks are the same, nothing hides anything, nothing sticks out."""
    for path in ("/", ARTICLE, conversation, "/conversations/", "/accounts/login/"):
        page = open_page(watch, site, reader_state, path, **device)
        landmarks = page.evaluate(LANDMARKS)
        page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
        assert page.evaluate(OVERLAPS) == [], path
        assert not scrolls_sideways(page), path
        assert page.evaluate(LANDMARKS) == landmarks
        page.close()
