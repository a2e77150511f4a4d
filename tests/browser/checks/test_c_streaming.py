"""Checks 21 to 34 and 61: an answer while a model writes it; it survives whatever happens, and moves nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import Watch
from tests.browser.steps import ARTICLE, PHONE, answer, ask, box, has_ended, is_inside, questions
from tests.fake_model import FakeModel
from tests.fake_replies import FAULTS_AFTER_TEXT, failure, say, steps
from tests.site import Site

pytestmark = pytest.mark.browser

FIRST = "The first paragraph is complete."
SECOND = "The second one **grows** word by word."
PIECES = [FIRST, "\n\n", "The second one **gro", "ws** word", " by word."]
WHOLE = [FIRST, "The second one grows word by word."]
# All that is something else while it is half there, in pieces of two characters.
MARKUP = """Bold **words** of *two* kinds, `code` and a [link](https://example.org/) [3].

---

| Day | Month |
|---|--:|
| 14 | **July** |

```python
x = 1
```

A formula $\\frac{a}{b}$ ends it.
"""
HALVES = [MARKUP[at : at + 2] for at in range(0, len(MARKUP), 2)]
PARAGRAPHS = [f"Paragraph {number} of a long answer, with some words to fill its lines.\n\n" for number in range(60)]
TOP = "(element) => element.getBoundingClientRect().top"


def ask_and_pause(page: Page, model: FakeModel, *pieces: str, after: int) -> None:
    """Ask, and wait until the model has sent so many pieces and pauses."""
    model.script(say(*pieces, pause_after=after))
    ask(page, "What is written?")
    model.wait_for(lambda: model.requests and model.requests[-1].pieces == after)


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
def test_21_the_question_and_a_status_show_at_once(
    watch: Watch, model_site: Site, model_reader: Any, model: FakeModel, size: dict[str, Any]
) -> None:
    """Before the server has answered at all: the question, marked as not yet stored, and "Searching", within 300 ms."""
    page = watch.open(model_site.url, storage_state=model_reader, **size)
    page.goto("/conversations/new/")
    page.wait_for_load_state()
    held: list[Route] = []
    page.route("**/chat?*", lambda route: held.append(route))
    box(page).fill("What is slow?")
    took = page.evaluate(
        """async () => {
            const begun = performance.now();
            document.querySelector(".send").click();
            while (!document.querySelector(".sending ~ .reply .waiting")) await new Promise(requestAnimationFrame);
            return performance.now() - begun;
        }"""
    )
    assert took < 300
    expect(questions(page).locator(".words")).to_have_text("What is slow?")
    expect(answer(page).locator(".waiting")).to_have_text("Searching…")
    expect(page.locator(".sending")).to_have_count(1)
    model.script(say(FIRST, pause_after=0))
    held[0].continue_()
    expect(page.locator(".sending")).to_have_count(0)
    expect(answer(page).locator(".waiting")).to_have_text("Searching…")
    model.go()
    expect(has_ended(page).locator(".waiting")).to_be_hidden()


def test_23_a_caret_shows_while_an_answer_is_written(reader: Page, model: FakeModel) -> None:
    """A bar at the end while it grows, which does not blink under reduced motion; none afterwards."""
    reader.emulate_media(reduced_motion="reduce")
    ask_and_pause(reader, model, *PIECES, after=3)
    caret = """(blocks) => { const { content, animationName } = getComputedStyle(blocks, "::after");
        return [content, animationName]; }"""
    expect(answer(reader).locator(".block")).to_have_count(2)
    assert answer(reader).locator(".blocks").evaluate(caret) == ['""', "none"]
    reader.emulate_media(reduced_motion="no-preference")
    assert answer(reader).locator(".blocks").evaluate(caret) == ['""', "caret"]
    model.go()
    assert has_ended(reader).locator(".blocks").evaluate(caret)[0] == "none"


def test_30_another_tab_takes_in_what_was_asked_here(reader: Page, model: FakeModel) -> None:
    """A tab that is told of a change shows the new question, follows its answer, and keeps what it shows."""
    model.script(say(*PIECES))
    ask(reader, "What is written?")
    has_ended(reader)
    second = reader.context.new_page()
    second.goto(reader.url)
    second.evaluate("() => { window.first = document.querySelector('.reply .block'); }")
    ask_and_pause(reader, model, *PIECES, after=3)
    expect(questions(reader)).to_have_count(2)
    second.evaluate(
        """() => document.dispatchEvent(new CustomEvent("changed",
            { detail: { conversation: document.getElementById("conversation").dataset.conversation } }))"""
    )
    expect(questions(second)).to_have_count(2)
    expect(second.get_by_role("button", name="Stop")).to_be_visible()
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)
    expect(has_ended(second).locator(".block")).to_have_text(WHOLE)
    assert second.evaluate("() => window.first === document.querySelector('.reply .block')")


def test_31_an_answer_goes_on_when_one_leaves(reader: Page, model: FakeModel) -> None:
    """Another page does not stop it; the list of conversations says that it is being answered."""
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".block")).to_have_count(1)
    place = reader.url
    reader.goto("/conversations/")
    expect(reader.get_by_text("being answered").first).to_be_visible()
    model.go()
    model.wait_for(lambda: model.requests[-1].state == "finished")
    reader.goto(place)
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)


def test_32_offline_is_told_and_mended(reader: Page, model: FakeModel, watch: Watch) -> None:
    """Without a network the reader is told at once, the text stays, and it goes on when the network is back."""
    watch.expect_complaint("ERR_")
    ask_and_pause(reader, model, *PIECES, after=3)
    expect(answer(reader).locator(".block")).to_have_count(2)
    reader.context.set_offline(True)
    expect(reader.locator("#problem")).to_have_text("Offline. Reconnecting…")
    expect(answer(reader).locator(".block").first).to_have_text(FIRST)
    reader.evaluate("() => window.dropStream()")
    reader.context.set_offline(False)
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)
    expect(reader.locator("#problem")).to_be_hidden()


def test_33_retry_writes_the_answer(reader: Page, model: FakeModel) -> None:
    """A click on Retry goes on with what is there; nothing of the model's own message is shown."""
    model.script(FAULTS_AFTER_TEXT["error frame"], say("ld."))
    ask(reader, "What fails?")
    reply = has_ended(reader, "failed")
    expect(reply).not_to_contain_text("overloaded")
    reply.get_by_role("button", name="Retry").click()
    expect(has_ended(reader).locator(".blocks")).to_have_text("Hello, world.")
    expect(reply.locator(".ending")).to_be_hidden()


def test_21_blocks_are_shown_while_the_answer_is_being_written(reader: Page, model: FakeModel) -> None:
    """The answer grows before its end, and says that it is being written."""
    ask_and_pause(reader, model, *PIECES, after=3)
    expect(answer(reader).locator(".block").first).to_have_text(FIRST)
    expect(answer(reader).locator(".block").nth(1)).to_contain_text("The second one")
    expect(answer(reader).locator(".blocks")).to_have_attribute("aria-busy", "true")
    expect(answer(reader)).to_have_attribute("data-status", "writing")
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)


