"""Article and conversation side by side: the divider, and folding either of them away."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, PHONE, answer, ask, has_ended
from tests.site import Site

pytestmark = pytest.mark.browser

WIDTH = "(element) => element.getBoundingClientRect().width"


@pytest.fixture
def page(watch: Watch, site: Site, reader_state: Any) -> Page:
    """The article, read by someone who is logged in."""
    page = watch.open(site.url, storage_state=reader_state, viewport={"width": 1280, "height": 800})
    page.goto(ARTICLE)
    return page


def width(page: Page) -> float:
    """Return how wide the conversation is."""
    return page.locator("#conversation").evaluate(WIDTH)


def test_the_divider_is_moved_by_keys_and_says_where_it_is(page: Page) -> None:
    divider = page.get_by_role("separator", name="Width of the conversation")
    usual = width(page)
    for _ in range(3):
        divider.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "40")
    assert width(page) > usual
    for _ in range(30):
        divider.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "25")
    assert width(page) < usual


def test_the_divider_is_dragged_and_stays_on_the_next_page(page: Page, watch: Watch, site: Site) -> None:
    page.mouse.move(1280 - width(page), 400)
    page.mouse.down()
    page.mouse.move(640, 400, steps=5)
    page.mouse.up()
    dragged = width(page)
    assert abs(dragged - 640) < 8
    plain = watch.open(site.url, java_script_enabled=False, viewport={"width": 1280, "height": 800})
    plain.context.add_cookies(page.context.cookies())
    plain.goto(ARTICLE)
    assert abs(width(plain) - dragged) < 8


def test_from_right_to_left_the_divider_moves_the_other_way(page: Page) -> None:
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    usual = width(page)
    page.get_by_role("separator").press("ArrowRight")
    assert width(page) > usual


def test_either_pane_can_be_folded_away(page: Page) -> None:
    page.evaluate("() => scrollTo(0, 3000)")
    for name, pane in (("Conversation", "#conversation"), ("Article", "#article")):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_have_attribute("aria-expanded", "true")
        button.click()
        expect(button).to_have_attribute("aria-expanded", "false")
        expect(page.locator(pane)).to_be_hidden()
        button.press("Enter")
        expect(page.locator(pane)).to_be_visible()
        expect(button).to_be_focused()
    assert page.evaluate("() => scrollY") > 1000


def test_a_quotation_unfolds_the_article(page: Page) -> None:
    ask(page, "When is Bastille Day?")
    has_ended(page)
    page.get_by_role("button", name="Article", exact=True).click()
    answer(page).locator(".citation a").first.click()
    expect(page.locator("#article")).to_be_visible()


def test_on_a_phone_nothing_is_folded(watch: Watch, site: Site) -> None:
    page = watch.open(site.url, **PHONE)
    page.goto(ARTICLE)
    expect(page.locator("#article")).to_be_visible()
    expect(page.get_by_role("separator")).to_be_hidden()
    expect(page.get_by_role("button", name="Conversation", exact=True)).to_be_hidden()


def test_the_article_page_is_light_and_stands_still(watch: Watch, site: Site) -> None:
    page = watch.open(site.url, viewport={"width": 1280, "height": 800})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(ARTICLE)
    page.wait_for_load_state("networkidle")
    shift = page.evaluate(
        """() => new Promise((tell) => new PerformanceObserver((list) =>
            tell(list.getEntries().reduce((sum, entry) => sum + entry.value, 0)))
            .observe({ type: "layout-shift", buffered: true }) || setTimeout(() => tell(0), 500))"""
    )
    assert shift < 0.02
    assert sum(sizes) < 120_000
