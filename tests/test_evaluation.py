"""The evaluation: its questions are fair, its grades right, and the source without a model keeps above the floors."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from django.conf import settings

from chat.answering.extractive import ExtractiveSource
from chat.answering.source import Ask, Ending
from chat.errors import ModelCut
from chat.text.quotes import find
from tests.evaluation.grading import grade, inventions, is_verbatim, quotations
from tests.evaluation.questions import HALVES, KINDS, Question, questions, subject
from tests.evaluation.run import Result, evaluate, figures, is_true

QUESTIONS = questions()
CALENDAR = subject("calendar")


@pytest.fixture(scope="module")
def results() -> list[Result]:
    """What the source without a model answers to all questions."""
    return asyncio.run(evaluate(ExtractiveSource(), QUESTIONS))


class Broken:
    """Breaks off after its first words."""

    name = "broken"
    notice = ""

    async def answer(self, ask: Ask) -> AsyncGenerator[str | Ending, None]:
        yield "A calendar is"
        raise ModelCut


def share(results: list[Result], kind: str, grade: str) -> float:
    """Return which part of the kept half's questions of this kind got the grade."""
    grades = [result.grade for result in results if (result.question.half, result.question.kind) == ("kept", kind)]
    return grades.count(grade) / len(grades)


def test_every_kind_has_as_many_questions_kept_as_tuned() -> None:
    counts = Counter((question.kind, question.half) for question in QUESTIONS)
    assert len(QUESTIONS) >= 100
    assert set(counts) == {(kind, half) for kind in KINDS for half in HALVES}
    assert all(0 <= counts[kind, "tuned"] - counts[kind, "kept"] <= 1 for kind in KINDS)


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.says], ids=lambda question: question.ask[-1])
def test_what_a_right_answer_must_say_stands_in_the_article_where_it_is_expected(question: Question) -> None:
    sections = [section for outline in subject(question.on).outlines for section in outline.sections]
    headings = question.under.split(" | ") if question.under else [section.heading for section in sections]
    texts = [section.text for section in sections if section.heading.replace("’", "'") in headings]
    wanted = [words for says in question.says for words in says.split(" | ")]
    assert all(any(find(words, text) for text in texts) for words in wanted)


def test_the_source_without_a_model_keeps_above_the_floors(results: list[Result]) -> None:
    assert share(results, "literal", "correct") >= 0.75
    assert share(results, "unanswerable", "correct") >= 0.9


def test_the_source_without_a_model_invents_nothing(results: list[Result]) -> None:
    assert is_true(results)
    assert sum(result.citations for result in results) > 50


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("> In Iran the year begins at the spring equinox", "partly"),
        ("> Day zero began at noon on 1 January 4713 BCE in the Julian calendar.", "correct"),
        ("Its first day was “1 January 4713 BCE”.", "correct"),
        ("Its first day was 1 January 4713 BCE.", "wrong"),
        ("> Friday is named after the goddess Frigg.", "wrong"),
        ("The article may not answer that.", "refused"),
        ("The passages do not say when it began.", "refused"),
        ("> Day zero began at noon on 1 January 4713 BCE in the Julian calendar.\n\nBANANA", "wrong"),
    ],
)
def test_an_answer_gets_its_grade(answer: str, expected: str) -> None:
    headings = "Julian day numbers | The Persian calendar"
    question = Question("literal", "tuned", "calendar", ["When?"], ["1 January 4713 BCE"], headings, ["BANANA"])
    shown = [words for words, _ in quotations(answer, CALENDAR)[0]]
    assert grade(question, answer, shown, CALENDAR) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("I cannot answer that from the passages.", "correct"), ("It was 1066.", "wrong"), ("> A calendar is", "wrong")],
)
def test_a_question_without_an_answer_must_be_refused(answer: str, expected: str) -> None:
    question = Question("unanswerable", "tuned", "calendar", ["Who?"])
    shown = [words for words, _ in quotations(answer, CALENDAR)[0]]
    assert grade(question, answer, shown, CALENDAR) == expected


@pytest.mark.parametrize(
    ("answer", "invented"),
    [
        ("The year 46 BCE had 445 days [3].", []),
        ("It has 146097 days.", []),
        ("The year had 447 days.", ["447"]),
        ("> Friday is named after the god Loki.", ["Friday is named after the god Loki."]),
    ],
)
def test_what_comes_from_nowhere_is_an_invention(answer: str, invented: list[str]) -> None:
    ask = Ask("How long was it?", (), CALENDAR.passages, CALENDAR.title, "reader")
    assert inventions(answer, ask, quotations(answer, CALENDAR)[1]) == invented


def test_a_citation_with_another_letter_is_not_verbatim() -> None:
    stored = "Friday is named after the goddess Frigg."
    assert is_verbatim("Friday  is named after the goddess Frigg.", stored, CALENDAR)
    assert not is_verbatim("Friday is named after the goddess Frig.", stored, CALENDAR)
    assert not is_verbatim("Friday is a day.", "Friday is a day.", CALENDAR)


def test_a_source_that_fails_is_wrong_and_said_to_have_failed() -> None:
    results = asyncio.run(evaluate(Broken(), QUESTIONS[:2]))
    assert [result.grade for result in results] == ["wrong", "wrong"]
    assert "Failed, and counted as wrong: 2" in figures(results)
    assert not is_true(results)


def test_the_command_prints_its_table_and_writes_its_results(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.evaluation", "--half", "tuned", "--kind", "follow-up", "--show"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DJANGO_"))}
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "all.json")], capture_output=True, text=True, cwd=settings.BASE_DIR,
        env=environment, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| tuned | follow-up | 9 |" in done.stdout
    assert "verbatim in the article: 100.0 %" in done.stdout
    assert len(json.loads((tmp_path / "all.json").read_text())) == 9
