"""The editor's desk in the browser: writing, seeing before, changing, having back, taking out and bringing in."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests.browser.axe import violations
from tests.browser.chromium import Watch
from tests.browser.stage import manage, running_site
from tests.browser.steps import PASSWORD, ask, has_ended, log_in, sign_up
from tests.site import Site

pytestmark = pytest.mark.browser

EDITOR = "edith"
FIRST = "## Lanterns\n\nOn the first evening of the feast every house hangs out three lanterns.\n"
SECOND = FIRST.replace("three", "seven")
# So long a page that asks is given to be left after all.
LEAVING_MS = 2000
# Colours of the admin's links change gradually.
SETTLED = "() => Promise.all(document.getAnimations().map((each) => each.finished))"
ARTICLES = "/admin/chat/article/"


@pytest.fixture(scope="module")
def desk() -> Iterator[Site]:
    """A site of its own, whose articles the tests change."""
    with running_site() as site:
        site.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        manage(site, "createsuperuser", "--noinput", "--username", EDITOR, "--email", "edith@example.org")
        yield site


@pytest.fixture
def page(watch: Watch, desk: Site) -> Page:
    """The list of articles, open before an editor."""
    page = watch.open(desk.url, viewport={"width": 1280, "height": 900})
    page.goto(ARTICLES)
    log_in(page, EDITOR)
    expect(page.locator("#result_list")).to_be_visible()
    return page


def looks_good(page: Page, heading: str) -> None:
    """Check the page by day and night, wide and narrow: nothing for axe to say, nothing beyond the edge."""
    expect(page.locator("#content h1")).to_have_text(heading)
    page.wait_for_load_state()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate(SETTLED)
            assert violations(page) == [], (page.url, width, scheme)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, (page.url, width)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def row(page: Page, title: str) -> Locator:
    """Return the link of an article in the list."""
    return page.locator("#result_list").get_by_role("link", name=title, exact=True)


def write(page: Page, title: str, text: str) -> None:
    page.get_by_role("link", name="Add article").first.click()
    page.get_by_label("Title:").fill(title)
    page.get_by_label("Text:", exact=True).fill(text)


def save(page: Page, status: str = "Published") -> None:
    page.get_by_label("Status:").select_option(label=status)
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist li").first).to_be_visible()


def exported(page: Page) -> bytes:
    """Take all articles out."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Export all as zip").click()
    return Path(download.value.path()).read_bytes()


def test_an_article_from_its_first_word_to_its_old_text_restored(page: Page, watch: Watch, desk: Site) -> None:
    write(page, "The feast of lanterns", FIRST)
    preview = page.locator(".preview .prose")
    expect(preview.locator("h2#lanterns")).to_have_text("Lanterns")
    looks_good(page, "Add article")
    page.locator("#id_published_at_0").fill("2126-01-02")
    page.locator("#id_published_at_1").fill("03:04:05")
    save(page)
    expect(page.locator("#result_list tbody tr", has_text="The feast of lanterns")).to_contain_text("Scheduled")

    reader = watch.open(desk.url)
    reader.goto("/articles/celebration/")
    sign_up(reader, "lena")
    assert reader.request.get("/articles/the-feast-of-lanterns/").status == 404
    row(page, "The feast of lanterns").click()
    page.locator("#id_published_at_0").fill("2026-01-02")
    save(page)
    expect(page.locator("#result_list tbody tr", has_text="The feast of lanterns")).to_contain_text("Published")
    reader.goto("/articles/the-feast-of-lanterns/")
    ask(reader, "How many lanterns does every house hang out?")
    reply = has_ended(reader)
    citation = reply.locator(".citation a").first
    expect(citation).to_contain_text("three")

    row(page, "The feast of lanterns").click()
    page.get_by_label("Text:", exact=True).fill(SECOND)
    expect(preview).to_contain_text("seven")
    page.get_by_label("What changed").fill("Counted again")
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("Revision 2")

    row(page, "The feast of lanterns").click()
    page.get_by_role("link", name="all revisions and what changed").click()
    looks_good(page, "Revisions of “The feast of lanterns”")
    page.get_by_role("link", name="Changes of revision 2").click()
    expect(page.locator(".differences del")).to_contain_text("three")
    expect(page.locator(".differences ins")).to_contain_text("seven")
    looks_good(page, "Changes from revision 1 to 2")
    page.get_by_role("link", name="Restore revision 1").click()
    looks_good(page, "Restore revision 1")
    page.get_by_label("Reason").fill("Three it was")
    page.get_by_role("button", name="Restore revision 1").click()
    expect(page.locator("#content-main tbody tr").first).to_contain_text("Restored from revision 1: Three it was")

    reader.reload()
    has_ended(reader).locator(".citation a").first.click()
    expect(reader.locator("#article")).to_have_attribute("data-revision", "1")
    expect(reader.locator("#article")).to_contain_text("three")