def test_27_half_markdown_never_flashes(reader: Page, model: FakeModel) -> None:
    """Bold words, a rule, a table, a fence, a marker and a formula: no frame shows their signs."""
    model.script(say(FIRST, "\n\n", *HALVES, pause_after=1, delay_secs=0.03))
    ask(reader, "What is written?")
    expect(answer(reader).locator(".block")).to_have_text([FIRST])
    reader.evaluate(
        """() => {
            window.seen = [];
            const blocks = document.querySelector("#messages .reply:last-child .blocks");
            new MutationObserver(() => window.seen.push(blocks.innerText))
                .observe(blocks, { childList: true, subtree: true, characterData: true });
        }"""
    )
    model.go()
    has_ended(reader)
    seen = reader.evaluate("() => window.seen")
    assert len(seen) > 20
    assert not [text for text in seen if re.search(r"\*|\||`|\[|\$|---|===|frac", text)]
    expect(answer(reader).locator("hr, table, pre, math")).to_have_count(4)


def test_28_finished_blocks_are_not_made_again(reader: Page, model: FakeModel) -> None:
    """Words selected in the first block stay selected while the second grows, in the very same node."""
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


def test_22_stop_keeps_the_text_and_says_so(reader: Page, model: FakeModel) -> None:
    """Stop stands where Ask stood; the text stays, also after a reload, and the model's server saw it."""
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


