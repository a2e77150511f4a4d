"""Checks 9 to 19: the box one writes in, its keys, its limit, its drafts, and that it never loses a word."""

import json
import re
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
NEW = "/conversations/new/"
SIZES: list[dict[str, Any]] = [{}, PHONE]


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


@pytest.fixture(params=SIZES, ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, watch: Watch, model_site: Site, model_reader: Any, model: FakeModel) -> Page:
    """A new conversation about all articles, on a desk and on a phone."""
    model.script("A day to celebrate.")
    page = watch.open(model_site.url, storage_state=model_reader, **request.param)
    page.goto(NEW)
    page.wait_for_load_state()
    return page


def send(page: Page) -> None:
    """Press the button."""
    page.get_by_role("button", name="Ask", exact=True).click()


def test_09_enter_sends(reader: Page, asked: list[dict[str, Any]]) -> None:
    """Enter sends, and focus stays in the box."""
    ask(reader, TEXT)
    has_ended(reader)
    assert [question["message"] for question in asked] == [TEXT]
    expect(box(reader)).to_have_value("")
    expect(box(reader)).to_be_focused()


def test_09_shift_enter_makes_a_new_line(reader: Page, asked: list[dict[str, Any]]) -> None:
    """Shift+Enter makes a line, which is sent and shown as one."""
    box(reader).fill("one")
    box(reader).press("Shift+Enter")
    box(reader).press_sequentially("two")
    expect(box(reader)).to_have_value("one\ntwo")
    box(reader).press("Enter")
    has_ended(reader)
    assert questions(reader).locator(".words").inner_text() == "one\ntwo"


def test_10_enter_that_ends_a_composition_does_not_send(reader: Page, asked: list[dict[str, Any]]) -> None:
    """With an input method Enter confirms what is composed."""
    box(reader).focus()
    session = reader.context.new_cdp_session(reader)
    session.send("Input.imeSetComposition", {"text": "まつり", "selectionStart": 3, "selectionEnd": 3})
    expect(box(reader)).to_have_value("まつり")
    reader.keyboard.press("Enter")
    expect(questions(reader)).to_have_count(0)
    assert asked == []


@pytest.mark.parametrize("sign", ["keyCode: 229", "isComposing: true"])
def test_10_both_signs_of_a_composition_are_known(reader: Page, asked: list[dict[str, Any]], sign: str) -> None:
    """Safari ends the composition before Enter: only the key's number 229 is left then."""
    box(reader).fill(TEXT)
    press = f"""(box) => box.dispatchEvent(
        new KeyboardEvent("keydown", {{ key: "Enter", {sign}, bubbles: true, cancelable: true }}))"""
    assert box(reader).evaluate(press) is True  # not handled
    assert asked == []


def test_11_enter_makes_a_new_line_on_touch_and_the_button_sends(
    watch: Watch, model_site: Site, model_reader: Any, model: FakeModel
) -> None:
    """On touch Enter makes a line."""
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto(ARTICLE)
    box(page).fill("one")
    box(page).press("Enter")
    expect(box(page)).to_have_value("one\n")
    page.get_by_role("button", name="Ask", exact=True).tap()
    expect(questions(page)).to_have_count(1)
    has_ended(page)


def height(page: Page) -> float:
    rectangle: Any = box(page).bounding_box()
    return rectangle["height"]


def test_12_the_box_grows_scrolls_and_shrinks(page: Page) -> None:
    """One, six and sixty lines: it grows up to about a third of the window, then scrolls, and is small once sent."""
    heights = []
    for lines in (1, 6, 60):
        box(page).fill("\n".join(["line"] * lines))
        heights.append(height(page))
    window: Any = page.evaluate("() => innerHeight")
    assert heights[0] < heights[1] < heights[2] <= window * 0.4
    assert box(page).evaluate("(box) => box.scrollHeight > box.clientHeight")
    send(page)
    expect(box(page)).to_have_value("")
    assert height(page) == heights[0]
    has_ended(page)


