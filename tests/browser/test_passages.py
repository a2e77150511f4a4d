"""From a quotation to its very words in the article beside it, and back."""

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Watch
from tests.browser.stage import manage
from tests.browser.steps import PHONE, answer, ask, box, has_ended
from tests.fake_model import FakeModel
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
def test_a_chip_marks_exactly_the_quoted_words(page: Page, model: FakeModel, words: str) -> None:
    ask_for(page, model, f"It says:\n\n> {words} [1]\n").click()
    assert marked(page) == [words]
    assert in_view(page)
    assert "/conversations/" in page.url


def test_words_over_two_blocks_are_marked_from_the_first_to_the_last(page: Page, model: FakeModel) -> None:
    ask_for(page, model, "“by the sea. Every year the same” [2].").click()
    assert marked(page) == ["by the sea. Every year the same"]


def test_of_two_equal_sentences_the_one_is_marked_that_was_quoted(page: Page, model: FakeModel) -> None:
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


def test_a_listed_quotation_does_the_same(page: Page, model: FakeModel) -> None:
    ask_for(page, model, "“Never count the candles.” [3]")
    answer(page).locator(".citation a").click()
    assert marked(page) == ["Never count the candles."]
    page.reload()
    answer(page).locator(".citation a").click()
    assert marked(page) == ["Never count the candles."]


def test_by_keyboard_one_gets_to_the_words_and_back(page: Page, model: FakeModel) -> None:
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


def test_after_an_edit_the_quoted_text_comes_beside(page: Page, model: FakeModel, model_site: Site, slug: str) -> None:
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


def test_after_an_edit_that_took_the_words_away_the_note_says_so(
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


def test_a_conversation_about_all_articles_opens_the_one_that_is_quoted(
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


def test_when_the_article_does_not_come_the_link_is_followed(
    page: Page, model: FakeModel, model_site: Site, slug: str, watch: Watch
) -> None:
    watch.expect_complaint("ERR_")
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    publish(model_site, slug, f"{BODY}\n\nMore.")
    page.reload()
    page.route(f"**/articles/{slug}/?*", lambda route: route.abort(), times=1)
    chip.click()
    page.wait_for_url(re.compile(f"/articles/{slug}/.revision=1&quote="))


def test_with_a_key_held_the_browser_does_what_it_does(page: Page, model: FakeModel, slug: str) -> None:
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    with page.context.expect_page() as opened:
        chip.click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url(re.compile(f"/articles/{slug}/.revision=1&quote=.*#rules"))
    assert page.evaluate(MARKED) == []


def test_without_highlights_the_section_is_shown(page: Page, model: FakeModel) -> None:
    chip = ask_for(page, model, "“Never count the candles.” [3]")
    page.evaluate("() => { delete CSS.highlights; Object.defineProperty(CSS, 'highlights', { value: undefined }); }")
    chip.click()
    expect(page).to_have_url(re.compile("/conversations/.*#rules$"))
    expect(page.locator("#rules")).to_be_in_viewport()


def test_without_scripts_a_chip_leads_to_the_page_of_the_words(
    watch: Watch, model_site: Site, model_reader: Any, slug: str, model: FakeModel
) -> None:
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


def test_on_a_phone_the_article_part_is_shown_and_one_gets_back(
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


def test_what_was_not_found_is_no_link_and_says_so(page: Page, model: FakeModel) -> None:
    chips = ask_for(page, model, "“These words stand nowhere at all.” [2]")
    expect(answer(page).locator(".unfound")).to_have_text("not in the article")
    expect(chips).to_have_count(0)
    expect(answer(page).locator(".citation")).to_have_count(0)


def test_equal_quotations_are_listed_once(page: Page, model: FakeModel) -> None:
    chips = ask_for(
        page, model, "“Never count the candles.” [3] Again: “Never count the candles.” [3] “No such words here.”"
    )
    expect(chips).to_have_text(["1", "1"])
    expect(answer(page).locator(".citation .n")).to_have_text(["1"])