def test_22_escape_stops_too(reader: Page, model: FakeModel) -> None:
    """Esc stops, and the box keeps what was being written."""
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".block")).to_have_count(1)
    box(reader).press_sequentially("And then?")
    box(reader).press("Escape")
    has_ended(reader, "stopped")
    expect(box(reader)).to_have_value("And then?")
    expect(box(reader)).to_be_focused()


def test_29_a_reload_in_the_middle_goes_on_where_it_was(reader: Page, model: FakeModel) -> None:
    """All text so far is there, then it goes on: nothing missing, nothing doubled, one call to the model."""
    ask_and_pause(reader, model, *PIECES, after=4)
    expect(answer(reader).locator(".block").nth(1)).to_contain_text("The second one")
    reader.reload()
    expect(answer(reader).locator(".block").first).to_have_text(FIRST)
    expect(reader.get_by_role("button", name="Stop")).to_be_visible()
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)
    assert len(model.requests) == 1


def test_29_a_reload_in_the_middle_of_bold_words_shows_no_markup(reader: Page, model: FakeModel) -> None:
    """What the server shows of half an answer is what one saw who followed it."""
    ask_and_pause(reader, model, "One **bold words", "**", after=1)
    expect(answer(reader).locator(".block")).to_have_text(["One bold words"])
    reader.reload()
    expect(answer(reader).locator(".block")).to_have_text(["One bold words"])
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(["One bold words"])


def test_30_a_second_tab_sees_the_same_answer_and_can_stop_it(reader: Page, model: FakeModel) -> None:
    """A tab opened meanwhile follows the same answer, and Stop works from there."""
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".block")).to_have_count(1)
    second = reader.context.new_page()
    second.goto(reader.url)
    second.get_by_role("button", name="Stop").click()
    expect(has_ended(second, "stopped").locator(".blocks")).to_have_text(FIRST)
    expect(has_ended(reader, "stopped").locator(".blocks")).to_have_text(FIRST)


def test_33_a_failure_in_the_middle_keeps_the_text(reader: Page, model: FakeModel) -> None:
    """The partial text stays, with what happened in plain words, and Retry."""
    model.script(FAULTS_AFTER_TEXT["error frame"])
    ask(reader, "What fails?")
    reply = has_ended(reader, "failed")
    expect(reply.locator(".blocks")).to_have_text("Hello, wor")
    expect(reply.locator(".ending")).to_contain_text("language model")
    expect(reply.get_by_role("button", name="Retry")).to_be_visible()
    ending = reply.locator(".ending").inner_text()
    reader.reload()
    expect(has_ended(reader, "failed").locator(".ending")).to_have_text(ending)


@pytest.mark.parametrize("is_reloaded", [False, True])
def test_33_an_answer_that_broke_off_goes_on_with_a_click(reader: Page, model: FakeModel, is_reloaded: bool) -> None:
    """Continue writes it to its end."""
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


def test_33_a_failure_before_the_first_word_is_an_end_as_well(reader: Page, model: FakeModel) -> None:
    """The question is stored, so it is not in the box any more."""
    model.script(failure(400))
    ask(reader, "What fails?")
    expect(has_ended(reader, "failed").locator(".ending")).to_contain_text("did not accept")
    expect(box(reader)).to_have_value("")


def test_21_what_is_waited_for_stands_where_the_answer_will_appear(reader: Page, model: FakeModel) -> None:
    """A busy model is told in plain words, also after a reload."""
    model.script(failure(503), say(FIRST, pause_after=0))
    ask(reader, "What is tried again?")
    expect(answer(reader).locator(".waiting")).to_have_text("The language model is busy; trying again.")
    expect(reader.locator("#status")).to_have_text("The language model is busy; trying again.")
    reader.reload()
    expect(answer(reader).locator(".waiting")).to_have_text("The language model is busy; trying again.")
    model.go()
    expect(has_ended(reader).locator(".blocks")).to_have_text(FIRST)
    expect(answer(reader).locator(".waiting")).to_be_hidden()


