"""What every page keeps: a quiet console, no sideways scrolling, the theme at first paint, the skip link."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, ask, has_ended
from tests.site import Site

pytestmark = pytest.mark.browser

PUBLIC = ["/", ARTICLE, "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN = ["/conversations/", "/conversations/new/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/"]
DARK_IS_BELOW = 100


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


def open_page(watch: Watch, site: Site, reader_state: Any, path: str) -> Page:
    """Open a page as a visitor, or as the reader whose page it is."""
    page = watch.open(site.url, **({"storage_state": reader_state} if path in OWN else {}))
    page.goto(path)
    return page


def scrolls_sideways(page: Page) -> bool:
    """Return whether the page is wider than its window."""
    return page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("path", [*PUBLIC, *OWN])
def test_no_page_scrolls_sideways(watch: Watch, site: Site, reader_state: Any, path: str) -> None:
    page = open_page(watch, site, reader_state, path)
    for width in (320, 640, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        assert not scrolls_sideways(page), width


def test_a_conversation_does_not_scroll_sideways(watch: Watch, site: Site, reader_state: Any) -> None:
    page = watch.open(site.url, viewport={"width": 320, "height": 700}, storage_state=reader_state)
    page.goto(ARTICLE)
    ask(page, "When is Bastille Day?" + " Donaudampfschifffahrtsgesellschaft" * 3 + "x" * 100)
    has_ended(page)
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("path", ["/", ARTICLE, "/accounts/login/", "/conversations/"])
def test_the_first_tab_leads_past_the_head_of_the_page(watch: Watch, site: Site, reader_state: Any, path: str) -> None:
    page = open_page(watch, site, reader_state, path)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize(("theme", "system"), [("dark", "light"), ("light", "dark")])
def test_the_chosen_theme_is_there_without_scripts(watch: Watch, site: Site, theme: str, system: str) -> None:
    page = watch.open(site.url, java_script_enabled=False, color_scheme=system)
    page.goto("/")
    page.get_by_role("button", name={"dark": "Night", "light": "Day"}[theme]).click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    state = page.context.storage_state()
    seen = watch.open(site.url, color_scheme=system, storage_state=state)
    seen.goto(ARTICLE)
    assert (brightness(seen) < DARK_IS_BELOW) == (theme == "dark")


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_until_one_is_chosen(watch: Watch, site: Site, system: str) -> None:
    page = watch.open(site.url, color_scheme=system)
    page.goto("/")
    assert (brightness(page) < DARK_IS_BELOW) == (system == "dark")


def test_the_whole_article_can_be_read_without_scripts(watch: Watch, site: Site) -> None:
    page = watch.open(site.url, java_script_enabled=False)
    page.goto(ARTICLE)
    expect(page.locator("#article")).to_contain_text("storming of the Bastille")
    page.locator(".contents summary").click()
    link = page.locator(".contents a").last
    anchor = link.get_attribute("href") or ""
    link.click()
    expect(page).to_have_url(re.compile(f"{re.escape(anchor)}$"))
    expect(page.locator(f"[id='{anchor[1:]}']")).to_be_in_viewport()
