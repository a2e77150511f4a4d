"""Section E of the checklist: from a quotation to its very words in the article beside it, and back."""

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Watch
from tests.browser.stage import manage
from tests.browser.steps import ARTICLE, PHONE, answer, ask, box, has_ended
from tests.fake_model import FakeModel
from tests.fake_replies import say
from tests.site import Site

pytestmark = pytest.mark.browser

BODY = """\
People meet 🎉 once a year.

## Lights

The **old** lantern *burns* all [night long](/articles/celebration/) by the sea.

Every year the same bells ring twice.

| Day | Where |
|-----|-------|
| 14 July | France and her islands |

## Rules

- Bring bread and salt.
- Never count the candles.
  - Unless it rains all day.

```
light(lantern, at="dusk now")
```

Every year the same bells ring twice.
"""
LINES = "\n\n".join(f"Line {number} of what was put before everything else." for number in range(60))
PUBLISH = """
from chat.models import Article
article, _ = Article.objects.get_or_create(slug={slug!r}, defaults=dict(title="Lanterns", status="published"))
article.publish({body!r})
"""
MARKED = """() => [...(CSS.highlights.get("quoted") ?? [])].map((range) => range.toString().replace(/\\s+/g, " "))"""
names = (f"lanterns-{number}" for number in itertools.count())


def publish(site: Site, slug: str, body: str) -> None:
    """Publish a text of an article, which is made if it is new."""
    manage(site, "shell", "-v", "0", "-c", PUBLISH.format(slug=slug, body=body))


@pytest.fixture
def slug(model_site: Site) -> str:
    """An article of the test's own."""
    slug = next(names)
    publish(model_site, slug, BODY)
    return slug


@pytest.fixture
def page(watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel) -> Page:
    """That article, read by someone who is logged in."""
    page = watch.open(model_site.url, storage_state=model_reader)
    page.goto(f"/articles/{slug}/")
    return page


def ask_for(page: Page, model: FakeModel, *answers: str) -> Locator:
    """Have the model answer; return the chips of the last answer."""
    model.script(*answers)
    for _ in answers:
        ask(page, "What is written there?")
        has_ended(page)
    return answer(page).locator(".chip")


def marked(page: Page) -> list[str]:
    """Wait until words are marked; return them."""
    page.wait_for_function("() => CSS.highlights.has('quoted')")
    return page.evaluate(MARKED)


def in_view(page: Page) -> bool:
    """Return whether the marked words can be seen."""
    return page.evaluate(
        """() => {
            const { top, bottom } = [...CSS.highlights.get("quoted")][0].getBoundingClientRect();
            return top > 0 && bottom < innerHeight;
        }"""
    )


@pytest.mark.parametrize(
    "words",
    [
        "meet 🎉 once a year",
        "The old lantern burns all night long by the sea.",
        "lantern burns all night",
        "France and her islands",
        "Never count the candles.",
        "Unless it rains all day.",
        'light(lantern, at="dusk now")',
    ],
)
def test_44_a_chip_marks_exactly_the_quoted_words(page: Page, model: FakeModel, words: str) -> None:
    """A click on a chip marks the quoted words in the article beside: all of them, nothing else, across links."""
    ask_for(page, model, f"It says:\n\n> {words} [1]\n").click()
    assert marked(page) == [words]
    assert in_view(page)
    assert "/conversations/" in page.url


def test_44_words_over_two_blocks_are_marked_from_the_first_to_the_last(page: Page, model: FakeModel) -> None:
    ask_for(page, model, "“by the sea. Every year the same” [2].").click()
    assert marked(page) == ["by the sea. Every year the same"]


def test_44_of_two_equal_sentences_the_one_is_marked_that_was_quoted(page: Page, model: FakeModel) -> None:
    chips = ask_for(
        page, model, "“Every year the same bells ring twice.” [2], “Every year the same bells ring twice.” [3]"
    )
    expect(chips).to_have_text(["1", "2"])
    follows = """() => Boolean([...CSS.highlights.get("quoted")][0].startContainer.parentElement
        .compareDocumentPosition(document.getElementById("rules")) & Node.DOCUMENT_POSITION_PRECEDING)"""
    for number in (0, 1):
        chips.nth(number).click()
        assert marked(page) == ["Every year the same bells ring twice."]
        assert page.evaluate(follows) == bool(number)


