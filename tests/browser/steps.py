"""What a reader does in the browser, and what is then seen: the words of the tests."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

PASSWORD = "marigold-lantern-7"
ARTICLE = "/articles/celebration/"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def sign_up(page: Page, name: str) -> None:
    """Make an account; the page comes back to where the link was clicked."""
    page.get_by_role("link", name="Sign up").click()
    page.locator("#id_email").fill(f"{name}@example.org")
    page.locator("#id_username").fill(name)
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name="Conversations")).to_be_visible()


def log_in(page: Page, name: str) -> None:
    """Fill the login page that is open."""
    page.locator("#id_login").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def box(page: Page) -> Locator:
    """Return the box one writes a question in."""
    return page.locator("#message")


def ask(page: Page, text: str) -> None:
    """Write a question and send it with Enter, which the scripts have to know by then."""
    page.wait_for_load_state()
    box(page).fill(text)
    box(page).press("Enter")


def answer(page: Page) -> Locator:
    """Return the last answer."""
    return page.locator("#messages > .reply").last


def has_ended(page: Page, status: str = "complete") -> Locator:
    """Wait for the end of the last answer, and for it to be shown as an end; return the answer."""
    expect(answer(page)).to_have_attribute("data-status", status)
    expect(answer(page).locator(".blocks")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#composer .send")).to_be_visible()
    return answer(page)


def questions(page: Page) -> Locator:
    """Return the questions asked in this conversation."""
    return page.locator("#messages > .question")


def is_inside(page: Page, element: Locator) -> bool:
    """Say whether the top of the element can be seen in the window."""
    rectangle: Any = element.bounding_box()
    return 0 <= rectangle["y"] < page.evaluate("() => innerHeight")
