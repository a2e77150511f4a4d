"""Checks 51 to 55: reading a long article, and both on paper."""

import io
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, PHONE, ask, has_ended
from tests.site import Site

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 800}}
CURRENT = ".contents [aria-current=true]"
# How far the heading of a section stands below what may cover it.
CLEARANCE = """(anchor) => {
    const head = document.querySelector(".site-head");
    const covered = getComputedStyle(head).position === "sticky" ? head.getBoundingClientRect().bottom : 0;
    return document.getElementById(anchor).getBoundingClientRect().top - covered;
}"""
READ_BLOCK = """() => [...document.querySelectorAll(".prose > *")]
    .findIndex((block) => block.getBoundingClientRect().bottom > innerHeight / 2)"""
# Characters per full line of the paragraphs in view.
LINE_LENGTHS = """() => [...document.querySelectorAll(".prose > p")].slice(1, 6).map((block) => {
    const range = new Range();
    range.selectNodeContents(block);
    const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.bottom)));
    return block.textContent.length / (lines.size - 0.5);
})"""


@pytest.fixture
def page(watch: Watch, site: Site) -> Page:
    """The article, on a desk."""
    page = watch.open(site.url, **DESK)
    page.goto(ARTICLE)
    return page


def contents_link(page: Page, number: int) -> Any:
    """Return a link of the contents list, which is unfolded where it has to be."""
    link = page.locator(".contents a").nth(number)
    if not link.is_visible():
        page.locator(".contents summary").click()
    return link


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_51_the_contents_list_follows(watch: Watch, site: Site, device: dict[str, Any]) -> None:
    """Scrolling marks the section being read; a click leads to a heading that nothing covers, and into the address."""
    page = watch.open(site.url, **device)
    page.goto(ARTICLE)
    for number in (12, 4):
        href = page.locator(".contents a").nth(number).get_attribute("href") or ""
        page.evaluate("(id) => document.getElementById(id).scrollIntoView({ block: 'start' })", href[1:])
        expect(page.locator(CURRENT)).to_have_count(1)
        expect(page.locator(".contents a").nth(number)).to_have_attribute("aria-current", "true")
    link = contents_link(page, 8)
    href = link.get_attribute("href") or ""
    link.click()
    expect(page).to_have_url(re.compile(f"{re.escape(href)}$"))
    assert page.evaluate(CLEARANCE, href[1:]) >= 0
    expect(page.locator(f"[id='{href[1:]}']")).to_be_in_viewport()
    expect(page.locator(".contents a").nth(8)).to_have_attribute("aria-current", "true")


def test_52_every_heading_has_a_link_to_copy(page: Page) -> None:
    """Its address opens at that heading, below the head of the page. (No part of an article is folded away.)"""
    headings = page.locator(".prose :is(h2, h3, h4)")
    links = page.locator(".prose :is(h2, h3, h4) > a.anchor")
    assert headings.count() == links.count() > 6
    anchor = headings.nth(9).get_attribute("id") or ""
    assert links.nth(9).get_attribute("href") == f"#{anchor}"
    page.goto(f"{ARTICLE}#{anchor}")
    page.reload()
    expect(headings.nth(9)).to_be_in_viewport()
    assert page.evaluate(CLEARANCE, anchor) >= 0


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_53_the_place_comes_back_on_return(watch: Watch, site: Site, device: dict[str, Any]) -> None:
    """Another visit begins at the paragraph where the last one ended; an address with a section goes there instead."""
    page = watch.open(site.url, **device)
    page.goto(ARTICLE)
    page.evaluate("() => document.querySelectorAll('.prose > *')[40].scrollIntoView({ block: 'center' })")
    block = page.evaluate(READ_BLOCK)
    page.goto("/")
    page.goto(ARTICLE)
    page.wait_for_function("() => scrollY > 0")
    assert abs(page.evaluate(READ_BLOCK) - block) <= 1
    page.goto("/")
    page.goto(f"{ARTICLE}#introduction")
    assert page.evaluate(READ_BLOCK) < 5