def test_13_a_draft_is_kept_per_conversation(page: Page) -> None:
    """A new conversation and one that is there have each their own, over navigation, reload and in another tab."""
    box(page).fill("for a new one")
    page.goto(ARTICLE)
    expect(box(page)).to_have_value("")
    ask_and_end(page, TEXT)
    box(page).fill("for this one")
    conversation = page.url
    page.goto(NEW)
    expect(box(page)).to_have_value("for a new one")
    page.reload()
    expect(box(page)).to_have_value("for a new one")
    other = page.context.new_page()
    other.goto(conversation)
    expect(box(other)).to_have_value("for this one")
    box(other).press("End")
    box(other).press_sequentially(", too")
    page.goto(conversation)
    expect(box(page)).to_have_value("for this one, too")


def test_13_a_draft_is_gone_after_sending(page: Page) -> None:
    """Neither a reload nor the page on which it was begun shows it again, nor does another tab."""
    other = page.context.new_page()
    other.goto(NEW)
    box(page).fill(TEXT)
    expect(box(other)).to_have_value(TEXT)
    send(page)
    expect(page).to_have_url(re.compile("/conversations/[0-9a-f-]{36}/"))
    expect(box(other)).to_have_value("")
    has_ended(page)
    page.reload()
    expect(box(page)).to_have_value("")
    page.goto(NEW)
    expect(box(page)).to_have_value("")


def ask_and_end(page: Page, text: str) -> None:
    """Ask with the button, which works everywhere, and wait for the end."""
    page.wait_for_load_state()
    box(page).fill(text)
    send(page)
    has_ended(page)


def test_14_a_blank_question_is_not_sent(reader: Page, asked: list[dict[str, Any]]) -> None:
    """Neither Enter nor the button sends white space."""
    box(reader).fill("  \n ")
    box(reader).press("Enter")
    reader.get_by_role("button", name="Ask", exact=True).click()
    expect(questions(reader)).to_have_count(0)
    assert asked == []


def test_14_two_clicks_and_two_enters_send_once(reader: Page, asked: list[dict[str, Any]]) -> None:
    """A double click or a double Enter is one question."""
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


def test_16_typing_goes_on_while_an_answer_is_written(reader: Page, model: FakeModel) -> None:
    """What is typed during an answer stays, also when Enter comes too early."""
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
def test_15_a_failed_send_gives_the_text_back(
    reader: Page, asked: list[dict[str, Any]], watch: Watch, failure: dict[str, Any] | None, sentence: str
) -> None:
    """Whatever the failure, the text is in the box again, and sending it again is the same question."""
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
    expect(questions(reader)).to_have_count(1)


def test_15_a_question_that_was_stored_before_the_connection_broke_is_not_asked_twice(
    reader: Page, asked: list[dict[str, Any]], watch: Watch, model: FakeModel
) -> None:
    """The answer to the request is lost: the server has the question, and knows it again."""
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


def test_15_another_text_after_a_failure_is_another_question(
    reader: Page, asked: list[dict[str, Any]], watch: Watch
) -> None:
    """The key of a question that may have been stored is for its words only."""
    watch.expect_complaint(r"Failed to load resource")
    reader.route("**/chat?*", lambda route: route.abort(), times=1)
    ask(reader, TEXT)
    expect(reader.locator("#problem")).to_be_visible()
    ask(reader, "Something else?")
    has_ended(reader)
    assert asked[0]["key"] != asked[1]["key"]


def test_16_what_is_written_while_sending_stays(reader: Page, asked: list[dict[str, Any]]) -> None:
    """The box is free as soon as a question is on its way."""

    def write_meanwhile(route: Route) -> None:
        box(reader).press_sequentially("And why?")
        route.continue_()

    reader.route("**/chat?*", write_meanwhile, times=1)
    ask(reader, TEXT)
    has_ended(reader)
    expect(box(reader)).to_have_value("And why?")


