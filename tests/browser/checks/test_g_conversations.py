"""Checks 56 to 60, and what 1, 2, 31 and 62 say of the list: conversations as a whole."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, PHONE, answer, ask, box, has_ended
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.site import Site

pytestmark = pytest.mark.browser

LIST = "/conversations/"
NEW = "/conversations/new/"
OPENER = "Show your conversations"
CODE = re.compile(r"/conversations/([0-9a-f-]{36})/")


@pytest.fixture
def page(watch: Watch, model_site: Site, model_reader: Any, model: FakeModel) -> Page:
    """A new conversation about all articles, on a desk."""
    page = watch.open(model_site.url, storage_state=model_reader)
    page.goto(NEW)
    return page


@pytest.fixture
def phone(watch: Watch, model_site: Site, model_reader: Any, model: FakeModel) -> Page:
    """The same on a phone."""
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto(NEW)
    return page


def begin(page: Page, question: str, place: str = NEW) -> str:
    """Ask in a new conversation, wait for the end of the answer, and return the conversation's path."""
    page.goto(place)
    put(page, question)
    expect(page).to_have_url(CODE)
    found = CODE.search(page.url)
    assert found
    return found[0]


def put(page: Page, question: str) -> None:
    """Ask, with the button, and wait for the end of the answer."""
    count = page.locator("#messages > .reply").count()
    page.wait_for_load_state()
    box(page).fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#messages > .reply")).to_have_count(count + 1)
    has_ended(page)


def nav(page: Page) -> Locator:
    """Return the list beside or above the page."""
    return page.get_by_role("navigation", name="Conversations")


def item(page: Page, title: str) -> Locator:
    """Return a conversation in the list that is seen."""
    return page.locator("li[data-conversation]:visible").filter(has_text=title)


def other_tab(page: Page, path: str = LIST) -> Page:
    """Open another tab of the same browser."""
    tab = page.context.new_page()
    tab.goto(path)
    page.bring_to_front()  # a page behind another one is not drawn, and cannot be clicked
    return tab


def test_01_list_conversation_and_article_are_three_landmarks(page: Page) -> None:
    """On a desk a conversation is one `main`, with the list in a `nav` and the article in an `aside`."""
    page.goto(begin(page, "When is the feast?", ARTICLE))
    expect(page.get_by_role("main")).to_have_count(1)
    expect(nav(page)).to_be_visible()
    expect(page.get_by_role("complementary", name="Article")).to_be_visible()
    names = page.get_by_role("navigation").evaluate_all("(all) => all.map((nav) => nav.ariaLabel)")
    assert len(names) == len(set(names))
    expect(nav(page).locator("[aria-current]")).to_have_text("When is the feast?")


def test_02_on_a_phone_the_list_is_a_drawer(phone: Page) -> None:
    """Closed at start; a button opens it; Esc, a tap beside it and an item close it; the button has the focus then.

    It is a popover, not a `<dialog>`: so it opens without scripts, too.
    """
    path = begin(phone, "What is in the drawer?")
    opener = phone.get_by_role("button", name=OPENER)
    expect(nav(phone)).to_be_hidden()
    for close in (lambda: phone.keyboard.press("Escape"), lambda: phone.touchscreen.tap(388, 110)):
        opener.click()
        expect(nav(phone)).to_be_visible()
        expect(nav(phone).get_by_role("button", name="Close")).to_be_focused()
        close()
        expect(nav(phone)).to_be_hidden()
        expect(opener).to_be_focused()
    phone.goto(NEW)
    opener.click()
    item(phone, "What is in the drawer?").first.get_by_role("link").click()
    expect(phone).to_have_url(re.compile(path))
    expect(nav(phone)).to_be_hidden()


def test_02_the_drawer_opens_without_scripts(watch: Watch, model_site: Site, model_reader: Any) -> None:
    page = watch.open(model_site.url, storage_state=model_reader, java_script_enabled=False, **PHONE)
    page.goto(ARTICLE)
    page.get_by_role("button", name=OPENER).click()
    nav(page).get_by_role("link", name="All conversations").click()
    expect(page).to_have_url(re.compile(f"{LIST}$"))