def test_articles_go_out_and_come_in_to_the_byte(page: Page, tmp_path: Path) -> None:
    before = exported(page)
    with zipfile.ZipFile(io.BytesIO(before)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["celebration.md"] = files["celebration.md"].replace(b"## Introduction", b"## To begin with")
    files["own.md"] = b"# My own\n\nIt was *written* elsewhere.\n"
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as mine:
        for name, data in files.items():
            mine.writestr(name, data)
    looks_good(page, "Select article to change")

    def upload(path: Path) -> None:
        page.goto(f"{ARTICLES}import/")
        page.get_by_label("Zip file").set_input_files(path)
        page.get_by_role("button", name="See what would happen").click()
        expect(page.locator("#plan")).to_be_visible()

    upload(tmp_path / "mine.zip")
    expect(page.get_by_role("row", name="celebration.md")).to_contain_text("new text")
    expect(page.get_by_role("row", name="own.md")).to_contain_text("new, draft")
    looks_good(page, "What the import would do")
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".messagelist")).to_contain_text("1 new, 1 changed")

    after = exported(page)
    assert after != before
    (tmp_path / "after.zip").write_bytes(after)
    upload(tmp_path / "after.zip")
    expect(page.locator("#content-main")).to_contain_text("there is nothing to import")
    page.goto(ARTICLES)
    assert exported(page) == after
    page.goto(f"{ARTICLES}import/")
    looks_good(page, "Import articles")


def test_the_preview_follows_what_is_typed_and_stays_where_it_is(page: Page) -> None:
    row(page, "Celebration").click()
    text = page.get_by_label("Text:", exact=True)
    pane = page.locator(".preview")
    expect(pane.locator("h2").first).to_be_visible()
    text.fill(text.input_value() + "\n\n## After the feast\n\nAll went home.\n")
    heading = pane.locator("#after-the-feast")
    expect(heading).to_be_in_viewport()
    top = pane.evaluate("(element) => element.scrollTop")
    text.fill(text.input_value().replace("All went home", "All of them went home"))
    expect(pane).to_contain_text("All of them went home")
    assert abs(pane.evaluate("(element) => element.scrollTop") - top) < 5
    beside, written = pane.bounding_box(), text.bounding_box()
    assert beside
    assert written
    assert beside["x"] > written["x"] + written["width"] / 2
    page.set_viewport_size({"width": 390, "height": 844})
    beside, written = pane.bounding_box(), text.bounding_box()
    assert beside
    assert written
    assert beside["y"] >= written["y"] + written["height"]
    page.evaluate("() => { document.querySelector('.preview-button').hidden = false }")  # as without scripts
    page.get_by_role("button", name="Preview").click()
    looks_good(page, "Preview")
    page.get_by_role("button", name="Back to the form").click()
    expect(text).to_have_value(re.compile("All of them went home"))


def leaves(page: Page) -> bool:
    """Say whether the page can be left without a question; a question is answered with staying."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="Home").click(no_wait_after=True)
    with suppress(TookTooLong):
        page.wait_for_url(re.compile(r"/admin/$"), timeout=LEAVING_MS)
    return not asked


def test_what_is_not_saved_is_not_left_behind_unasked(page: Page) -> None:
    row(page, "Celebration").click()
    summary = page.get_by_label("Summary:")
    before = summary.input_value()
    summary.press_sequentially("!")
    assert not leaves(page)
    summary.fill(before)
    assert leaves(page)


def test_without_scripts_the_preview_is_a_page_and_nothing_is_lost(browser: Browser, watch: Watch, desk: Site) -> None:
    page = watch.open(desk.url, java_script_enabled=False)
    page.goto(f"{ARTICLES}add/")
    log_in(page, EDITOR)
    page.get_by_label("Title:").fill("Quiet")
    page.get_by_label("Text:", exact=True).fill("\n## Quiet\n\nNo *script* ran.\n")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview h2")).to_have_text("Quiet")
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("Title:")).to_have_value("Quiet")
    expect(page.get_by_label("Text:", exact=True)).to_have_value("\n## Quiet\n\nNo *script* ran.\n")
    page.goto(ARTICLES)
    expect(row(page, "Quiet")).to_have_count(0)


def test_the_second_of_two_editors_sees_both_texts(page: Page, watch: Watch, desk: Site) -> None:
    row(page, "How this site answers").click()
    address = page.url
    other = page.context.new_page()
    other.goto(address)
    for each, words in ((other, "Theirs."), (page, "Mine.")):
        text = each.get_by_label("Text:", exact=True)
        text.fill(f"{text.input_value()}\n{words}\n")
    save(other)
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".errorlist")).to_contain_text(f"{EDITOR} saved revision 2")
    expect(page.locator("#meanwhile del")).to_contain_text("Theirs")
    expect(page.locator("#meanwhile ins")).to_contain_text("Mine")
    looks_good(page, "Change article")
