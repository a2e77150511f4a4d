"""No chip without the article's own words: whatever an article says, whatever a model writes, however it arrives."""

import re
from collections.abc import Iterable
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat.answering.citations import Verifier
from chat.answering.source import Ask, Heading, Original, Passage
from chat.models import Article, Citation, Message, Verdict
from chat.replies.chips import insets
from chat.replies.ending import cited
from chat.text.blocks import Blocks
from chat.text.quotes import find
from chat.text.quoting import Quoting
from chat.text.sections import outline
from tests.fake_model import FakeModel
from tests.reader import Reader
from tests.text.strategies import markdown

BODY = """A feast is a **shared** joy, and [everyone](https://example.org/) is asked to it.

## Bread

“Bread” is the oldest food of feasts — it was broken, not cut. People share cake and bread.

## National days

Brazil celebrates its independence on 7 September; France its Republic on 14 July.

- Songs: the anthem is sung at noon.
- Lights: fireworks end the day.

People share cake and bread.
"""


def ask_about(*bodies: str) -> Ask:
    """Return an Ask about articles with these texts, as the database would give it."""
    passages: list[Passage] = []
    originals: list[Original] = []
    for pk, body in enumerate(bodies, start=1):
        parts = outline(body)
        passages += [
            Passage(
                len(passages) + number, f"Article {pk}", "", part.heading, part.text, f"/articles/a{pk}/#{part.anchor}",
                revision_id=pk, start=part.start, end=part.end,
            )
            for number, part in enumerate((part for part in parts.sections if part.text), start=1)
        ]  # fmt: skip
        headings = tuple(Heading(part.start, part.position + 1, part.heading, part.anchor) for part in parts.sections)
        originals.append(Original(pk, 1, f"Article {pk}", f"a{pk}", parts.plain, headings))
    return Ask("When?", (), tuple(passages), "", "reader", originals=tuple(originals))


def judged(pieces: Iterable[str], ask: Ask) -> tuple[list[Citation], list[str]]:
    """Return the citations of an answer that arrives in pieces, and the blocks that a page then shows."""
    quoting, verifier, blocks = Quoting(), Verifier(1, ask), Blocks()
    page: dict[int, str] = {}
    found: list[Citation] = []
    for step in (*(lambda piece=piece: quoting.feed(piece) for piece in pieces), quoting.flush):
        text, quotations = step()
        citations = verifier.verify(quotations)
        found += citations
        page |= dict(blocks.feed(text, insets(map(cited, citations))))
    page |= dict(blocks.finish())
    return found, [page[index] for index in sorted(page)]


def verdicts(text: str, ask: Ask) -> list[tuple[str, str]]:
    return [(citation.verdict, citation.exact) for citation in judged([text], ask)[0]]


def chips(html: Iterable[str]) -> list[str]:
    return re.findall(r'<a class="chip"', "".join(html))


@st.composite
def quoting_answers(draw: st.DrawFn) -> tuple[str, str]:
    """Draw an article, and an answer that quotes it rightly, wrongly and not at all."""
    body = draw(st.one_of(markdown(), st.just(BODY)))
    plain = outline(body).plain
    words = st.one_of(st.sampled_from([plain[at : at + 30] for at in range(0, max(1, len(plain)), 17)]), markdown())
    marks = st.sampled_from(
        ["“{}” [1]", "“{}”", '"{}" [[2]]', "«{}» [9]", "> {}\n\n", "{}", "“{} … {}” [1]", "**“{}”** [1]"]
    )
    parts = draw(st.lists(st.tuples(marks, words, words), max_size=6))
    return body, " ".join(mark.format(*both) for mark, *both in parts)


@hypothesis_settings(max_examples=150, deadline=None, derandomize=True)
@example(("", "> :  \n]+\n2) \n\n «]| a | b |\n===> _» [9]"), 7)
@given(quoting_answers(), st.integers(1, 40))
def test_no_chip_is_shown_whose_words_are_not_in_the_article(drawn: tuple[str, str], size: int) -> None:
    body, text = drawn
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    ask = ask_about(body)
    plain = ask.originals[0].plain
    found, page = judged(pieces, ask)
    assert (found and [row.exact for row in found], page) == (
        found and [row.exact for row in judged([text], ask)[0]],
        judged(list(text), ask)[1],
    )
    verified = [row for row in found if row.verdict == Verdict.VERIFIED]
    for row in verified:
        assert plain[row.start : row.end] == row.exact
        assert find(row.exact, plain)
    assert len(chips(page)) <= len(verified)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“People share cake and bread” [2].", [("verified", "People share cake and bread")]),
        # Other quotation marks, dashes, white space, soft hyphens.
        ('It says "“Bread” is the oldest food of feasts - it was\xa0broken, not cut."',
         [("verified", "“Bread” is the oldest food of feasts — it was broken, not cut.")]),
        ("“it was bro\xadken,   not cut” [2]", [("verified", "it was broken, not cut")]),
        # The sentence's own stop inside the marks.
        ("“People share cake,” it says.", [("verified", "People share cake")]),
        # Across bold and links of the article, and of the answer.
        ("“a shared joy, and everyone is asked” [1]", [("verified", "a shared joy, and everyone is asked")]),
        ("“a *shared* joy, and **everyone** is asked” [1]", [("verified", "a shared joy, and everyone is asked")]),
        # Left out: both parts count.
        ("“Brazil celebrates … on 7 September” [3]",
         [("verified", "Brazil celebrates"), ("verified", "on 7 September")]),
        ("“Brazil celebrates […] its Republic” [3]", [("verified", "Brazil celebrates"), ("verified", "its Republic")]),
        ("“on 7 September … Brazil celebrates” [3]", [("missing", "on 7 September … Brazil celebrates")]),
        ("“Brazil … September” [3]", [("missing", "Brazil … September")]),
        # The wrong passage, or one that is not there.
        ("“Brazil celebrates its independence” [1]", [("verified", "Brazil celebrates its independence")]),
        ("“Brazil celebrates its independence” [99]", [("verified", "Brazil celebrates its independence")]),
        # Invented, changed, cut within a word or a number.
        ("“Brazil celebrates its carnival” [3]", [("missing", "Brazil celebrates its carnival")]),
        ("“Brazil celebrates its independence on 8 September”",
         [("missing", "Brazil celebrates its independence on 8 September")]),
        ("“razil celebrates its independence”", [("missing", "razil celebrates its independence")]),
        # Block quotes, with and without what belongs to them.
        ("> People share cake and bread.", [("verified", "People share cake and bread.")]),
        ("> People share cake and bread.\nEveryone must.",
         [("missing", "People share cake and bread. Everyone must.")]),
        ("> People share cake and bread.\n> — *Bread* [2]", [("verified", "People share cake and bread.")]),
        # Broken notation, and none.
        ("“People share cake and bread” [[2]] [2", [("verified", "People share cake and bread")]),
        ("“People share cake and bread” [2", [("verified", "People share cake and bread")]),
        ("“People share cake and br", []),
        ("People share cake and bread.", []),
        ("People like [2] bread.", []),
    ],
)  # fmt: skip
def test_what_models_quote_gets_its_verdict(text: str, expected: list[tuple[str, str]]) -> None:
    assert verdicts(text, ask_about(BODY)) == expected