def test_31_leaving_does_not_stop_an_answer_and_the_list_shows_its_state(page: Page, model: FakeModel) -> None:
    """An answer goes on without its page; the list of another page shows it as running, then as new, by itself."""
    model.script(say("One ", "two.", pause_after=1))
    ask(page, "Who writes on alone?")
    expect(answer(page)).to_contain_text("One")
    path = CODE.search(page.url)
    page.goto(LIST)
    expect(item(page, "Who writes on alone?")).to_contain_text("being answered")
    model.go()
    expect(item(page, "Who writes on alone?")).to_contain_text("new answer")
    assert path
    page.goto(path[0])
    expect(has_ended(page)).to_contain_text("One two.")
    page.goto(LIST)
    expect(item(page, "Who writes on alone?")).not_to_contain_text("new answer")


def test_31_an_answer_that_ends_on_the_open_page_is_not_new(page: Page, model: FakeModel) -> None:
    begin(page, "Who watches the end?")
    tab = other_tab(page)
    expect(item(tab, "Who watches the end?")).to_be_visible()
    expect(item(tab, "Who watches the end?")).not_to_contain_text("new answer")


@pytest.mark.parametrize("way", ["F2", "double click"])
def test_56_a_conversation_is_renamed_in_its_place(page: Page, way: str) -> None:
    """F2 or a double click makes a box of the name; Esc restores it, Enter saves it, and the focus is back on the item.

    A list in another tab shows the new name by itself.
    """
    begin(page, f"Old name by {way}")
    tab = other_tab(page)
    current = nav(page).locator("[aria-current]")
    for key, name in (("Escape", f"Old name by {way}"), ("Enter", f"New name by {way}")):
        if way == "F2":
            current.focus()
            page.keyboard.press("F2")
        else:
            current.dblclick()
        field = nav(page).get_by_label("Name", exact=True)
        expect(field).to_be_focused()
        field.fill(f"New name by {way}")
        field.press(key)
        expect(current).to_have_text(name)
        expect(current).to_be_focused()
    expect(item(tab, f"New name by {way}")).to_be_visible()
    page.reload()
    expect(current).to_have_text(f"New name by {way}")


def test_57_a_deletion_can_be_undone_and_focus_goes_to_the_next_item(page: Page) -> None:
    """Undo stays for more than 5 s; the focus goes to the next item, never to the body; another tab follows."""
    for title in ("Stays first", "Goes away"):
        begin(page, title)
    tab = other_tab(page)
    page.goto(LIST)
    item(page, "Goes away").get_by_role("link", name="Delete").click()
    expect(item(page, "Goes away")).to_have_count(0)
    expect(item(page, "Stays first").get_by_role("link").first).to_be_focused()
    expect(item(tab, "Goes away")).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    page.wait_for_timeout(5_500)  # that it stays is what is looked at
    expect(undo).to_be_visible()
    undo.click()
    expect(page.get_by_role("heading", name="Goes away")).to_be_visible()
    expect(item(tab, "Goes away")).to_be_visible()


def test_57_focus_goes_to_the_next_item_when_the_hint_is_quicker_than_the_answer(page: Page) -> None:
    """The socket may have taken the item out of the list before the server's answer to the deletion arrives."""
    for title in ("Still there", "Gone before"):
        begin(page, title)
    page.goto(LIST)

    def late(route: Route) -> None:
        response = route.fetch()
        expect(item(page, "Gone before")).to_have_count(0)
        route.fulfill(response=response)

    page.route("**/delete/", late)
    item(page, "Gone before").get_by_role("link", name="Delete").click()
    expect(item(page, "Still there").get_by_role("link").first).to_be_focused()


def test_57_deleting_the_open_conversation_leads_to_the_list_with_undo(page: Page) -> None:
    path = begin(page, "Open and deleted")
    page.goto(path)
    page.get_by_role("main").get_by_role("link", name="Delete").click()
    expect(page).to_have_url(re.compile(r"/conversations/\?deleted=1$"))
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(item(page, "Open and deleted")).to_have_count(0)


