"""Trying out rules in the browser, without a script: from the form for the next version to an answer, and back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import Watch
from tests.browser.stage import manage, running_site
from tests.browser.steps import PASSWORD, log_in
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.site import Site

pytestmark = pytest.mark.browser

EDITOR = "edith"
DRAFT = "Answer in one sentence."


@pytest.fixture(scope="module")
def desk(fake_model: FakeModel) -> Iterator[Site]:
    """A site with a model, and somebody who may do everything."""
    with running_site(OPENAI_BASE_URL=fake_model.base_url) as site:
        site.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        manage(site, "createsuperuser", "--noinput", "--username", EDITOR, "--email", "edith@example.org")
        yield site


def open_draft(page: Page) -> None:
    """Write rules that are not saved, and go to try them out."""
    page.goto("/admin/chat/prompt/add/")
    log_in(page, EDITOR)
    page.locator("#id_text").fill(DRAFT)
    page.locator("#id_note").fill("Shorter.")
    page.get_by_role("button", name="Try it out first").click()
    expect(page.locator("#content h1")).to_have_text("Try out")


def ask(page: Page, model: FakeModel) -> None:
    """Ask the article of the site that is about celebrations."""
    model.script(say("Bread is shared, and “nothing of this stands in there” [1]."))
    page.locator("#id_article").fill("celebration")
    page.locator("#id_question").fill("What is a celebration?")
    page.get_by_role("button", name="Try it out").click()


def test_without_a_script_a_draft_is_tried_out_and_goes_back(watch: Watch, desk: Site, model: FakeModel) -> None:
    page = watch.open(desk.url, java_script_enabled=False)
    open_draft(page)
    ask(page, model)
    answer = page.get_by_role("region", name="The answer as readers would see it")
    expect(answer.get_by_text("Bread is shared")).to_be_visible()
    expect(answer.locator(".unfound")).to_have_text("not in the article")
    assert model.requests[0].body["messages"][0]["content"].startswith(DRAFT)
    page.get_by_role("button", name="Take the rules to the next version").click()
    expect(page.locator("#id_text")).to_have_value(DRAFT)
    expect(page.locator("#id_note")).to_have_value("Shorter.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text(DRAFT)


def test_axe_has_nothing_to_say_of_an_answer_that_was_tried_out(watch: Watch, desk: Site, model: FakeModel) -> None:
    page = watch.open(desk.url)
    open_draft(page)
    ask(page, model)
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
