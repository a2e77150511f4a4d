"""Makes the pictures of docs/ (`make screenshots`): front page, an answer by day, by night and on a phone, admin."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from playwright.sync_api import Browser, Page, sync_playwright

# Before what needs the models, and outside a test run.
django.setup()

from tests.browser.chromium import launch  # noqa: E402
from tests.browser.stage import manage, running_site  # noqa: E402
from tests.browser.steps import ARTICLE, PASSWORD, PHONE, ask, has_ended, log_in, sign_up  # noqa: E402
from tests.fake_model import FakeModel  # noqa: E402
from tests.site import ROOT, Site  # noqa: E402

DOCS = Path(ROOT) / "docs"
DESK = {"viewport": {"width": 1280, "height": 800}}
QUESTION = "Which national days recall an uprising?"
ANSWER = """\
Bastille Day does, and it is the one the article tells most about:

> Bastille Day, the national day of France, is 14 July; it recalls the storming of the Bastille in 1789 and the \
festival held a year later. [1]

Others recall the **end of foreign rule** instead: “Independence Day in Brazil is 7 September, after the break with \
Portugal in 1822.” [1]
"""


def picture(browser: Browser, site: Site, name: str, path: str, act: Callable[[Page], object], **options: Any) -> Any:
    """Open a page, do something there, and store how it looks; return the cookies."""
    # Without motion, a picture never shows the middle of a transition.
    context = browser.new_context(base_url=site.url, reduced_motion="reduce", **options)
    page = context.new_page()
    page.goto(path)
    act(page)
    page.evaluate("() => document.activeElement?.blur()")
    page.screenshot(path=DOCS / f"{name}.png")
    state = context.storage_state()
    context.close()
    return state


def look_up(page: Page) -> None:
    """Follow the first quotation to its words."""
    page.locator(".chip").first.click()
    page.wait_for_function("() => CSS.highlights.has('quoted')")


def stay(page: Page) -> None:
    """Leave the page as it opens."""
    page.wait_for_load_state()


def main() -> None:
    """Write the PNG files."""
    with FakeModel() as model, running_site(OPENAI_BASE_URL=model.base_url) as site, sync_playwright() as playwright:
        browser = launch(playwright)
        model.script(ANSWER)
        address = ""

        def have_it_answered(page: Page) -> None:
            nonlocal address
            sign_up(page, "marianne")
            ask(page, QUESTION)
            has_ended(page)
            address = page.url
            look_up(page)

        reader = picture(browser, site, "answer", ARTICLE, have_it_answered, **DESK)
        night = {"color_scheme": "dark", "storage_state": reader, **DESK}
        picture(browser, site, "answer-dark", address, look_up, **night)
        picture(browser, site, "answer-phone", address, stay, storage_state=reader, **PHONE)
        picture(browser, site, "front", "/", stay, **DESK)
        site.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        manage(site, "createsuperuser", "--noinput", "--username", "eve", "--email", "eve@example.org")
        picture(browser, site, "admin", "/admin/", lambda page: log_in(page, "eve"), **DESK)
        browser.close()


if __name__ == "__main__":
    main()