@pytest.mark.parametrize("path", [NEW, "conversation"])
def test_17_focus_is_in_the_box_of_a_conversation_on_a_desk(
    reader: Page, asked: list[dict[str, Any]], path: str
) -> None:
    """Opening a conversation, sending by key and sending by button: one can go on writing."""
    if path != NEW:
        ask(reader, TEXT)
        has_ended(reader)
        path = reader.url
    reader.goto(path)
    expect(box(reader)).to_be_focused()
    ask(reader, TEXT)
    has_ended(reader)
    expect(box(reader)).to_be_focused()
    ask_and_end(reader, "And why?")
    expect(box(reader)).to_be_focused()


def test_17_no_keyboard_opens_on_touch(watch: Watch, model_site: Site, model_reader: Any) -> None:
    """On touch a mere page load leaves focus where it is."""
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto(NEW)
    page.wait_for_load_state()
    expect(box(page)).not_to_be_focused()


def test_18_arrow_up_edits_the_last_question_and_escape_leaves_it(reader: Page, asked: list[dict[str, Any]]) -> None:
    """ArrowUp in an empty box opens the last question for a change; Esc goes back, with nothing changed."""
    ask(reader, TEXT)
    has_ended(reader)
    expect(questions(reader).get_by_role("button", name="Edit")).to_be_attached()
    box(reader).press("ArrowUp")
    expect(reader.locator("#editing")).to_be_visible()
    expect(box(reader)).to_have_value(TEXT)
    expect(box(reader)).to_be_focused()
    box(reader).press_sequentially(" No.")
    box(reader).press("Escape")
    expect(reader.locator("#editing")).to_be_hidden()
    expect(box(reader)).to_have_value("")
    expect(questions(reader).locator(".words")).to_have_text([TEXT])
    assert len(asked) == 1


def test_18_arrow_up_in_a_text_moves_the_cursor(reader: Page, asked: list[dict[str, Any]]) -> None:
    """Only an empty box gives its key away."""
    ask(reader, TEXT)
    has_ended(reader)
    box(reader).fill("one\ntwo")
    box(reader).press("ArrowUp")
    expect(reader.locator("#editing")).to_be_hidden()
    expect(box(reader)).to_have_value("one\ntwo")


def test_19_a_limit_is_shown_before_sending(page: Page) -> None:
    """50,000 characters are kept and explained, the page answers at once, and nothing is sent until they are fewer."""
    limit = page.locator("#limit")
    box(page).fill("x" * 7_100)
    expect(limit).to_be_hidden()
    box(page).fill("x" * 7_900)
    expect(limit).to_have_text("7900 of 8000 characters")
    box(page).fill("y" * 50_000)
    expect(limit).to_contain_text("42000 too many")
    assert len(box(page).input_value()) == 50_000
    took = page.evaluate(
        """async () => {
            const begun = performance.now();
            document.querySelector(".send").click();
            await new Promise(requestAnimationFrame);
            return performance.now() - begun;
        }"""
    )
    assert took < 200
    expect(questions(page)).to_have_count(0)
    assert len(box(page).input_value()) == 50_000
    box(page).fill(TEXT)
    expect(limit).to_be_hidden()
    send(page)
    has_ended(page)


def test_19_a_question_that_is_too_long_stays_without_scripts(
    watch: Watch, model_site: Site, model_reader: Any
) -> None:
    """Nothing is cut off: the server explains, and the text stands in the box."""
    page = watch.open(model_site.url, storage_state=model_reader, java_script_enabled=False)
    watch.expect_complaint("413")
    page.goto(NEW)
    box(page).fill("z" * 9_000)
    send(page)
    expect(page.locator("#problem")).to_contain_text("at most 8000 are accepted")
    assert len(box(page).input_value()) == 9_000


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