def test_26_a_long_answer_leaves_the_question_in_view(reader: Page, model: FakeModel) -> None:
    """The question goes to the top and stays there."""
    model.script(say(*PARAGRAPHS[:40]))
    for number in (1, 2):
        ask(reader, "What is long?")
        expect(questions(reader)).to_have_count(number)
        expect(has_ended(reader).locator(".block")).to_have_count(40)
        assert is_inside(reader, questions(reader).last)


def test_26_a_second_question_begins_at_the_top_of_its_pane(reader: Page, model: FakeModel) -> None:
    """Also below short answers, which have to be made higher for that."""
    for number in (1, 2, 3):
        ask(reader, "What is short?")
        expect(questions(reader)).to_have_count(number)
        has_ended(reader)
    distance = """(question) => question.getBoundingClientRect().top
        - document.getElementById("conversation").getBoundingClientRect().top"""
    assert 0 <= questions(reader).last.evaluate(distance) < 40


def test_26_a_page_that_comes_late_takes_no_newer_question_away(reader: Page, model: FakeModel) -> None:
    """Each end of an answer fetches the page; on a slow network the next question is asked before that comes."""
    held: list[Route] = []
    reader.route("**/conversations/*-*/", lambda route: held.append(route), times=1)
    with reader.expect_request("**/conversations/*-*/"):
        ask(reader, "What is short?")
    has_ended(reader)
    ask_and_pause(reader, model, *PIECES, after=1)
    expect(answer(reader).locator(".blocks")).to_have_text(FIRST)
    with reader.expect_response("**/conversations/*-*/") as late:
        held[0].continue_()
    late.value.finished()
    reader.evaluate("() => new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)))")
    assert questions(reader).count() == 2
    model.go()
    expect(has_ended(reader).locator(".block")).to_have_text(WHOLE)


WAYS_UP = {
    "wheel": lambda page: page.mouse.wheel(0, -150),
    "slow wheel": lambda page: page.mouse.wheel(0, -3),
    "key": lambda page: page.keyboard.press("PageUp"),
    "scrollbar": lambda page: page.evaluate("() => { scroller().scrollTop -= 200; }"),
}
SCROLLER = """window.scroller = () => {
    const room = document.getElementById("conversation");
    return getComputedStyle(room).overflowY === "auto" ? room : document.documentElement;
};
window.missing = () => document.getElementById("messages").getBoundingClientRect().bottom
    - document.querySelector(".dock").getBoundingClientRect().top;"""


