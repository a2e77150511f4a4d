"""Checks 35 to 41: what one can do with a message, and how code, tables, formulas and links look."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.chromium import Watch
from tests.browser.steps import PHONE, answer, ask, box, has_ended, questions
from tests.fake_model import FakeModel
from tests.site import Site

pytestmark = pytest.mark.browser

TEXT = "What is a festival?"
RICH = """A **day** to celebrate, $x^2$.

```python
print("long" * 2) # lines scroll, this one is much longer than the box in which it stands, on a desk as well as here
```

| Day | Month |
|---|--:|
| 14 | July |

[A link](https://example.org/) ![a picture](http://127.0.0.1:1/x.png) [bad](javascript:alert(1))
"""
PARTS = ["English first.", "هذا يوم عيد.", "- هلا\n- سلام", "| يوم | شهر |\n|---|---|\n| هلا | سلام |"]
PARTS += ["```\nعيد = 1\n```", "English."]
ARABIC = "\n\n".join(PARTS)


def buttons(page: Page) -> list[str]:
    """Return the names of the buttons of the last answer that can be seen."""
    shown = answer(page).locator(".doing button")
    expect(shown.first).to_be_attached()
    return [one.inner_text() for one in shown.all() if is_shown(one)]


def is_shown(button: Locator) -> bool:
    """Return whether the row in which the button stands is there for the eye."""
    return button.evaluate("(button) => getComputedStyle(button.closest('.doing')).opacity") == "1"


ALL = ["Copy", "Regenerate", "Helpful", "Not helpful"]


def test_35_buttons_show_on_hover_and_on_focus(reader: Page, model: FakeModel) -> None:
    """They are there for the mouse and for the keyboard, and out of the way otherwise."""
    model.script("A day.")
    ask(reader, TEXT)
    has_ended(reader)
    reader.mouse.move(0, 0)
    assert buttons(reader) == []
    answer(reader).hover()
    assert buttons(reader) == ALL
    reader.mouse.move(0, 0)
    answer(reader).get_by_role("button", name="Copy").focus()
    assert buttons(reader) == ALL
    edit = questions(reader).get_by_role("button", name="Edit")
    edit.focus()
    assert is_shown(edit)


def test_35_buttons_show_always_on_touch(watch: Watch, model_site: Site, model_reader: Any, model: FakeModel) -> None:
    """Nothing hovers on touch; the targets are large enough for a finger."""
    model.script("A day.")
    page = watch.open(model_site.url, storage_state=model_reader, **PHONE)
    page.goto("/conversations/new/")
    page.wait_for_load_state()
    box(page).fill(TEXT)
    page.get_by_role("button", name="Ask", exact=True).tap()
    has_ended(page)
    assert buttons(page) == ALL
    for button in page.locator(".doing button").all():
        rectangle: Any = button.bounding_box()
        assert rectangle["height"] >= 44


def test_35_an_opinion_is_kept(reader: Page, model: FakeModel) -> None:
    """A thumb and words are there after a reload; the same thumb again takes them back."""
    model.script("A day.")
    ask(reader, TEXT)
    has_ended(reader)
    helpful = answer(reader).get_by_role("button", name="Helpful", exact=True)
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    expect(helpful).to_be_focused()
    answer(reader).get_by_label("In words").fill("Short.")
    answer(reader).get_by_role("button", name="Keep").click()
    expect(answer(reader).locator("[name=words]")).to_have_attribute("value", "Short.")
    reader.reload()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    expect(answer(reader).get_by_label("In words")).to_have_value("Short.")
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "false")
    expect(answer(reader).get_by_label("In words")).to_have_count(0)


def clipboard(page: Page) -> Any:
    """Return what was copied, as text and as HTML."""
    return page.evaluate(
        """async () => {
            const [item] = await navigator.clipboard.read();
            const read = (type) => item.types.includes(type) ? item.getType(type).then((blob) => blob.text()) : "";
            return { plain: await read("text/plain"), html: await read("text/html") };
        }"""
    )


def test_36_an_answer_is_copied_as_markdown_and_rich_text(reader: Page, model: FakeModel) -> None:
    """Both kinds are in the clipboard, and it is said."""
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    model.script(RICH)
    ask(reader, TEXT)
    has_ended(reader)
    answer(reader).locator(".doing").get_by_role("button", name="Copy").click()
    expect(reader.locator("#status")).to_have_text("Copied")
    copied = clipboard(reader)
    assert copied["plain"].startswith("A **day** to celebrate, $x^2$.\n\n```python\nprint(")
    assert "<strong>day</strong>" in copied["html"]
    assert "<button" not in copied["html"]


def test_36_the_copy_of_code_is_only_the_code(reader: Page, model: FakeModel) -> None:
    """Neither its language nor the button's name comes along."""
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    model.script("Look:\n\n```python\nprint(1)\n```\n")
    ask(reader, TEXT)
    has_ended(reader)
    answer(reader).locator("figure").get_by_role("button", name="Copy").click()
    expect(reader.locator("#status")).to_have_text("Copied")
    assert clipboard(reader)["plain"] == "print(1)\n"


def words(page: Page) -> list[str]:
    """Return what the conversation says."""
    return [one.strip() for one in page.locator(".words, .blocks").all_inner_texts()]


def test_37_an_answer_made_again_is_a_branch(reader: Page, model: FakeModel) -> None:
    """ "2 / 2" leads back to the first answer, which is as it was; the choice survives a reload."""
    model.script("The first.", "The second.")
    ask(reader, TEXT)
    has_ended(reader)
    expect(answer(reader).get_by_role("button", name="Regenerate")).to_be_attached()
    answer(reader).hover()
    answer(reader).get_by_role("button", name="Regenerate").click()
    expect(answer(reader).locator(".block")).to_have_text(["The second."])
    has_ended(reader)
    expect(answer(reader).locator(".versions")).to_contain_text("2 / 2")
    answer(reader).hover()
    answer(reader).get_by_role("button", name="Previous version").click()
    expect(answer(reader).locator(".block")).to_have_text(["The first."])
    expect(answer(reader).locator(".versions")).to_contain_text("1 / 2")
    reader.reload()
    assert words(reader) == [TEXT, "The first."]
    answer(reader).hover()
    answer(reader).get_by_role("button", name="Next version").click()
    expect(answer(reader).locator(".block")).to_have_text(["The second."])


def test_37_a_changed_question_is_a_branch(reader: Page, model: FakeModel) -> None:
    """The first of two questions is changed: the second belongs to the old branch, to which one can go back."""
    model.script("One.", "Two.", "Three.")
    for text in ("First?", "Second?"):
        ask(reader, text)
        has_ended(reader)
    edit = questions(reader).first.get_by_role("button", name="Edit")
    expect(edit).to_be_attached()
    questions(reader).first.hover()
    edit.click()
    expect(reader.locator("#editing")).to_be_visible()
    expect(box(reader)).to_have_value("First?")
    ask(reader, "Other?")
    has_ended(reader)
    expect(questions(reader).locator(".versions")).to_contain_text("2 / 2")
    assert words(reader) == ["Other?", "Three."]
    questions(reader).first.hover()
    questions(reader).get_by_role("button", name="Previous version").click()
    expect(questions(reader)).to_have_count(2)
    assert words(reader) == ["First?", "One.", "Second?", "Two."]
    reader.reload()
    assert words(reader) == ["First?", "One.", "Second?", "Two."]


def test_37_branches_work_without_scripts(watch: Watch, model_site: Site, model_reader: Any, model: FakeModel) -> None:
    """Regenerate, Edit and the way back are forms."""
    page = watch.open(model_site.url, storage_state=model_reader, java_script_enabled=False)
    model.script("One.", "Two.", "Three.")
    page.goto("/conversations/new/")
    box(page).fill("First?")
    page.get_by_role("button", name="Ask", exact=True).click()
    has_ended(page)
    page.get_by_role("button", name="Regenerate").click()
    expect(has_ended(page).locator(".blocks")).to_have_text("Two.")
    page.get_by_role("button", name="Edit").click()
    expect(box(page)).to_have_value("First?")
    box(page).fill("Other?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(has_ended(page).locator(".blocks")).to_have_text("Three.")
    page.get_by_role("button", name="Previous version").click()
    assert words(page) == ["First?", "Two."]


# Brightness of sRGB as WCAG counts it, painted since the style sheet has its colours in another space.
CONTRAST = """(element) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const light = (color) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
            .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = getComputedStyle(element.closest("pre")).backgroundColor;
    const pair = [light(getComputedStyle(element).color), light(ground)];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_38_code_has_a_name_scrolls_by_key_and_can_be_read(reader: Page, model: FakeModel, scheme: str) -> None:
    """The language is named, the box takes focus and has a name, and each colour has contrast 4.5."""
    reader.emulate_media(color_scheme=scheme)
    model.script(RICH)
    ask(reader, TEXT)
    code = has_ended(reader).get_by_role("group", name="Python")
    expect(answer(reader).locator("figcaption")).to_contain_text("Python")
    code.focus()
    expect(code).to_be_focused()
    code.press("ArrowRight")
    reader.wait_for_function("() => document.querySelector('.blocks pre').scrollLeft > 0")
    colours = [one.evaluate(CONTRAST) for one in code.locator("span").all()]
    assert len(colours) > 3
    assert min(colours) >= 4.5


def test_39_tables_scroll_in_a_box_and_formulas_are_mathml(reader: Page, model: FakeModel) -> None:
    """A table has a head and a box that takes focus; a formula is laid out by the browser itself."""
    model.script(RICH)
    ask(reader, TEXT)
    table = has_ended(reader).get_by_role("group", name="Table")
    table.focus()
    expect(table).to_be_focused()
    expect(table.locator("th")).to_have_text(["Day", "Month"])
    power: Any = answer(reader).locator("math msup mn").bounding_box()
    base: Any = answer(reader).locator("math msup mi").bounding_box()
    assert power["y"] < base["y"]


def test_40_direction_is_per_block(reader: Page, model: FakeModel) -> None:
    """Arabic goes from right to left between English, code never does; the box follows what is typed."""
    model.script(ARABIC)
    ask(reader, TEXT)
    directions = (
        has_ended(reader).locator(".block").evaluate_all("(blocks) => blocks.map((b) => getComputedStyle(b).direction)")
    )
    assert directions == ["ltr", "rtl", "rtl", "rtl", "ltr", "ltr"]
    assert answer(reader).locator("pre").evaluate("(pre) => getComputedStyle(pre).direction") == "ltr"
    box(reader).fill("عيد")
    assert box(reader).evaluate("(box) => getComputedStyle(box).direction") == "rtl"


def test_41_links_are_safe_and_pictures_never_load(reader: Page, model: FakeModel) -> None:
    """A link tells the other site nothing, a script is no address, and a remote picture is its description."""
    requests: list[str] = []

    def note(request: Request) -> None:
        requests.append(request.url)

    reader.on("request", note)
    model.script(RICH)
    ask(reader, TEXT)
    links = has_ended(reader).locator(".blocks a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("rel", re.compile("noopener"))
    expect(answer(reader).locator("img")).to_have_count(0)
    expect(answer(reader)).to_contain_text("a picture")
    assert not [url for url in requests if ":1/" in url]
