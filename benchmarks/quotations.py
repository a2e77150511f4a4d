"""Measure the source without a model on very large articles: `python -m benchmarks.quotations`."""

import os
import random
import resource
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from chat.answering.extractive import compose  # noqa: E402
from chat.answering.source import Ask, Passage  # noqa: E402
from tests.evaluation.questions import questions, subject  # noqa: E402

SECTIONS = 10_000
LARGE_CHARS = 2_000_000
KB_PER_MB = 1024
# The words of real articles in their real frequencies; their order does not matter to what is measured.
WORDS = " ".join(passage.text for passage in subject("all").passages).split()
CHANCE = random.Random(1)


def paragraph() -> str:
    """Return about 80 words in sentences."""
    return " ".join(" ".join(CHANCE.choices(WORDS, k=16)).strip(".").capitalize() + "." for _ in range(5))


def many_sections() -> tuple[Passage, ...]:
    """Return an article of ten thousand sections of two paragraphs."""
    texts = (f"{paragraph()}\n\n{paragraph()}" for _ in range(SECTIONS))
    return tuple(Passage(n, "Large", f"Part {n % 100}", f"Section {n}", text, "/x") for n, text in enumerate(texts, 1))


def one_section(separator: str) -> tuple[Passage, ...]:
    """Return an article of one section of two megabytes."""
    found: list[str] = []
    while sum(map(len, found[-1:])) * len(found) < LARGE_CHARS:
        found.append(paragraph())
    return (Passage(1, "Large", "", "Large", separator.join(found), "/x"),)


def secs(question: str, passages: tuple[Passage, ...]) -> float:
    began = time.perf_counter()
    compose(Ask(question, (), passages, "Large", "benchmark"))
    return time.perf_counter() - began


def measure(name: str, passages: tuple[Passage, ...]) -> None:
    """Print how long the first question took, those after it, and how much memory stays."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asked = [question.ask[-1] for question in questions()]
    first = secs(asked[0], passages)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / KB_PER_MB
    later = sorted(secs(question, passages) for question in asked[1:])
    p95 = later[round(0.95 * len(later)) - 1]
    size = sum(len(passage.text) for passage in passages) / 1e6
    print(
        f"| {name} ({size:.1f} MB) | {first:.2f} s | {1000 * statistics.median(later):.1f} ms"
        f" | {1000 * p95:.1f} ms | {grown:.0f} MB |",
        flush=True,
    )


def main() -> None:
    print("| Article | First question | Later ones, median | p95 | Memory |\n|---|---|---|---|---|")
    measure("the calendar", subject("calendar").passages)
    measure("10,000 sections", many_sections())
    measure("one section of paragraphs", one_section("\n\n"))
    measure("one paragraph", one_section(" "))
    measure("one list", one_section("\n"))


if __name__ == "__main__":
    main()