def test_58_search_opens_from_anywhere_and_leads_to_the_message(page: Page, model: FakeModel) -> None:
    """Ctrl+K opens it on a page that is no conversation; the hit is marked, and its link shows that message."""
    model.script(*[say(f"Filling {number}.\n\n" * 40) for number in range(2)], say("It is a xylophone."))
    path = begin(page, "What fills the page?")
    for question in ("And more?", "What rings?"):
        put(page, question)
    page.goto(ARTICLE)
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    search = nav(page).get_by_role("searchbox")
    expect(search).to_be_focused()
    search.fill("xyloph")
    search.press("Enter")
    expect(page.locator("mark").first).to_have_text("xylophone")
    page.get_by_role("main").get_by_role("link", name="What fills the page?").first.click()
    expect(page).to_have_url(re.compile(rf"{path}\?message=([0-9a-f-]{{36}})#m-\1$"))
    expect(page.get_by_text("It is a xylophone.")).to_be_in_viewport()


def test_58_search_works_without_scripts(watch: Watch, page: Page, model_site: Site, model_reader: Any) -> None:
    begin(page, "Where do glockenspiels ring?")
    plain = watch.open(model_site.url, storage_state=model_reader, java_script_enabled=False)
    plain.goto(LIST)
    plain.get_by_role("main").get_by_role("searchbox").fill("glockenspiels")
    plain.get_by_role("button", name="Search").click()
    expect(plain.locator("mark")).to_have_text("glockenspiels")


def test_59_a_copy_is_shared_without_names_until_it_is_revoked(watch: Watch, page: Page, model_site: Site) -> None:
    """The page says before who sees what; the copy has no name, no later message, `noindex`; revoked, it is gone."""
    path = begin(page, "What may be shared?")
    page.goto(f"{path}share/")
    expect(page.get_by_role("main")).to_contain_text("Everyone who has the link can read it")
    expect(page.get_by_role("main")).to_contain_text("later is not included")
    page.get_by_role("button", name="Make a link").click()
    address = page.locator(".address a").get_attribute("href") or ""
    page.goto(path)
    put(page, "What is said later?")

    guest = watch.open(model_site.url)
    guest.goto(address)
    expect(guest.get_by_role("main")).to_contain_text("What may be shared?")
    expect(guest.get_by_role("main")).not_to_contain_text("What is said later?")
    assert "amelie" not in guest.content()
    expect(guest.locator('meta[name="robots"]')).to_have_attribute("content", "noindex")

    page.goto(f"{path}share/")
    page.get_by_role("button", name="Revoke").click()
    watch.expect_complaint("404|Content Security Policy|CSP: style")  # of Django's own page for developers
    response = guest.reload()
    assert response
    assert response.status == 404


def test_60_a_file_keeps_the_address_of_every_chip(watch: Watch, site: Site, reader_state: Any, tmp_path: Path) -> None:
    """Markdown and JSON have the address of every quotation that the page shows."""
    page = watch.open(site.url, storage_state=reader_state)
    page.goto(ARTICLE)
    ask(page, "When is Bastille Day?")
    chips = has_ended(page).locator(".chip").evaluate_all("(all) => all.map((chip) => chip.getAttribute('href'))")
    assert chips
    found = CODE.search(page.url)
    assert found
    page.goto(f"{found[0]}share/")
    for name in ("Markdown", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        text = file.read_text()
        assert all(urljoin(site.url, chip) in text for chip in chips)
        if name == "JSON":
            assert json.loads(text)["messages"][1]["citations"]


def test_62_question_mark_lists_the_keys_but_not_while_typing(page: Page) -> None:
    """`?` shows the keys; in a box it is a letter like any other."""
    keys = page.get_by_role("dialog", name="Keys")
    box(page).press("?")
    expect(box(page)).to_have_value("?")
    expect(keys).to_be_hidden()
    page.get_by_role("heading").first.click()
    page.keyboard.press("?")
    expect(keys).to_contain_text("Ctrl K")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_62_the_list_is_used_by_keyboard_alone(page: Page) -> None:
    """Find, rename, delete and restore a conversation without a mouse."""
    begin(page, "By keys alone")
    page.goto(LIST)
    link = item(page, "By keys alone").get_by_role("link").first
    link.focus()
    page.keyboard.press("F2")
    page.keyboard.type("Renamed by keys")
    page.keyboard.press("Enter")
    row = item(page, "Renamed by keys")
    expect(row.get_by_role("link").first).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(row.get_by_role("link", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Renamed by keys")).to_be_visible()
