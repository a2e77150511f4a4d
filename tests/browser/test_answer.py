"""An answer while a model writes it: it grows by blocks, stops, survives a reload, and moves nothing that is read."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, answer, ask, box, has_ended, is_inside, questions
from tests.fake_model import FakeModel
from tests.fake_replies import FAULTS_AFTER_TEXT, failure, say, steps
from tests.site import Site

pytestmark = pytest.mark.browser

FIRST = "The first paragraph is complete."
SECOND = "The second one **grows** word by word."
PIECES = [FIRST, "\n\n", "The second one **gro", "ws** word", " by word."]
WHOLE = [FIRST, "The second one grows word by word."]
PARAGRAPHS = [f"Paragraph {number} of a long answer, with some words to fill its lines.\n\n" for number in range(60)]
TOP = "(element) => element.getBoundingClientRect().top"


def ask_and_pause(page: Page, model: FakeModel, *pieces: str, after: int) -> None:
    """Ask, and wait until the model has sent so many pieces and pauses."""
    model.script(say(*pieces, pause_after=after))
    ask(page, "What is written?")
    model.wait_for(lambda: model.requests and model.requests[-1].pieces == after)


def test_blocks_are_shown_while_the_answer_is_being_written(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PIECES, after=3)
    expect(answer(reader).locator(".block").first).to_have_text(FIRST)
    expect(answer(reader).locator(".block").nth(1)).to_contain_text("The second one")
    expect(answer(reader).locator(".blocks")).to_have_attribute("aria-busy", "true")
    expect(answer(reader)).to_have_attribute("data-status", "writing")
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)


def test_markup_that_is_not_closed_yet_never_flashes(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".block")).to_have_text([FIRST])
    reader.evaluate(
        """() => {
            window.seen = [];
            const blocks = document.querySelector("#messages .reply:last-child .blocks");
            new MutationObserver(() => window.seen.push(blocks.textContent))
                .observe(blocks, { childList: true, subtree: true, characterData: true });
        }"""
    )
    model.go()
    has_ended(reader)
    seen = reader.evaluate("() => window.seen")
    assert seen
    assert not [text for text in seen if "*" in text]


def test_finished_blocks_are_not_made_again(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PIECES, after=3)
    expect(answer(reader).locator(".block")).to_have_count(2)
    reader.evaluate(
        """() => {
            window.first = document.querySelector(".reply .block > p");
            getSelection().selectAllChildren(window.first);
        }"""
    )
    model.go()
    has_ended(reader)
    assert reader.evaluate("() => window.first === document.querySelector('.reply .block > p')")
    assert reader.evaluate("() => getSelection().toString()") == FIRST


def test_stop_keeps_the_text_and_says_so(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".block")).to_have_text(FIRST)
    expect(reader.locator(".composer .send")).to_be_hidden()
    reader.get_by_role("button", name="Stop").click()
    reply = has_ended(reader, "stopped")
    model.wait_for(lambda: model.requests[-1].state == "aborted")
    expect(reply.locator(".blocks")).to_have_text(FIRST)
    expect(reply.locator(".ending")).to_contain_text("Stopped")
    expect(reader.locator(".composer .send")).to_be_visible()
    ending = reply.locator(".ending").inner_text()
    reader.reload()
    expect(has_ended(reader, "stopped").locator(".blocks")).to_have_text(FIRST)
    expect(answer(reader).locator(".ending")).to_have_text(ending)


def test_escape_stops_too_and_the_box_keeps_what_was_being_written(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".block")).to_have_count(1)
    box(reader).press_sequentially("And then?")
    box(reader).press("Escape")
    has_ended(reader, "stopped")
    expect(box(reader)).to_have_value("And then?")
    expect(box(reader)).to_be_focused()


def test_a_reload_in_the_middle_goes_on_where_it_was(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PIECES, after=4)
    expect(answer(reader).locator(".block").nth(1)).to_contain_text("The second one")
    reader.reload()
    expect(answer(reader).locator(".block").first).to_have_text(FIRST)
    expect(reader.get_by_role("button", name="Stop")).to_be_visible()
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)
    assert len(model.requests) == 1


def test_a_reload_in_the_middle_of_bold_words_shows_no_markup(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, "One **bold words", "**", after=1)
    expect(answer(reader).locator(".block")).to_have_text(["One bold words"])
    reader.reload()
    expect(answer(reader).locator(".block")).to_have_text(["One bold words"])
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(["One bold words"])


def test_a_second_tab_sees_the_same_answer_and_can_stop_it(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".block")).to_have_count(1)
    second = reader.context.new_page()
    second.goto(reader.url)
    second.get_by_role("button", name="Stop").click()
    expect(has_ended(second, "stopped").locator(".blocks")).to_have_text(FIRST)
    expect(has_ended(reader, "stopped").locator(".blocks")).to_have_text(FIRST)


def test_a_failure_in_the_middle_keeps_the_text_and_says_what_happened(reader: Page, model: FakeModel) -> None:
    model.script(FAULTS_AFTER_TEXT["error frame"])
    ask(reader, "What fails?")
    reply = has_ended(reader, "failed")
    expect(reply.locator(".blocks")).to_have_text("Hello, wor")
    expect(reply.locator(".ending")).to_contain_text("language model")
    ending = reply.locator(".ending").inner_text()
    reader.reload()
    expect(has_ended(reader, "failed").locator(".ending")).to_have_text(ending)


@pytest.mark.parametrize("is_reloaded", [False, True])
def test_an_answer_that_broke_off_goes_on_with_a_click(reader: Page, model: FakeModel, is_reloaded: bool) -> None:
    model.script(steps("Hello, **wor"), steps("ld** and"), say(" more."))
    ask(reader, "What breaks off?")
    expect(has_ended(reader, "interrupted").locator(".blocks")).to_have_text("Hello, world and")
    if is_reloaded:
        reader.reload()
    reader.get_by_role("button", name="Continue").click()
    reply = has_ended(reader)
    expect(reply.locator(".block")).to_have_text(["Hello, world and more."])
    expect(reply.locator(".ending")).to_be_hidden()
    expect(reader.get_by_role("button", name="Continue")).to_be_hidden()


def test_a_failure_before_the_first_word_is_an_end_as_well(reader: Page, model: FakeModel) -> None:
    model.script(failure(400))
    ask(reader, "What fails?")
    expect(has_ended(reader, "failed").locator(".ending")).to_contain_text("did not accept")
    expect(box(reader)).to_have_value("")


def test_what_is_waited_for_stands_where_the_answer_will_appear(reader: Page, model: FakeModel) -> None:
    model.script(failure(503), say(FIRST, pause_after=0))
    ask(reader, "What is tried again?")
    expect(answer(reader).locator(".waiting")).to_have_text("The language model is busy; trying again.")
    expect(reader.locator("#status")).to_have_text("The language model is busy; trying again.")
    reader.reload()
    expect(answer(reader).locator(".waiting")).to_have_text("The language model is busy; trying again.")
    model.go()
    expect(has_ended(reader).locator(".blocks")).to_have_text(FIRST)
    expect(answer(reader).locator(".waiting")).to_be_hidden()


def test_a_long_answer_leaves_the_question_at_the_top(reader: Page, model: FakeModel) -> None:
    model.script(say(*PARAGRAPHS[:40]))
    for number in (1, 2):
        ask(reader, "What is long?")
        expect(questions(reader)).to_have_count(number)
        expect(has_ended(reader).locator(".block")).to_have_count(40)
        assert is_inside(reader, questions(reader).last)


def test_a_second_question_begins_at_the_top_of_its_pane(reader: Page, model: FakeModel) -> None:
    for number in (1, 2, 3):
        ask(reader, "What is short?")
        expect(questions(reader)).to_have_count(number)
        has_ended(reader)
    distance = """(question) => question.getBoundingClientRect().top
        - document.getElementById("conversation").getBoundingClientRect().top"""
    assert 0 <= questions(reader).last.evaluate(distance) < 40


def test_a_reader_who_scrolls_is_left_alone(reader: Page, model: FakeModel) -> None:
    ask_and_pause(reader, model, *PARAGRAPHS, after=30)
    expect(answer(reader).locator(".block").nth(28)).to_be_attached()
    at_first = reader.evaluate("() => scrolled()")
    answer(reader).hover()
    reader.mouse.wheel(0, 150)
    reader.wait_for_function("(first) => String(scrolled()) !== String(first)", arg=at_first)
    before = reader.evaluate("() => scrolled()")
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_count(60)
    assert reader.evaluate("() => scrolled()") == before


def test_a_screen_reader_hears_two_sentences_and_not_every_word(reader: Page, model: FakeModel) -> None:
    reader.evaluate(
        """() => {
            window.said = [];
            for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]"))
                new MutationObserver(() => window.said.push(region.textContent))
                    .observe(region, { childList: true, subtree: true, characterData: true });
        }"""
    )
    model.script(say(*[f"word {number} " for number in range(300)]))
    ask(reader, "What is said?")
    has_ended(reader)
    assert reader.evaluate("() => window.said") == ["Writing answer", "Answer complete"]


def test_a_dropped_connection_is_mended_without_a_click(reader: Page, model: FakeModel, watch: Watch) -> None:
    watch.expect_complaint("ERR_")
    ask_and_pause(reader, model, *PIECES, after=3)
    expect(answer(reader).locator(".block")).to_have_count(2)
    reader.route("**/events?*", lambda route: route.abort("connectionreset"), times=2)
    reader.evaluate("() => window.dropStream()")
    expect(reader.locator("#problem")).to_contain_text("Reconnecting")
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)
    expect(reader.locator("#problem")).to_be_hidden()


@pytest.fixture
def plain_reader(watch: Watch, model_site: Site, model_reader: Any, model: FakeModel) -> Page:
    """A conversation, without JavaScript, in which an answer is being written and pauses after its first paragraph."""
    page = watch.open(model_site.url, storage_state=model_reader, java_script_enabled=False)
    page.goto(ARTICLE)
    model.script(say(*PIECES, pause_after=2))
    box(page).fill("What is written?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer(page).locator(".block")).to_have_text([FIRST])
    return page


def test_without_scripts_an_answer_grows_before_the_readers_eyes(plain_reader: Page, model: FakeModel) -> None:
    model.go()
    expect(has_ended(plain_reader).locator(".block")).to_have_text(WHOLE)


def test_without_scripts_an_answer_can_be_stopped(plain_reader: Page) -> None:
    plain_reader.get_by_role("button", name="Stop this answer").click()
    expect(has_ended(plain_reader, "stopped").locator(".block")).to_have_text([FIRST])


def test_an_answer_stands_still_when_the_questions_come(reader: Page, model: FakeModel) -> None:
    model.script(say(*PARAGRAPHS[:40]))
    held: list[Route] = []
    reader.route("**/next", lambda route: held.append(route))
    with reader.expect_request("**/next"):
        ask(reader, "What is it?")
    place = has_ended(reader).evaluate(TOP)
    held[0].continue_()
    expect(answer(reader).locator(".questions button")).not_to_have_count(0)
    assert answer(reader).evaluate(TOP) == place
