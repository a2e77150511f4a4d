"""The admin in the browser: every page under its own policy, without a complaint in the console."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch
from tests.browser.stage import manage
from tests.browser.steps import ARTICLE, PASSWORD, log_in
from tests.site import Site

pytestmark = pytest.mark.browser

EDITOR = "eve"
HREFS = "(links) => links.map((link) => link.getAttribute('href'))"


@pytest.fixture
def admin(watch: Watch, site: Site) -> Page:
    """The admin's first page, after the site's own login."""
    site.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    manage(site, "createsuperuser", "--noinput", "--username", EDITOR, "--email", "eve@example.org")
    page = watch.open(site.url)
    page.goto("/admin/")
    log_in(page, EDITOR)
    expect(page).to_have_url(f"{site.url}/admin/")
    expect(page.locator("#content th a").first).to_be_visible()
    return page


def test_an_editor_publishes_a_change_and_every_page_is_quiet(admin: Page) -> None:
    lists = admin.locator("#content th a").evaluate_all(HREFS)
    assert len(lists) > 3
    for address in lists:
        admin.goto(address)
        row = admin.locator("#result_list tbody th a").first
        if row.count():
            row.click()
            expect(admin.locator("#content h1")).to_be_visible()
    admin.goto("/admin/chat/article/")
    admin.get_by_role("link", name="Celebration", exact=True).click()
    body = admin.locator("textarea[name=body]")
    body.fill(body.input_value() + "\n\n## After the feast\n\nThe lanterns were put away.\n")
    admin.get_by_role("button", name="Save", exact=True).first.click()
    expect(admin.locator(".messagelist .success").first).to_contain_text("Revision 2")
    admin.goto(ARTICLE)
    expect(admin.locator("#article")).to_contain_text("The lanterns were put away.")
