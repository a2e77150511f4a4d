"""The box one writes in: its keys, sending once, and never losing a word."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, PHONE, answer, ask, box, has_ended, questions
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.site import Site

pytestmark = pytest.mark.browser

TEXT = "What is a festival?"


@pytest.fixture
def asked(reader: Page, model: FakeModel) -> list[dict[str, Any]]:
    """The questions that the page has posted so far."""
    bodies: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/chat?" in request.url:
            bodies.append(json.loads(request.post_data or ""))

    reader.on("request", note)
    model.script("A day to celebrate.")
    return bodies


def test_enter_sends(reader: Page, asked: list[dict[str, Any]]) -> None:
    ask(reader, TEXT)
    has_ended(reader)
    assert [question["message"] for question in asked] == [TEXT]
    expect(box(reader)).to_have_value("")
    expect(box(reader)).to_be_focused()


def test_shift_enter_makes_a_new_line(reader: Page, asked: list[dict[str, Any]]) -> None:
    box(reader).fill("one")
    box(reader).press("Shift+Enter")
    box(reader).press_sequentially("two")
    expect(box(reader)).to_have_value("one\ntwo")
    box(reader).press("Enter")
    has_ended(reader)
    assert questions(reader).locator(".words").inner_text() == "one\ntwo"


def test_enter_that_ends_a_composition_does_not_send(reader: Page, asked: list[dict[str, Any]]) -> None:
    box(reader).focus()
    session = reader.context.new_cdp_session(reader)
    session.send("Input.imeSetComposition", {"text": "まつり", "selectionStart": 3, "selectionEnd": 3})
    expect(box(reader)).to_have_value("まつり")
    reader.keyboard.press("Enter")
    expect(questions(reader)).to_have_count(0)
    assert asked == []


@pytest.mark.parametrize("sign", ["keyCode: 229", "isComposing: true"])
def test_both_signs_of_a_composition_are_known(reader: Page, asked: list[dict[str, Any]], sign: str) -> None:
    box(reader).fill(TEXT)
    press = f"""(box) => box.dispatchEvent(
        new KeyboardEvent("keydown", {{ key: "Enter", {sign}, bubbles: true, cancelable: true }}))"""
    assert box(reader).evaluate(press) is True  # not handled
    assert asked == []


def test_enter_makes_a_new_line_on_touch_and_the_button_sends(
    watch: Watch, model_site: Site, model_reader: Any
) -> None:
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto(ARTICLE)
    box(page).fill("one")
    box(page).press("Enter")
    expect(box(page)).to_have_value("one\n")
    page.get_by_role("button", name="Ask", exact=True).tap()
    expect(questions(page)).to_have_count(1)
    has_ended(page)


def test_a_blank_question_is_not_sent(reader: Page, asked: list[dict[str, Any]]) -> None:
    box(reader).fill("  \n ")
    box(reader).press("Enter")
    reader.get_by_role("button", name="Ask", exact=True).click()
    expect(questions(reader)).to_have_count(0)
    assert asked == []


def test_two_clicks_and_two_enters_send_once(reader: Page, asked: list[dict[str, Any]]) -> None:
    box(reader).fill(TEXT)
    reader.get_by_role("button", name="Ask", exact=True).dblclick()
    has_ended(reader)
    box(reader).fill("again")
    reader.evaluate(
        """() => {
            const enter = { key: "Enter", bubbles: true, cancelable: true };
            for (let i = 0; i < 2; i++) message.dispatchEvent(new KeyboardEvent("keydown", enter));
        }"""
    )
    expect(questions(reader)).to_have_count(2)
    has_ended(reader)
    assert [question["message"] for question in asked] == [TEXT, "again"]


def test_enter_while_an_answer_is_written_keeps_the_text(reader: Page, model: FakeModel) -> None:
    model.script(say("one", " two", pause_after=1))
    ask(reader, TEXT)
    expect(answer(reader).locator(".block")).to_have_count(1)
    ask(reader, "And then?")
    expect(reader.locator("#status")).to_contain_text("Wait until")
    expect(box(reader)).to_have_value("And then?")
    model.go()
    has_ended(reader)
    expect(questions(reader)).to_have_count(1)


FAILURES = [
    (None, "no connection"),
    ({"status": 500, "body": "<h1>Server Error</h1>"}, "error 500"),
    ({"status": 429, "json": {"error": "You have reached the limit.", "code": "over_quota"}}, "reached the limit"),
    ({"status": 413, "json": {"error": "The message is too long.", "code": "too_long"}}, "too long"),
    ({"status": 503, "json": {"error": "The site is being updated.", "code": "draining"}}, "being updated"),
    ({"status": 200, "content_type": "text/event-stream", "body": ": hb\n\n"}, "no connection"),
    ({"status": 200, "content_type": "text/html", "body": "<p>Log in to the hotel's network</p>"}, "no connection"),
]


@pytest.mark.parametrize(("failure", "sentence"), FAILURES)
def test_a_failed_send_keeps_the_text_and_can_be_repeated(
    reader: Page, asked: list[dict[str, Any]], watch: Watch, failure: dict[str, Any] | None, sentence: str
) -> None:
    watch.expect_complaint(r"Failed to load resource")

    def fail(route: Route) -> None:
        route.fulfill(**failure) if failure else route.abort()

    reader.route("**/chat?*", fail, times=1)
    ask(reader, TEXT)
    expect(reader.locator("#problem")).to_contain_text(sentence)
    expect(box(reader)).to_have_value(TEXT)
    expect(questions(reader)).to_have_count(0)
    box(reader).press("Enter")
    has_ended(reader)
    expect(reader.locator("#problem")).to_be_hidden()
    assert asked[0]["key"] == asked[1]["key"]


def test_a_question_that_was_stored_before_the_connection_broke_is_not_asked_twice(
    reader: Page, asked: list[dict[str, Any]], watch: Watch, model: FakeModel
) -> None:
    watch.expect_complaint(r"Failed to load resource")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    calls = len(model.requests)
    reader.route("**/chat?*", lose_the_answer, times=1)
    ask(reader, TEXT)
    expect(reader.locator("#problem")).to_be_visible()
    box(reader).press("Enter")
    has_ended(reader)
    expect(questions(reader)).to_have_count(1)
    assert len(model.requests) == calls + 1


def test_another_text_after_a_failure_is_another_question(
    reader: Page, asked: list[dict[str, Any]], watch: Watch
) -> None:
    watch.expect_complaint(r"Failed to load resource")
    reader.route("**/chat?*", lambda route: route.abort(), times=1)
    ask(reader, TEXT)
    expect(reader.locator("#problem")).to_be_visible()
    ask(reader, "Something else?")
    has_ended(reader)
    assert asked[0]["key"] != asked[1]["key"]


def test_what_is_written_while_sending_stays(reader: Page, asked: list[dict[str, Any]]) -> None:
    def write_meanwhile(route: Route) -> None:
        box(reader).press_sequentially(" And why?")
        route.continue_()

    reader.route("**/chat?*", write_meanwhile, times=1)
    ask(reader, TEXT)
    has_ended(reader)
    expect(box(reader)).to_have_value("And why?")


def test_the_tab_says_that_an_answer_is_ready_while_nobody_looks(reader: Page, asked: list[dict[str, Any]]) -> None:
    hide = """(isHidden) => {
        Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    reader.evaluate(hide, True)
    title = reader.title()
    ask(reader, TEXT)
    has_ended(reader)
    assert reader.title() == f"● {title}"
    reader.evaluate(hide, False)
    assert reader.title() == title
