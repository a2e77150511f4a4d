"""Every page of the admin in the browser, with rows of every kind: by day and night, wide and narrow."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import Watch
from tests.browser.stage import manage, running_site
from tests.browser.steps import PASSWORD, log_in
from tests.site import Site

pytestmark = pytest.mark.browser

EDITOR = "edith"
ROWS = 12
# Neither the order of a list nor its second page changes what axe looks at.
ADDRESSES = f"""
import json, logging
from django.test import Client
from chat.models import User
from tests.admin.crowd import fill
from tests.admin.walk import pages
fill({ROWS})
looker = User.objects.get(username="{EDITOR}")
client = Client(headers={{"host": "localhost"}})
client.force_login(looker)
logging.disable()
every = [page for page in pages(looker) if not ("?o=" in page or "?p=" in page)]
answers = {{page: client.get(page) for page in every}}
# Some are not for this row, only by POST, or a file.
is_page = lambda answer: answer.status_code == 200 and not answer.has_header("Content-Disposition")
print(json.dumps([page for page, answer in answers.items() if is_page(answer)]))
"""
# The ends of addresses, a test for each, and the rest.
KINDS = ("/add/", "/change/", "/delete/", "/history/", "?q=7")
REST = "the rest"
# Colours do not depend on the width.
LOOKS = ((1280, "light"), (1280, "dark"), (390, "light"))
# Colours of links change gradually.
SETTLED = "() => Promise.all(document.getAnimations().map((each) => each.finished))"
WIDTH = "() => document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def desk() -> Iterator[Site]:
    """A site of its own, to be filled."""
    with running_site() as site:
        site.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        manage(site, "createsuperuser", "--noinput", "--username", EDITOR, "--email", "edith@example.org")
        yield site


@pytest.fixture(scope="module")
def addresses(desk: Site) -> list[str]:
    """Every page, once the site has rows of every kind."""
    return list(json.loads(manage(desk, "shell", "--verbosity=0", "--command", ADDRESSES)))


@pytest.mark.parametrize("kind", [*KINDS, REST])
def test_no_page_has_anything_for_axe_to_say(watch: Watch, desk: Site, addresses: list[str], kind: str) -> None:
    page = watch.open(desk.url)
    page.goto("/admin/")
    log_in(page, EDITOR)
    expect(page.locator("#content h1")).to_be_visible()
    mine = [address for address in addresses if kind == next((end for end in KINDS if address.endswith(end)), REST)]
    assert mine
    found = []
    for address in mine:
        page.goto(address)
        found += [f"{address} {wrong}" for wrong in look(page)]
    assert not found, "\n".join(found)


def test_an_invitation_is_made_and_its_link_shown(watch: Watch, desk: Site) -> None:
    page = watch.open(desk.url)
    page.goto("/admin/chat/invitation/add/")
    log_in(page, EDITOR)
    page.get_by_label("Note:").fill("for Cara")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("The link:")).to_have_value(re.compile(r"/accounts/signup/\?invitation=[\w-]{43}$"))
    assert not look(page)


def look(page: Page) -> list[str]:
    """Return what is wrong with the page that is open."""
    wrong = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(SETTLED)
        wrong += [f"{width} {scheme}: {line}" for line in violations(page)]
        if (wide := page.evaluate(WIDTH)) > width:
            wrong.append(f"{width}: {wide} wide")
    return wrong
