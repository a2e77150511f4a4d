"""Questions made from an article's text: which ones, in what words, and that the article answers each."""

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat.answering.english import is_english
from chat.answering.extractive import compose
from chat.answering.source import Ask, Passage, Turn
from chat.answering.suggestions import MAX_CHARS, OFFERED, OFFERED_NEXT, candidates, following, opening, unasked
from chat.text.documents import read_document
from chat.text.sections import outline
from tests.test_extractive import PASSAGES, quotations
from tests.text.strategies import markdown


def passages_of(body: str, title: str = "Feasts") -> tuple[Passage, ...]:
    sections = [section for section in outline(body).sections if section.text]
    return tuple(
        Passage(number, title, "", section.heading, section.text, f"/articles/a/#{section.anchor}")
        for number, section in enumerate(sections, start=1)
    )


def shipped(name: str) -> tuple[Passage, ...]:
    document = read_document((settings.BASE_DIR / f"chat/content/{name}.md").read_bytes(), f"{name}.md")
    return passages_of(document.body, document.title)


CELEBRATION = shipped("celebration")
SITE = shipped("how-this-site-answers")
FRENCH = passages_of(
    "La fête est un moment de la vie.\n\n## Les lampes\n\nLes lampes brillent dans la nuit.\n\n"
    "## Le pain\n\nLe pain est partagé par tous.\n\n## Pourquoi danser ?\n\nParce que danser réunit.",
    "Les fêtes",
)


def answer(question: str, passages: tuple[Passage, ...], *asked: str) -> str:
    history = [Turn("user", earlier) for earlier in asked]
    return compose(Ask(question, tuple(history), passages, "Feasts", "reader"))


def raised(sentence: str, heading: str = "Lamps") -> list[str]:
    """Return the questions that an article of this one sentence raises, its heading's left out."""
    text = f"## {heading}\n\n{sentence} The rest of it is for the eyes of those that come from there to see it."
    return [one.question for one in candidates(passages_of(text), "en") if one.kind not in ("topic", "manner")]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("A toast is a short speech with a raised glass.", "What is a toast?"),
        ("Songkran is the New Year of Thailand.", "What is Songkran?"),
        ("Liminality is the threshold phase of a ritual.", "What is liminality?"),
        ("Server-sent events are a web standard.", "What are server-sent events?"),
        ("Émile Durkheim was a French sociologist.", "Who was Émile Durkheim?"),
        ("Bastille Day, the national day of France, is 14 July.", "When is Bastille Day?"),
        ("Thanksgiving in Canada falls on the second Monday of October.", "When is Thanksgiving in Canada?"),
        ("Halloween, on 31 October, sends children from door to door.", "When is Halloween?"),
        ("The Roman Saturnalia began on 17 December.", "When did the Roman Saturnalia begin?"),
        ("The Eiffel Tower was built by Gustave Eiffel in 1889.", "When was the Eiffel Tower built?"),
        ("Matariki has been a public holiday since 2022.", "Since when has Matariki been a public holiday?"),
        ("Burning Man is held in Nevada, in the desert.", "Where is Burning Man held?"),
        ("Pumpkin lanterns come from Ireland.", "Where do pumpkin lanterns come from?"),
        ("The Carnival of Venice is known for its masks.", "What is the Carnival of Venice known for?"),
        ("Wild feasts are often short, because food runs out.", "Why are wild feasts often short?"),
        ("Victor Turner (1969) argued that ritual unites.", "What did Victor Turner argue?"),
        (
            "Mikhail Bakhtin (1965) described carnival as a world turned over.",
            "How did Mikhail Bakhtin describe carnival?",
        ),
    ],
)
def test_a_sentence_raises_the_question_it_answers(sentence: str, question: str) -> None:
    assert raised(sentence) == [question]


@pytest.mark.parametrize(
    "sentence",
    [
        "It is a feast of lights.",
        "This day is 14 July.",
        "The city is a port on the coast.",  # which one, only the sentence before can tell
        "The result is a feast.",
        "White, the colour of the bride, is a colour of mourning.",
        "In many places a lamp is a sign.",
        "Preparing for the day is a pleasure.",
        "What matters is a good supper.",
        "The lamp is the same.",
        "People who dance in a ring is a phrase.",
    ],
)
def test_a_sentence_that_says_little_by_itself_raises_none(sentence: str) -> None:
    assert raised(sentence, heading="Elsewhere") == []


def test_the_section_may_be_about_a_thing_with_a_common_name() -> None:
    assert raised("The writer is a task of the server.", heading="The writer") == ["What is the writer?"]


def test_the_shipped_article_has_questions_of_several_kinds_from_all_its_parts() -> None:
    questions = opening(CELEBRATION, "en")
    assert questions == (
        "What is a celebration?",
        "When is National Foundation Day in Japan?",
        "Why can celebrations support well-being?",
        "What is cultural appropriation?",
    )


@pytest.mark.parametrize("passages", [CELEBRATION, SITE])
def test_every_question_is_answered_with_a_quotation(passages: tuple[Passage, ...]) -> None:
    questions = opening(passages, "en")
    assert len(questions) == OFFERED
    assert all(quotations(answer(question, passages)) for question in questions)


