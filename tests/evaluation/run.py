"""Asks a source all questions, one after another, and counts."""

import math
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from chat.answering.source import Ask, Source, Turn
from chat.errors import ModelError
from tests.evaluation.grading import grade, inventions, is_verbatim, quotations
from tests.evaluation.questions import HALVES, KINDS, Question, subject

GRADES = ("correct", "partly", "wrong", "refused")


@dataclass(frozen=True)
class Result:
    """What came of one question."""

    question: Question
    answer: str
    grade: str
    citations: int  # shown to readers as verified
    false: tuple[str, ...]  # those of them that are not verbatim
    invented: tuple[str, ...]
    first_words_secs: float | None  # None when the source failed before its first word
    has_failed: bool


async def evaluate(source: Source, questions: Iterable[Question]) -> list[Result]:
    """Return the results in order; one question at a time, so that the times are those of a quiet server."""
    return [await _result(source, question) for question in questions]


def table(results: list[Result]) -> str:
    """Return the counts of each kind and half as a table of Markdown, kept half last."""
    lines = ["| Half | Kind | Questions | Correct | Partly | Wrong | Refused |", "|---|---|---|---|---|---|---|"]
    for half in HALVES:
        of_half = [result for result in results if result.question.half == half]
        kinds = [(kind, [result for result in of_half if result.question.kind == kind]) for kind in KINDS]
        for kind, some in [*kinds, ("all", of_half)]:
            counts = Counter(result.grade for result in some)
            if some:
                cells = (half, kind, len(some), *(counts[grade] for grade in GRADES))
                lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def figures(results: list[Result]) -> str:
    """Return in a few lines how true the quotations were and how long the first words took."""
    shown, false = sum(result.citations for result in results), sum(len(result.false) for result in results)
    invented = [words for result in results for words in result.invented]
    secs = sorted(result.first_words_secs for result in results if result.first_words_secs is not None) or [math.nan]
    p95 = secs[min(len(secs) - 1, round(0.95 * len(secs)))]
    failed = sum(result.has_failed for result in results)
    rate = f"{100 * (shown - false) / shown:.1f} %" if shown else "none shown"
    return (
        f"Shown citations: {shown}, verbatim in the article: {rate}\n"
        f"Invented (quotations and numbers from nowhere): {len(invented)}\n"
        f"First words: median {1000 * statistics.median(secs):.1f} ms, p95 {1000 * p95:.1f} ms"
        + (f"\nFailed, and counted as wrong: {failed}" if failed else "")
    )


def is_true(results: list[Result]) -> bool:
    """Tell whether there was an answer to everything, every shown citation is verbatim and nothing is invented."""
    return not any(result.false or result.invented or result.has_failed for result in results)


async def _result(source: Source, question: Question) -> Result:
    about = subject(question.on)
    history: list[Turn] = []
    for text in question.ask:
        ask = Ask(text, tuple(history), about.passages, about.title, "evaluation")
        answer, secs, has_failed = await _answer(source, ask)
        history += [Turn("user", text), Turn("assistant", answer)]
    shown, others = quotations(answer, about)
    false = tuple(words for words, exact in shown if not is_verbatim(words, exact, about))
    graded = "wrong" if has_failed else grade(question, answer, [words for words, _ in shown], about)
    invented = tuple(inventions(answer, ask, others))
    return Result(question, answer, graded, len(shown), false, invented, secs, has_failed)


async def _answer(source: Source, ask: Ask) -> tuple[str, float | None, bool]:
    """Return the whole answer, after how many seconds its first words came, and whether the source failed."""
    began, first, pieces = time.perf_counter(), None, []
    try:
        async for item in source.answer(ask):
            if isinstance(item, str):
                first = first or time.perf_counter() - began
                pieces.append(item)
    except ModelError as error:
        return f"{''.join(pieces)} [{error}]", first, True
    return "".join(pieces), first, False