@pytest.fixture(params=[{}, PHONE], ids=["desktop", "phone"])
def long_answer(request: pytest.FixtureRequest, watch: Watch, model_site: Site, model_reader: Any, model: FakeModel):
    """A page in which a long answer pauses after half of it, with all of that half shown."""
    page = watch.open(model_site.url, storage_state=model_reader, **request.param)
    page.add_init_script(SCROLLER)
    page.goto("/conversations/new/")
    model.script(say(*PARAGRAPHS, pause_after=[30, 45]))
    page.wait_for_load_state()
    box(page).fill("What is long?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer(page).locator(".block").nth(28)).to_be_attached()
    return page


@pytest.mark.parametrize("way", WAYS_UP)
def test_24_scrolling_up_ends_the_following_at_once(long_answer: Page, model: FakeModel, way: str) -> None:
    """One who follows the end and scrolls up, however little, is left where that led."""
    long_answer.get_by_role("button", name="Jump to latest").click()
    long_answer.wait_for_function("() => missing() < 5")
    long_answer.mouse.move(200, 300)
    long_answer.evaluate("() => document.getElementById('main').focus({ preventScroll: true })")
    before = long_answer.evaluate("() => scroller().scrollTop")
    WAYS_UP[way](long_answer)
    long_answer.wait_for_function("(before) => scroller().scrollTop < before", arg=before)
    place = long_answer.evaluate("() => new Promise(requestAnimationFrame).then(() => scroller().scrollTop)")
    model.go()
    expect(answer(long_answer).locator(".block").nth(43)).to_be_attached()
    assert long_answer.evaluate("() => scroller().scrollTop") == place
    model.go()


@pytest.mark.parametrize("way", ["click", "End"])
def test_25_one_jumps_to_the_end_and_follows_it(long_answer: Page, model: FakeModel, way: str) -> None:
    """The button says that there is new text; a click or End leads there, and the end stays in view."""
    button = long_answer.get_by_role("button", name="Jump to latest")
    expect(button).to_have_attribute("data-new", "")
    if way == "click":
        button.click()
    else:
        long_answer.keyboard.press("End")
    long_answer.wait_for_function("() => missing() < 5")
    expect(button).to_be_hidden()
    model.go()
    expect(answer(long_answer).locator(".block").nth(43)).to_be_attached()
    long_answer.wait_for_function("() => missing() < 5")
    model.go()
    has_ended(long_answer)


def test_24_a_reader_who_scrolls_is_left_alone(reader: Page, model: FakeModel) -> None:
    """Whatever one scrolls with, nothing moves by itself from then on."""
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


def test_61_a_screen_reader_hears_two_sentences(reader: Page, model: FakeModel) -> None:
    """An answer of 3,000 words changes the live regions twice, not with every word."""
    reader.evaluate(
        """() => {
            window.said = [];
            for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]"))
                new MutationObserver(() => window.said.push(region.textContent))
                    .observe(region, { childList: true, subtree: true, characterData: true });
        }"""
    )
    model.script(say(*[f"word {number} " * 10 for number in range(300)]))
    ask(reader, "What is said?")
    has_ended(reader)
    assert reader.evaluate("() => window.said") == ["Writing answer", "Answer complete"]
    assert reader.locator("[role=status]:visible").count() == 1


def test_34_a_long_answer_keeps_the_page_free(reader: Page, model: FakeModel) -> None:
    """3,000 words of a model that is fast: no task of the page takes longer than 100 ms.

    A task's time runs on while a busy machine has something else to do; what the page itself takes too long for, it
    takes too long for each time.
    """
    reader.evaluate(
        """() => {
            window.tasks = [];
            new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.tasks.push(entry.duration)))
                .observe({ type: "longtask" });
        }"""
    )
    model.script(say(*["some **words** of an answer that is long, " * 2 + "\n\n" * (at % 5 == 0) for at in range(190)]))
    longest: list[float] = []
    while len(longest) < 3 and min(longest, default=101) > 100:
        reader.evaluate("() => { window.tasks.length = 0; }")
        ask(reader, "What is long?")
        expect(reader.locator("#messages > .reply")).to_have_count(len(longest) + 1)
        has_ended(reader)
        longest.append(max(reader.evaluate("() => window.tasks"), default=0))
    assert min(longest) <= 100, longest


def test_32_a_dropped_connection_is_mended_without_a_click(reader: Page, model: FakeModel, watch: Watch) -> None:
    """The text stays, the reader is told, and it goes on by itself."""
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


def test_07_without_scripts_an_answer_grows(plain_reader: Page, model: FakeModel) -> None:
    """Without scripts the page looks again by itself."""
    model.go()
    expect(has_ended(plain_reader).locator(".block")).to_have_text(WHOLE)


def test_07_without_scripts_an_answer_can_be_stopped(plain_reader: Page) -> None:
    """Stop is a form."""
    plain_reader.get_by_role("button", name="Stop").click()
    expect(has_ended(plain_reader, "stopped").locator(".block")).to_have_text([FIRST])


def test_50_an_answer_stands_still_when_the_questions_come(reader: Page, model: FakeModel) -> None:
    """What could be asked next comes below, and moves nothing."""
    model.script(say(*PARAGRAPHS[:40]))
    held: list[Route] = []
    reader.route("**/conversations/*/", lambda route: held.append(route))
    with reader.expect_request("**/conversations/*/"):
        ask(reader, "What is it?")
    place = has_ended(reader).evaluate(TOP)
    held[0].continue_()
    expect(answer(reader).locator(".questions button")).not_to_have_count(0)
    assert answer(reader).evaluate(TOP) == place