def test_headings_are_the_last_resort() -> None:
    text = "## {}\n\nPeople share it with the guests of the house and that is all.\n\n"
    passages = passages_of("".join(text.format(heading) for heading in ("Bread", "Cake", "Religious and spiritual")))
    about = "What does the article say about {}?"
    assert opening(passages, "en") == (about.format("bread"), about.format("cake"))


def test_a_heading_that_is_a_question_is_offered_as_it_is() -> None:
    passages = passages_of("## Why do lamps burn?\n\nThe oil of the lamps is what burns, and it is from olives.")
    assert opening(passages, "en") == ("Why do lamps burn?",)


def test_a_heading_that_says_how_is_turned_round() -> None:
    passages = passages_of("## How lamps are lit\n\nThe lamps are lit with a long match, and it is done at dusk.")
    assert opening(passages, "en") == ("How are lamps lit?",)


@pytest.mark.parametrize("language", ["fr", "en"])  # an editor may have left the tag as it was
def test_another_language_gets_its_own_headings_and_no_english(language: str) -> None:
    assert opening(FRENCH, language) == ("Les lampes", "Le pain", "Pourquoi danser ?")


def test_an_english_tag_with_a_region_is_english() -> None:
    assert is_english("en-GB", "The lamp of the house is lit.")


@pytest.mark.parametrize("body", ["", "Only words.", "## Conclusion\n\nA lamp is a light.", "- a\n- b"])
def test_an_article_that_raises_no_question_gets_none(body: str) -> None:
    assert opening(passages_of(body), "en") == ()


# --- what to ask next -----------------------------------------------------------------------------------------


def near(heading: str, passages: tuple[Passage, ...] = CELEBRATION) -> frozenset[str]:
    return frozenset(passage.url for passage in passages if passage.heading == heading)


def test_the_next_questions_are_about_what_stands_near() -> None:
    asked = "When is Bastille Day?"
    quotes = ("Bastille Day, the national day of France, is 14 July; it recalls the storming of the Bastille in 1789.",)
    questions = following(CELEBRATION, "en", (asked,), near("Secular and national"), quotes)
    assert len(questions) == OFFERED_NEXT
    assert asked not in questions
    places = [
        one.section for question in questions for one in candidates(CELEBRATION, "en") if one.question == question
    ]
    assert all(abs(place - 12) <= 3 for place in places)


def test_the_next_questions_are_answered_after_those_before() -> None:
    asked = ("What is Diwali?",)
    for question in following(CELEBRATION, "en", asked, near("Religious and spiritual"), ()):
        assert quotations(answer(question, CELEBRATION, *asked))


def test_asking_what_is_offered_never_comes_round() -> None:
    asked: list[str] = []
    for _ in range(12):
        questions = following(CELEBRATION, "en", tuple(asked), near("Asia"), ())
        assert not set(questions) & set(asked)
        asked += questions[:1]
    assert len(set(asked)) == 12


def test_what_was_quoted_is_not_offered() -> None:
    quotes = ("Haka is a form of dance, not a festival: its performers join chanted words to stamping, gesture.",)
    with_it = following(SITE, "en", (), near("The journal", SITE), ())
    assert with_it
    assert "What is haka?" not in following(CELEBRATION, "en", (), near("Oceania"), quotes)


def test_without_a_place_there_is_no_next_question() -> None:
    assert following(CELEBRATION, "en", (), frozenset(["/articles/other/#asia"]), ()) == ()


def test_a_question_counts_as_asked_in_other_words_around_it() -> None:
    questions = ["When is Bastille Day?", "When is Halloween?"]
    assert unasked(questions, ["tell me, when is bastille day in France"]) == ["When is Halloween?"]


# --- any article ----------------------------------------------------------------------------------------------

SENTENCES = st.sampled_from(
    [
        *(
            "Lamp Day is 3 May.",
            "A lamp is a light.",
            "Lamps are lit, because it is dark.",
            "It was a feast of the lamp.",
        ),
        *(
            "Lamp Day, a feast, has been a holiday since 1990.",
            "## Lamps and bread",
            "## How lamps are lit",
            "- A. B is a C.",
        ),
        *(
            "The Lamp (1900) argued that the lamp is the lamp.",
            "Lamps come from Rome.",
            "## Lamp Day",
            "the of and is to it",
        ),
    ]
)
ARTICLES = markdown() | st.lists(SENTENCES | st.text(max_size=20), max_size=12).map("\n\n".join)


def check(passages: tuple[Passage, ...], language: str) -> None:
    """Expect that every suggestion is short and answered with words of the article, the next ones after the first."""
    first = opening(passages, language)
    after = following(passages, language, first[:1], frozenset(passage.url for passage in passages), ())
    assert len(set(first)) == len(first) <= OFFERED
    for question, asked in [(question, ()) for question in first] + [(question, first[:1]) for question in after]:
        assert 0 < len(question) <= MAX_CHARS
        assert question not in asked
        assert quotations(answer(question, passages, *asked))


@hypothesis_settings(max_examples=200, deadline=None)
@given(ARTICLES, st.sampled_from(["en", "fr", ""]))
def test_whatever_is_suggested_is_answered(body: str, language: str) -> None:
    check(passages_of(body), language)


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.lists(PASSAGES, max_size=5), st.sampled_from(["en", "fr"]))
def test_no_passages_break_it(passages: list[Passage], language: str) -> None:
    check(tuple(passages), language)
