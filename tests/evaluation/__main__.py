"""Ask the configured source the questions of the evaluation: `make eval`, or `python -m tests.evaluation --help`."""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.evaluation.run import Result


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make eval ARGS=…",
        description="Asks the source that the settings name: quotations, or the model at OPENAI_BASE_URL. "
        "Exits with 1 when a shown citation is not verbatim, anything is invented or a call failed.",
    )
    parser.add_argument("--half", choices=("tuned", "kept"), help="only this half of the questions")
    parser.add_argument("--kind", choices=("literal", "paraphrased", "unanswerable", "follow-up", "injection"))
    parser.add_argument(
        "--show", action="store_true", help="each question with its answer; of the kept half only with --half kept"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results to this file, too")
    return parser.parse_args()


def shown(result: "Result") -> str:
    question = result.question
    head = f"== {result.grade}: {' / '.join(question.ask)} ({question.kind}, {question.on})"
    wanted = [f"   wanted: {', '.join(question.says) or 'a refusal'}"] if result.grade != "correct" else []
    bad = [f"   {name}: {words}" for name in ("false", "invented") for words in getattr(result, name)]
    return "\n".join([head, *wanted, *bad, result.answer, ""])


def main() -> int:
    options = read_options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebrations_site.settings")
    os.environ.setdefault("DEBUG", "true")
    os.environ.setdefault("SECRET_KEY", "the evaluation signs nothing and needs no database " * 2)
    django.setup()
    # These read settings and models.
    from chat.answering import choose
    from tests.evaluation import run
    from tests.evaluation.questions import questions

    source = choose.source()
    asked = [
        question
        for question in questions()
        if options.half in (None, question.half) and options.kind in (None, question.kind)
    ]
    print(f"{len(asked)} questions to {source.name}\n", flush=True)
    results = asyncio.run(run.evaluate(source, asked))
    if options.show:
        print("\n".join(shown(result) for result in results if options.half or result.question.half == "tuned"))
    print(run.table(results), run.figures(results), sep="\n\n")
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False))
    return 0 if run.is_true(results) else 1


if __name__ == "__main__":
    sys.exit(main())