def test_44_a_listed_quotation_does_the_same(page: Page, model: FakeModel) -> None:
    ask_for(page, model, "“Never count the candles.” [3]")
    answer(page).locator(".citation a").click()
    assert marked(page) == ["Never count the candles."]
    page.reload()
    answer(page).locator(".citation a").click()
    assert marked(page) == ["Never count the candles."]


def test_48_by_keyboard_one_gets_to_the_words_and_back(page: Page, model: FakeModel) -> None:
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    chip.focus()
    page.keyboard.press("Enter")
    assert marked(page) == ["Never count the candles."]
    expect(page.locator("li:focus")).to_contain_text("Never count the candles.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Back to the answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chip).to_be_focused()
    chip.press("Enter")
    assert marked(page) == ["Never count the candles."]  # no letter of the button was counted


def test_45_after_an_edit_the_quoted_text_comes_beside(
    page: Page, model: FakeModel, model_site: Site, slug: str
) -> None:
    """An answer quotes the text that it was made from: that is shown, with a note and a link to the current one."""
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    publish(model_site, slug, f"{LINES}\n\n{BODY}")
    page.reload()
    box(page).fill("A question begun")
    page.evaluate("() => { window.isSamePage = true; }")
    chip.click()
    assert marked(page) == ["Never count the candles."]
    note = page.locator("#article .note")
    expect(note).to_contain_text("You are reading revision 1, as it was cited.")
    assert page.locator("#article").get_attribute("data-revision") == "1"
    note.get_by_role("link").click()
    expect(note).to_have_count(0)
    assert marked(page) == ["Never count the candles."]
    assert in_view(page)
    assert page.locator("#article").get_attribute("data-revision") == "2"
    expect(page.locator("h1:not([aria-level])")).to_have_count(1)
    expect(box(page)).to_have_value("A question begun")
    assert page.evaluate("() => window.isSamePage")


def test_45_after_an_edit_that_took_the_words_away_the_note_says_so(
    page: Page, model: FakeModel, model_site: Site, slug: str
) -> None:
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    publish(model_site, slug, "Nothing is left.")
    page.reload()
    chip.click()
    assert marked(page) == ["Never count the candles."]
    expect(page.locator("#article .note")).to_contain_text("no longer stand there")
    page.locator("#article .note a").click()
    expect(page.locator("#article .prose")).to_contain_text("Nothing is left.")
    assert page.evaluate(MARKED) == []


def test_44_a_conversation_about_all_articles_opens_the_one_that_is_quoted(
    watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel
) -> None:
    page = watch.open(model_site.url, storage_state=model_reader)
    page.goto("/conversations/new/")
    chip = ask_for(page, model, "“No such words here.” [1], “France and her islands” [1]").last
    expect(page.locator("#article")).to_have_count(0)
    chip.click()
    assert marked(page) == ["France and her islands"]
    expect(chip).to_be_in_viewport()
    assert in_view(page)
    expect(page.locator("h1:not([aria-level])")).to_have_count(1)


def test_44_when_the_article_does_not_come_the_link_is_followed(
    page: Page, model: FakeModel, model_site: Site, slug: str, watch: Watch
) -> None:
    watch.expect_complaint("ERR_")
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    publish(model_site, slug, f"{BODY}\n\nMore.")
    page.reload()
    page.route(f"**/articles/{slug}/?*", lambda route: route.abort(), times=1)
    chip.click()
    page.wait_for_url(re.compile(f"/articles/{slug}/.revision=1&quote="))


def test_42_with_a_key_held_the_browser_does_what_it_does(page: Page, model: FakeModel, slug: str) -> None:
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    with page.context.expect_page() as opened:
        chip.click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url(re.compile(f"/articles/{slug}/.revision=1&quote=.*#rules"))
    assert page.evaluate(MARKED) == []


def test_44_without_highlights_the_section_is_shown(page: Page, model: FakeModel) -> None:
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    page.evaluate("() => { delete CSS.highlights; Object.defineProperty(CSS, 'highlights', { value: undefined }); }")
    chip.click()
    expect(page).to_have_url(re.compile("/conversations/.*#rules$"))
    expect(page.locator("#rules")).to_be_in_viewport()


def test_42_without_scripts_a_chip_leads_to_the_page_of_the_words(
    watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel
) -> None:
    """A chip is a real link: the article, the section, and the words as a text fragment."""
    page = watch.open(model_site.url, storage_state=model_reader, java_script_enabled=False)
    model.script("“Never count the candles.” [3]")
    page.goto(f"/articles/{slug}/")
    box(page).fill("What is never counted?")
    page.get_by_role("button", name="Ask", exact=True).click()
    chip = has_ended(page).locator(".chip")
    address = chip.get_attribute("href") or ""
    assert re.fullmatch(rf"/articles/{slug}/\?revision=1&quote=\d+-\d+#rules:~:text=Never.*", address)
    chip.click()
    expect(page.locator("#rules")).to_be_in_viewport()


def test_44_on_a_phone_the_article_part_is_shown_and_one_gets_back(
    watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel
) -> None:
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto(f"/articles/{slug}/")
    model.script("“Never count the candles.” [3]")
    box(page).fill("What is never counted?")
    page.get_by_role("button", name="Ask", exact=True).tap()
    chip = has_ended(page).locator(".chip")
    for way_back in ("button", "history"):
        chip.tap()
        assert marked(page) == ["Never count the candles."]
        assert in_view(page)
        if way_back == "button":
            page.get_by_role("button", name="Back to the answer").tap()
        else:
            page.go_back()
        expect(chip).to_be_in_viewport()


def test_46_what_was_not_found_is_no_link_and_says_so(page: Page, model: FakeModel) -> None:
    """Words in quotation marks that stand nowhere get no chip, and the answer says that they do not."""
    chips = ask_for(page, model, "“These words stand nowhere at all.” [2]")
    expect(answer(page).locator(".unfound")).to_have_text("not in the article")
    expect(chips).to_have_count(0)
    expect(answer(page).locator(".citation")).to_have_count(0)


def test_44_equal_quotations_are_listed_once(page: Page, model: FakeModel) -> None:
    chips = ask_for(
        page, model, "“Never count the candles.” [3] Again: “Never count the candles.” [3] “No such words here.”"
    )
    expect(chips).to_have_text(["1", "1"])
    expect(answer(page).locator(".citation .n")).to_have_text(["1"])


# --- 43: the preview ----------------------------------------------------------------------------------------------

QUOTED = "“Never count the candles.” [3]"


def preview(page: Page) -> Locator:
    """Return the preview of a chip."""
    return page.locator("#preview")


def is_whole(page: Page) -> bool:
    """Return whether nothing of the preview is cut off by the window."""
    return page.evaluate(
        """() => {
            const { top, left, bottom, right } = document.getElementById("preview").getBoundingClientRect();
            const { clientWidth, clientHeight } = document.documentElement;
            return top >= 0 && left >= 0 && bottom <= clientHeight && right <= clientWidth && bottom > top;
        }"""
    )


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_43_a_chip_shows_what_it_stands_for(page: Page, model: FakeModel, way: str) -> None:
    """Hover and keyboard focus show title, section and words within 300 ms; leaving takes them away."""
    chip = ask_for(page, model, QUOTED)
    page.evaluate("() => document.activeElement.blur()")
    page.evaluate(
        """() => {
            const chip = document.querySelector(".chip"), preview = document.getElementById("preview");
            for (const type of ["pointerover", "focusin"])
                chip.addEventListener(type, () => { window.began ??= performance.now(); });
            preview.addEventListener("toggle", () => { window.took ??= performance.now() - window.began; });
        }"""
    )
    if way == "hover":
        chip.hover()
    else:
        page.keyboard.press("Tab")  # so that focus is a keyboard's
        chip.focus()
    expect(preview(page)).to_be_visible()
    assert page.evaluate("() => window.took") < 300
    for words in ("Lanterns", "Rules", "Never count the candles."):
        expect(preview(page)).to_contain_text(words)
    assert is_whole(page)
    if way == "hover":
        page.mouse.move(5, 5)
    else:
        box(page).focus()
    expect(preview(page)).to_be_hidden()


def test_43_the_preview_can_be_hovered_itself(page: Page, model: FakeModel) -> None:
    chip = ask_for(page, model, QUOTED)
    chip.hover()
    preview(page).hover()
    page.evaluate("() => new Promise((done) => setTimeout(done, 400))")  # longer than it takes to go
    expect(preview(page)).to_be_visible()
    page.mouse.move(5, 5)
    expect(preview(page)).to_be_hidden()


def test_43_escape_closes_the_preview_and_stops_no_answer(page: Page, model: FakeModel) -> None:
    ask_for(page, model, QUOTED)
    model.script(say("One ", "two ", "three.", pause_after=1))
    ask(page, "Count.")
    expect(answer(page).locator(".blocks")).to_contain_text("One")
    page.locator(".chip").hover()
    expect(preview(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(preview(page)).to_be_hidden()
    model.go()
    has_ended(page, "complete")
    expect(answer(page).locator(".blocks")).to_contain_text("three.")


def test_43_a_chip_of_an_unfinished_answer_says_what_is_known(page: Page, model: FakeModel) -> None:
    model.script(say(f"{QUOTED}\n\n", "And ", "on.", pause_after=2))
    ask(page, "What is never counted?")
    page.locator(".chip").hover()
    expect(preview(page)).to_have_text("Quotation 1, Rules")
    model.go()
    has_ended(page)


@pytest.mark.parametrize("size", [(1280, 800), (390, 500), (320, 400)])
def test_43_the_preview_is_never_cut_off(page: Page, model: FakeModel, size: tuple[int, int]) -> None:
    """With the chip moved to each edge and corner of the window."""
    chip = ask_for(page, model, QUOTED)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for inset in ("0 auto auto 0", "0 0 auto auto", "auto 0 0 auto", "auto auto 0 0", "50% auto auto 50%"):
        page.mouse.move(size[0] / 2, 3)
        page.evaluate("() => document.activeElement.blur()")
        expect(preview(page)).to_be_hidden()
        page.evaluate(
            """(inset) => {
                const { style } = document.querySelector(".chip");
                Object.assign(style, { position: "fixed", zIndex: "9", inset });
            }""",
            inset,
        )
        page.keyboard.press("Shift")
        chip.focus()
        expect(preview(page)).to_be_visible()
        assert is_whole(page), inset


def test_43_on_a_phone_a_tap_opens_the_passage_and_no_preview(
    watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel
) -> None:
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto(f"/articles/{slug}/")
    model.script(QUOTED)
    box(page).fill("What is never counted?")
    page.get_by_role("button", name="Ask", exact=True).tap()
    has_ended(page).locator(".chip").tap()
    assert marked(page) == ["Never count the candles."]
    expect(preview(page)).to_be_hidden()


# --- 47: nothing found --------------------------------------------------------------------------------------------


def test_47_an_answer_that_found_nothing_offers_the_nearest_sections(page: Page, model: FakeModel) -> None:
    """The answer says so, leads to the nearest sections, and cites nothing."""
    model.script("[no answer] The article does not say who rings the bells.")
    ask(page, "Who rings the bells and counts the candles?")
    reply = has_ended(page)
    expect(reply.locator(".blocks")).to_contain_text("does not say")
    expect(reply.locator(".nearest a").first).to_have_attribute("href", re.compile("#"))
    expect(reply.locator(".chip, .citation")).to_have_count(0)


# --- 48: the way back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way_back", ["button", "history"])
@pytest.mark.parametrize("device", [{"viewport": {"width": 1280, "height": 800}}, PHONE], ids=["desktop", "phone"])
def test_48_the_way_back_leads_to_the_chip_and_its_place(
    watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel, way_back: str, device: Any
) -> None:
    """After a long answer, with the chip in the middle of it: pane, page and focus are what they were, also twice."""
    publish(model_site, slug, f"{LINES}\n\n{BODY}")
    page = watch.open(model_site.url, storage_state=model_reader, **device)
    page.goto(f"/articles/{slug}/")
    text = "\n\n".join("Much is said about it." for _ in range(30))
    model.script(f"{text}\n\n{QUOTED}\n\n“by the sea” [2]\n\n{text}")
    box(page).fill("What is never counted?")
    page.get_by_role("button", name="Ask", exact=True).click()
    has_ended(page)
    chips = answer(page).locator(".chip")
    where = "() => [document.querySelector('.conversation').scrollTop, scrollY]"
    for number in (0, 1, 1):
        chip = chips.nth(number)
        chip.scroll_into_view_if_needed()
        before, top = page.evaluate(where), chip.bounding_box()["y"]
        chip.evaluate("(chip) => chip.click()")
        page.wait_for_function("() => document.querySelector('.way-back:not([hidden])')")
        assert in_view(page)
        if way_back == "button":
            # Where both are seen side by side, the button is there for the keyboard.
            page.locator(".way-back").press("Enter")
        else:
            page.go_back()
        expect(chip).to_be_focused()
        expect(page.locator(".way-back")).to_be_hidden()
        assert page.evaluate(where) == pytest.approx(before, abs=2)
        assert chip.bounding_box()["y"] == pytest.approx(top, abs=2)


# --- 49 and 20: asking about a passage ----------------------------------------------------------------------------


def select(page: Page, words: str) -> None:
    """Select words of the article as the mouse would leave them."""
    page.evaluate(
        """(words) => {
            const walker = document.createTreeWalker(document.querySelector(".prose"), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(words);
                if (at < 0) continue;
                walker.currentNode.parentElement.scrollIntoView({ block: "center" });
                getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + words.length);
                return;
            }
            throw new Error(words);
        }""",
        words,
    )


def attached(page: Page) -> Locator:
    """Return the passage above the box."""
    return page.locator("#attached")


def test_49_selected_words_go_with_the_question(page: Page, model: FakeModel, slug: str) -> None:
    """The button stands beside the selection; the chip holds the selection, and so does what is stored and asked."""
    select(page, "same bells ring")
    button = page.get_by_role("button", name="Ask about this", exact=True)
    expect(button).to_be_visible()
    words, place = (
        page.evaluate("() => getSelection().getRangeAt(0).getBoundingClientRect().toJSON()"),
        button.bounding_box(),
    )
    assert 0 <= place["y"] - words["bottom"] < 40
    assert abs(place["x"] - words["left"]) < 200
    button.click()
    expect(box(page)).to_be_focused()
    expect(attached(page).locator(".asked")).to_have_text("same bells ring")
    model.script("Every year.", "Yes.")
    ask(page, "How often?")
    has_ended(page)
    expect(attached(page)).to_be_hidden()
    asked = page.locator(".question .asked")
    expect(asked).to_have_text("same bells ring")
    assert "<passages>\nsame bells ring\n</passages>" in model.requests[-1].body["messages"][-1]["content"]
    for is_reloaded in (False, True):
        if is_reloaded:
            page.reload()
        asked.click()
        assert marked(page) == ["same bells ring"]
    ask(page, "Really?")
    has_ended(page)
    expect(page.locator(".question .asked")).to_have_count(1)


def test_49_also_by_keyboard(page: Page) -> None:
    page.locator("#rules + ul > li").first.dblclick(position={"x": 5, "y": 10})
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    selection = page.evaluate("() => getSelection().toString()")
    button = page.get_by_role("button", name="Ask about this", exact=True)
    expect(button).to_be_visible()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(attached(page).locator(".asked")).to_have_text(selection.strip())
    expect(box(page)).to_be_focused()
    expect(button).to_be_hidden()


def test_49_on_touch_the_button_leaves_the_selections_own_menu_alone(
    watch: Watch, model_site: Site, model_reader: Any, slug: str
) -> None:
    """It stands at the lower edge of the window, large enough for a finger."""
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto(f"/articles/{slug}/")
    select(page, "once a year")
    button = page.get_by_role("button", name="Ask about this", exact=True)
    place: Any = button.bounding_box()
    assert place["y"] + place["height"] > 844 - 80
    assert place["height"] >= 44
    assert "above the box" not in button.inner_text()
    button.tap()
    expect(attached(page).locator(".asked")).to_have_text("once a year")
    expect(box(page)).to_be_in_viewport()


def test_49_of_equal_words_those_are_kept_that_were_selected(page: Page, model: FakeModel) -> None:
    page.evaluate(
        """() => {
            const line = document.querySelector(".prose > p:last-of-type");
            getSelection().selectAllChildren(line);
        }"""
    )
    page.get_by_role("button", name="Ask about this", exact=True).click()
    ask(page, "Why twice?")
    has_ended(page)
    page.reload()
    page.locator(".question .asked").click()
    marked(page)
    assert page.evaluate(
        """() => Boolean([...CSS.highlights.get("quoted")][0].startContainer.parentElement
            .compareDocumentPosition(document.getElementById("rules")) & Node.DOCUMENT_POSITION_PRECEDING)"""
    )


def test_49_nothing_is_offered_for_no_words_too_many_or_those_of_others(page: Page) -> None:
    button = page.get_by_role("button", name="Ask about this", exact=True)
    select(page, "once a year")
    expect(button).to_be_visible()
    page.evaluate("() => getSelection().removeAllRanges()")
    expect(button).to_be_hidden()
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('.conversation h2'))")
    page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    expect(button).to_be_hidden()


def test_49_a_passage_waits_for_the_login(watch: Watch, model_site: Site, model_reader: Any, slug: str) -> None:
    """The session has ended meanwhile: the question and its passage are there again after the login."""
    page = watch.open(model_site.url, storage_state=model_reader)
    page.goto(f"/articles/{slug}/")
    select(page, "once a year")
    page.get_by_role("button", name="Ask about this", exact=True).click()
    page.context.clear_cookies(name="sessionid")
    watch.expect_complaint("401")
    ask(page, "When?")
    page.wait_for_url(re.compile("/accounts/login/"))
    page.goto(f"/articles/{slug}/")
    expect(attached(page).locator(".asked")).to_have_text("once a year")
    expect(box(page)).to_have_value("When?")


@pytest.mark.parametrize("key", ["Backspace", "Delete", "Enter"])
def test_20_an_attached_passage_is_removed_by_keyboard(page: Page, key: str) -> None:
    """The chip is above the box, comes before it in the order of Tab, and goes with Backspace, Delete or its button."""
    select(page, "once a year")
    page.get_by_role("button", name="Ask about this", exact=True).click()
    place: Any = attached(page).bounding_box()
    assert place["y"] + place["height"] <= (box(page).bounding_box() or {})["y"]
    expect(box(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(attached(page).get_by_role("button", name="Remove the passage")).to_be_focused()
    page.keyboard.press(key)
    expect(attached(page)).to_be_hidden()
    expect(box(page)).to_be_focused()
    assert page.locator("[name=quote_exact]").input_value() == ""


@pytest.mark.parametrize("device", [{"viewport": {"width": 1280, "height": 800}}, PHONE], ids=["desktop", "phone"])
def test_49_marks_show_where_one_has_asked(
    watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel, device: Any
) -> None:
    """In the margin, at the height of the words, where there is room; on a phone right behind them. Nothing moves."""
    page = watch.open(model_site.url, storage_state=model_reader, **device)
    page.goto(f"/articles/{slug}/")
    height = page.locator(".prose").bounding_box()["height"]
    select(page, "lantern")
    page.get_by_role("button", name="Ask about this", exact=True).click()
    box(page).fill("Which one?")
    page.get_by_role("button", name="Ask", exact=True).click()
    has_ended(page)
    page.goto(f"/articles/{slug}/")
    link = page.get_by_role("link", name="You asked here: Which one?")
    select(page, "lantern")
    words = page.evaluate("() => getSelection().getRangeAt(0).getBoundingClientRect().toJSON()")
    place, prose = link.bounding_box(), page.locator(".prose").bounding_box()
    assert abs(place["y"] + place["height"] / 2 - (words["top"] + words["bottom"]) / 2) < 14
    if device is PHONE:
        assert words["right"] - 1 <= place["x"] < words["right"] + 8
    else:
        assert 0 <= place["x"] < place["x"] + place["width"] <= prose["x"]
        assert abs(prose["height"] - height) < 2
    link.click()
    page.wait_for_url(re.compile(r"/conversations/[0-9a-f-]{36}/\?message=([0-9a-f-]{36})#m-\1$"))
    expect(page.locator(".question .asked")).to_have_text("lantern")


# --- 50: what one could ask ---------------------------------------------------------------------------------------


def test_50_an_empty_conversation_says_what_it_can_do_and_offers_questions(reader: Page, model: FakeModel) -> None:
    """One sentence or two, three or four questions about this article; a click asks; others come when all is said."""
    expect(reader.locator(".empty > p")).to_contain_text("Ask anything about this article.")
    offered = reader.locator(".empty .questions button")
    assert offered.count() in (3, 4)
    question = offered.first.inner_text()
    model.script(say("It ", "is ", "so.", pause_after=2))
    offered.first.click()
    expect(answer(reader).locator(".blocks")).to_contain_text("It is")
    expect(reader.locator(".question .words")).to_have_text(question)
    expect(reader.locator(".questions:visible")).to_have_count(0)
    model.go()
    has_ended(reader)
    expect(answer(reader).locator(".questions button").first).to_be_visible()
    assert question not in answer(reader).locator(".questions button").all_inner_texts()


def test_50_an_answer_that_was_stopped_is_followed_by_no_questions(reader: Page, model: FakeModel) -> None:
    model.script(say("It ", "is ", "so.", pause_after=2))
    ask(reader, "When is Bastille Day?")
    expect(answer(reader).locator(".blocks")).to_contain_text("It is")
    reader.keyboard.press("Escape")
    has_ended(reader, "stopped")
    assert reader.url != ARTICLE
    expect(reader.locator(".questions:visible")).to_have_count(0)
