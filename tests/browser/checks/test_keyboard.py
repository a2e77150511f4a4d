"""One way through the whole site, by keyboard alone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Watch
from tests.browser.steps import PASSWORD, answer, box, has_ended, sign_up
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.site import Site

pytestmark = pytest.mark.browser

READER = "keyla"
WORDS = "Independence Day in Brazil is 7 September, after the break with Portugal in 1822."
# The article's contents list is the longest row of links on the way.
MOST_STEPS = 150


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press the key until what is wanted has the focus, and the focus can be seen."""
    for _ in range(MOST_STEPS):
        if wanted.evaluate("(element) => element === document.activeElement"):
            assert wanted.evaluate("(element) => parseFloat(getComputedStyle(element).outlineWidth)") >= 2
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {wanted}.")


def log_in_by_keys(page: Page) -> None:
    """Go from the front page through the login."""
    tab_to(page, page.get_by_role("link", name="Log in"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#id_login"))
    page.keyboard.type(READER)
    tab_to(page, page.locator("#id_password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Account")).to_be_visible()


def ask_and_stop(page: Page, model: FakeModel) -> None:
    """Ask, and stop the answer with Esc."""
    model.script(say("It ", "is ", "long.", pause_after=2), f"So it is: “{WORDS}” [1]")
    tab_to(page, page.get_by_role("link", name="Read the article"))
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.wait_for_url("**/articles/*/")
    box(page).wait_for()
    while not box(page).evaluate("(element) => element === document.activeElement"):
        page.keyboard.press("Shift+Tab")  # the conversation is at the end of the page
    page.keyboard.type("When?")
    page.keyboard.press("Enter")
    expect(answer(page).locator(".blocks")).to_contain_text("It is")
    page.keyboard.press("Escape")
    has_ended(page, "stopped")


def see_a_quotation(page: Page) -> None:
    """Ask again, go to the quoted words in the article, and come back."""
    page.keyboard.type("And Brazil?")
    page.keyboard.press("Enter")
    chip = has_ended(page).locator(".chip")
    tab_to(page, chip, "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => CSS.highlights.has('quoted')")
    tab_to(page, page.get_by_role("button", name="Back to the answer"))
    page.keyboard.press("Enter")
    expect(chip).to_be_focused()


def test_62_the_whole_way_is_walked_by_keyboard_alone(watch: Watch, model_site: Site, model: FakeModel) -> None:
    """From the front page through login, ask, stop, quotation and back, to rename and delete; focus is always seen."""
    other = watch.open(model_site.url)
    other.goto("/")
    sign_up(other, READER)
    page = watch.open(model_site.url)
    page.goto("/")
    log_in_by_keys(page)
    ask_and_stop(page, model)
    see_a_quotation(page)
    tab_to(page, page.get_by_role("link", name="Conversations", exact=True), "Shift+Tab")
    page.keyboard.press("Enter")
    item = page.get_by_role("main").locator("[data-conversation]")
    link = item.get_by_role("link").first
    tab_to(page, link)
    page.keyboard.press("F2")
    page.keyboard.type("By keys alone")
    page.keyboard.press("Enter")
    expect(link).to_have_text("By keys alone")
    expect(link).to_be_focused()
    tab_to(page, item.get_by_role("link", name="Delete"))
    page.keyboard.press("Enter")
    expect(item).to_have_count(0)
    tab_to(page, page.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="By keys alone")).to_be_visible()