def test_53_the_progress_bar_needs_no_script(page: Page) -> None:
    """A timeline of the style sheet moves it, and screen readers do not hear of it."""
    bar = page.locator(".progress")
    expect(bar).to_have_attribute("aria-hidden", "true")
    assert "--prose" in bar.evaluate("(bar) => getComputedStyle(bar).animationTimeline")
    widths = []
    for part in (0, 0.5, 1):
        page.evaluate("(part) => scrollTo(0, part * document.documentElement.scrollHeight)", part)
        page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
        widths.append(bar.evaluate("(bar) => bar.getBoundingClientRect().width / innerWidth"))
    assert widths[0] < 0.02
    assert 0.2 < widths[1] < 0.8
    assert widths[2] > 0.9


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_54_text_size_and_line_width_can_be_set_and_stay(watch: Watch, site: Site, has_scripts: bool) -> None:
    """By a form, kept in cookies: the next page has them from its first paint."""
    page = watch.open(site.url, java_script_enabled=has_scripts, **DESK)
    page.goto(ARTICLE)
    prose = page.locator(".prose")
    size, width = "(e) => parseFloat(getComputedStyle(e).fontSize)", "(e) => e.getBoundingClientRect().width"
    usual = (prose.evaluate(size), prose.evaluate(width))
    for group, name in (("Text size", "Large"), ("Line width", "Short")):
        page.locator(".typography summary").click()
        with page.expect_navigation():
            page.get_by_role("group", name=group).get_by_role("button", name=name).click()
        expect(page).to_have_url(re.compile(ARTICLE))
    page.goto("/")
    page.goto(ARTICLE)
    assert prose.evaluate(size) > usual[0] * 1.1
    assert prose.evaluate(width) < usual[1]
    page.locator(".typography summary").click()
    expect(page.get_by_role("button", name="Large")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [1000, 1280, 1920])
def test_54_lines_are_of_a_good_length_at_first(page: Page, width: int) -> None:
    """45 to 80 characters, wherever there is room for them."""
    page.set_viewport_size({"width": width, "height": 800})
    lengths = page.evaluate(LINE_LENGTHS)
    assert all(45 <= length <= 80 for length in lengths), lengths


def printed(page: Page) -> str:
    """Return the letters and digits of the page on paper; words may be divided there."""
    reader = PdfReader(io.BytesIO(page.pdf()))
    return letters("".join(sheet.extract_text() for sheet in reader.pages))


def letters(text: str) -> str:
    """Return the text without spaces, hyphens and the like."""
    return re.sub(r"\W", "", text)


def colours(page: Page) -> Any:
    """Return the colours of ink and paper when printed."""
    page.emulate_media(media="print")
    found = page.evaluate(
        "() => [getComputedStyle(document.body).color, getComputedStyle(document.documentElement).backgroundColor]"
    )
    page.emulate_media(media="screen")
    return found


def test_55_an_article_is_printed_whole_and_alone(watch: Watch, site: Site) -> None:
    """From its title to its last words, black on white at night too, without what one presses."""
    page = watch.open(site.url, color_scheme="dark", **DESK)
    page.goto(ARTICLE)
    blocks = page.locator(".prose > p").all_inner_texts()
    text = printed(page)
    for block in (blocks[1], blocks[len(blocks) // 2], blocks[-1]):
        assert letters(block)[:60] in text
    for words in ("Log in", "Talk about it", "Text size"):
        assert letters(words) not in text
    assert colours(page) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_55_a_conversation_is_printed_whole(watch: Watch, site: Site, reader_state: Any) -> None:
    """Its first and its last message, its quotations; no composer, no article, no navigation."""
    page = watch.open(site.url, storage_state=reader_state, color_scheme="dark", **DESK)
    page.goto(ARTICLE)
    asked = ["When is Bastille Day?", "When is Thanksgiving?", "What is Diwali?", "When is Armistice Day?"]
    for question in asked:
        ask(page, question)
        expect(page.locator("#messages > .question")).to_have_count(asked.index(question) + 1)
        has_ended(page)
    page.reload()
    text = printed(page)
    for words in (*asked, "14 July", "11 November"):
        assert letters(words) in text
    for words in ("Ask about this article", "Rename", "Account", "Göbekli Tepe"):
        assert letters(words) not in text
    assert colours(page) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