def test_the_named_passage_comes_first() -> None:
    ask = ask_about(BODY)
    (first,), (third,) = (judged([f"“People share cake and bread” [{n}]"], ask)[0] for n in (2, 3))
    assert first.exact == third.exact
    assert (first.section.heading, third.section.heading) == ("Bread", "National days")
    assert first.start < third.start


def test_equal_quotations_share_their_number() -> None:
    found, page = judged(["“it was broken” [2], “People share cake” [2], “it was broken” [2]"], ask_about(BODY))
    assert [row.number for row in found] == [1, 2, 1]
    assert [row.ordinal for row in found] == [1, 2, 3]
    assert re.findall(r">(\d)</a>", page[0]) == ["1", "2", "1"]


def test_several_articles_are_searched_the_named_one_first() -> None:
    ask = ask_about("# A\n\nThe same words stand here.", "# B\n\nThe same words stand here.")
    (row,), (other,) = (judged([f"“The same words stand” [{n}]"], ask)[0] for n in (1, 2))
    assert (row.revision.number, row.revision.pk, other.revision.pk) == (1, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        '“<img src=x onerror=alert(1)> words here” [1]',
        '<a class="chip" href="/articles/a1/">1</a> “invented words are here” [1]',
        "\ufdd00\ufdd1 “invented words are here” [1] \ufdd01\ufdd1",
        '[1](javascript:alert(1)) [x](/articles/a1/ "“invented words are here” [1]")',
        "![“invented words are here”](https://evil.example/?q=1)",
        "`“invented words are here”` [1]\n\n    “invented words are here” [1]",
    ],
)  # fmt: skip
def test_a_model_cannot_make_a_chip_or_markup_of_its_own(text: str) -> None:
    found, page = judged([text], ask_about(BODY))
    assert not chips(page)
    assert all(row.verdict == Verdict.MISSING for row in found)
    assert set(re.findall(r"<(\w+)", "".join(page))) <= {"p", "span", "code", "pre", "figure", "figcaption", "button"}


def test_markup_in_an_article_stays_words() -> None:
    body = "The words <script>x</script> stand & are quoted.\n\n## <img src=x onerror=y>\n\nMore words stand here."
    _, page = judged(["“stand & are quoted” [1] and “More words stand here” [2]"], ask_about(body))
    assert len(chips(page)) == 2
    assert "<script>" not in "".join(page)
    assert "<img" not in "".join(page)
    assert "<img src=x onerror=y>" in unescape("".join(page))


# --- through POST /chat ---------------------------------------------------------------------------------------


@pytest.mark.server
def test_chips_come_with_the_text_they_belong_to(reader: Reader, article: Article, model: FakeModel):
    model.script("It says “People share cake” [2] and “nobody shares anything” [2].")
    received = reader.ask("Cake?", "?format=blocks", article="feasts")
    (block,) = received.blocks.values()
    assert block.count('class="chip"') == block.count('class="unfound"') == 1
    assert "[2]" not in block
    rows = Message.objects.get(code=received.reply["reply"]).citations.all()
    assert [(row.verdict, row.number) for row in rows] == [("verified", 1), ("missing", None)]


@pytest.mark.server
def test_an_answer_that_says_there_is_none_leads_to_the_nearest_sections(
    reader: Reader, article: Article, model: FakeModel
):
    model.script("[no answer] The article does not say what bread costs.")
    received = reader.ask("What does the cake cost on national days?", "?format=blocks", article="feasts")
    reply = Message.objects.get(code=received.reply["reply"])
    assert reply.is_unanswered
    assert {row.verdict for row in reply.citations.all()} == {"nearest"}
    shown = "".join(received.blocks.values())
    assert "The nearest sections" in shown
    assert 'class="chip"' not in shown
    assert "[no answer]" not in shown
