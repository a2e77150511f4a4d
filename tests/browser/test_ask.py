"""A reader's whole way, as the site is when no model is connected: read, sign up, ask, see a quotation, look it up."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, PHONE, answer, ask, box, has_ended, is_inside, log_in, questions, sign_up
from tests.site import Site

pytestmark = pytest.mark.browser

QUESTION = "When is Bastille Day?"
CONVERSATION = re.compile(r"/conversations/[0-9a-f-]{36}/(#m-[0-9a-f-]{36})?$")


def see_the_verified_quotation(page: Page) -> None:
    """Expect the answer to the question, and one verified quotation with the date."""
    reply = has_ended(page)
    expect(reply.locator(".blocks")).to_contain_text("14 July")
    expect(reply.locator(".citation .exact").first).to_contain_text("14 July")


def test_a_new_reader_signs_up_asks_and_gets_a_verified_quotation(watch: Watch, site: Site) -> None:
    page = watch.open(site.url)
    page.goto("/")
    page.get_by_role("link", name="Read the article").click()
    sign_up(page, "marianne")
    expect(page).to_have_url(re.compile(ARTICLE))
    ask(page, QUESTION)
    see_the_verified_quotation(page)
    expect(questions(page)).to_have_text(re.compile(re.escape(QUESTION)))
    expect(page).to_have_url(CONVERSATION)
    expect(box(page)).to_have_value("")
    page.reload()
    see_the_verified_quotation(page)


@pytest.fixture
def page(watch: Watch, site: Site, reader_state: Any) -> Page:
    """The article, read by someone who is logged in."""
    page = watch.open(site.url, storage_state=reader_state)
    page.goto(ARTICLE)
    return page


def test_a_quotation_leads_to_its_words_in_the_article_beside(page: Page) -> None:
    ask(page, QUESTION)
    link = has_ended(page).locator(".citation a").first
    anchor = re.findall(r"#([^:]+):~:text=", link.get_attribute("href") or "")[0]
    page.evaluate("() => { window.isSamePage = true; }")
    link.click()
    expect(page).to_have_url(re.compile(f"/conversations/.*#{re.escape(anchor)}$"))
    expect(page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    assert page.evaluate("() => window.isSamePage")


def test_a_quotation_leads_to_the_section_without_scripts_too(watch: Watch, site: Site, reader_state: Any) -> None:
    page = watch.open(site.url, storage_state=reader_state, java_script_enabled=False)
    page.goto(ARTICLE)
    box(page).fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url(CONVERSATION)
    see_the_verified_quotation(page)
    link = answer(page).locator(".citation a").first
    anchor = re.findall(r"#([^:]+):~:text=", link.get_attribute("href") or "")[0]
    link.click()
    expect(page.locator(f"[id='{anchor}']")).to_be_in_viewport()


def test_the_conversation_goes_on_without_another_page(page: Page) -> None:
    ask(page, QUESTION)
    has_ended(page)
    expect(page).to_have_url(CONVERSATION)
    address = page.url
    ask(page, "And when is Thanksgiving?")
    expect(questions(page)).to_have_count(2)
    has_ended(page)
    assert page.url == address
    page.reload()
    expect(questions(page)).to_have_count(2)


def test_a_question_one_could_ask_is_asked_with_a_click(page: Page) -> None:
    suggestion = page.locator("#conversation .questions button").first
    words = suggestion.inner_text()
    suggestion.click()
    has_ended(page)
    expect(questions(page).locator(".words")).to_have_text(words)
    expect(page.locator(".empty")).to_be_hidden()


def test_an_answer_is_followed_by_questions_that_are_asked_with_a_click(page: Page) -> None:
    ask(page, QUESTION)
    offered = has_ended(page).locator(".questions button")
    expect(offered).to_have_count(3)
    expect(page.locator("#status")).to_have_text("Answer complete")  # nothing more is read out
    words = offered.all_inner_texts()
    page.reload()
    expect(answer(page).locator(".questions button")).to_have_text(words)
    offered.nth(1).click()
    expect(questions(page)).to_have_count(2)
    expect(questions(page).last.locator(".words")).to_have_text(words[1])
    expect(has_ended(page).locator(".citation")).not_to_have_count(0)
    expect(page.locator("#messages .questions")).to_have_count(1)


def test_the_questions_below_an_answer_are_asked_without_scripts(watch: Watch, site: Site, reader_state: Any) -> None:
    page = watch.open(site.url, storage_state=reader_state, java_script_enabled=False)
    page.goto(ARTICLE)
    page.locator("#conversation .questions button").first.click()
    page.wait_for_url(CONVERSATION)
    offered = has_ended(page).locator(".questions button").first
    words = offered.inner_text()
    offered.click()
    expect(questions(page).last.locator(".words")).to_have_text(words)
    expect(has_ended(page).locator(".citation")).not_to_have_count(0)


def test_an_unanswerable_question_is_refused_without_a_quotation(page: Page) -> None:
    ask(page, "Which graphics card runs Quake fastest?")
    expect(has_ended(page).locator(".citation")).to_have_count(0)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_visitors_question_waits_for_the_login(watch: Watch, site: Site, reader_name: str, has_scripts: bool) -> None:
    page = watch.open(site.url, java_script_enabled=has_scripts)
    page.goto(ARTICLE)
    box(page).fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    log_in(page, reader_name)
    expect(page).to_have_url(re.compile(ARTICLE))
    expect(box(page)).to_have_value(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page).to_have_url(CONVERSATION)
    see_the_verified_quotation(page)


def test_a_question_waits_for_the_login_when_the_session_has_ended(page: Page, watch: Watch, reader_name: str) -> None:
    watch.expect_complaint("401")
    page.context.clear_cookies(name="sessionid")
    ask(page, QUESTION)
    log_in(page, reader_name)
    expect(box(page)).to_have_value(QUESTION)


def test_a_login_in_another_tab_does_not_make_sending_fail(page: Page, watch: Watch, reader_name: str) -> None:
    watch.expect_complaint("403")
    page.context.clear_cookies()
    other = page.context.new_page()
    other.goto(f"/accounts/login/?next={ARTICLE}")
    log_in(other, reader_name)
    expect(other).to_have_url(re.compile(ARTICLE))
    ask(page, QUESTION)
    see_the_verified_quotation(page)


def test_the_newest_question_is_in_view_on_a_phone(watch: Watch, site: Site, reader_state: Any) -> None:
    page = watch.open(site.url, storage_state=reader_state, **PHONE)
    page.goto("/conversations/new/")
    box(page).fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).tap()
    see_the_verified_quotation(page)
    assert is_inside(page, questions(page).last)
