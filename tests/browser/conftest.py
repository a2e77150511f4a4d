"""What all browser tests share: one Chromium, two sites, and pages that fail their test when anything complains."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import TIMEOUT_MS, Watch, launch
from tests.browser.stage import running_site
from tests.browser.steps import ARTICLE, sign_up
from tests.fake_model import FakeModel
from tests.site import Site

NAME = "amelie"
# Lets a test break the connection under an answer, and see how far every pane is scrolled.
TOOLS = """
  const drops = [], send = fetch;
  window.fetch = (address, options) => {
    const control = new AbortController();
    drops.push(control);
    return send(address, { ...options, signal: control.signal });
  };
  window.dropStream = () => drops.forEach((control) => control.abort());
  window.scrolled = () => [...document.querySelectorAll("*")].filter((e) => e.scrollTop > 0).map((e) => e.scrollTop);
"""


# Not for the whole session: while Playwright's event loop stands in this thread, Django refuses the ORM to other tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests; it takes seconds to start."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watch]:
    """Opens pages; at the end of the test no page may have complained."""
    watch = Watch(browser)
    yield watch
    watch.close()


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """The site as it is without a model: it quotes."""
    with running_site() as site:
        yield site


@pytest.fixture(scope="package")
def model_site(fake_model: FakeModel) -> Iterator[Site]:
    """The site with a model that the tests script."""
    with running_site(OPENAI_BASE_URL=fake_model.base_url) as site:
        yield site


@pytest.fixture
def model(fake_model: FakeModel) -> FakeModel:
    """The model, with nothing left of the test before."""
    fake_model.reset()
    return fake_model


def storage_of_new_reader(browser: Browser, site: Site) -> Any:
    """Sign up once for many tests; return the cookies."""
    watch = Watch(browser)
    page = watch.open(site.url)
    page.goto(ARTICLE)
    sign_up(page, NAME)
    state = page.context.storage_state()
    watch.close()
    return state


@pytest.fixture(scope="package")
def reader_state(browser: Browser, site: Site) -> Any:
    """The cookies of a reader of the site that quotes."""
    return storage_of_new_reader(browser, site)


@pytest.fixture
def reader_name(reader_state: Any) -> str:
    """The name with which that reader logs in."""
    return NAME


@pytest.fixture(scope="package")
def model_reader(browser: Browser, model_site: Site) -> Any:
    """The cookies of a reader of the site with a model."""
    return storage_of_new_reader(browser, model_site)


@pytest.fixture
def reader(watch: Watch, model_site: Site, model_reader: Any) -> Page:
    """The article, open and read by someone who is logged in, on the site with a model."""
    page = watch.open(model_site.url, storage_state=model_reader)
    page.add_init_script(TOOLS)
    page.goto(ARTICLE)
    return page
