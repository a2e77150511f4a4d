"""Grades one answer: does it say what it must, are its quotations the article's words, is anything invented?"""

import re
import unicodedata
from collections.abc import Iterator

from chat.answering.citations import look_up
from chat.answering.source import Ask
from chat.text.quotes import find
from chat.text.quoting import Quoting
from tests.evaluation.questions import Question, Subject

# How a source says that there is no answer. Models have many words for it, and quote nothing then.
REFUSAL = re.compile(
    r"may not answer|\b(not|n['’]t|cannot|unable to)\s+(\w+\s+)?(say|answer|mention|tell|state|contain|cover|include|"
    r"provide|specify|give|discuss|describe|know|find|help|do that|quote|reveal|share|comply|invent)"
    r"|\bnot\s+(mentioned|stated|given|described|in\s+the)\b"
    r"|\bno (information|mention|answer)\b|\b(nothing|never)\b.{0,40}\b(passages?|articles?|text)\b",
    re.IGNORECASE,
)
# What a model says besides its refusal is an answer.
REFUSAL_LENGTH = 600
NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*\d(?!\w)")
ELLIPSIS = re.compile(r"\[…\]|\[\.\.\.\]|…|\.\.\.")
POINTER = re.compile(r"\[[\d, ]+\]|\]\([^)]*\)")


def quotations(answer: str, subject: Subject) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the quotations that readers would be shown as verified, each as written and as stored, and all others.

    The one place that knows how the site finds and verifies quotations.
    """
    shown, others = [], []
    ask = Ask("", (), subject.passages, subject.title, "evaluation", originals=subject.originals)
    quoting = Quoting()
    for quotation in [*quoting.feed(answer)[1], *quoting.flush()[1]]:
        spans = look_up(quotation, ask)
        written = [quotation.words] if len(spans) < 2 else ELLIPSIS.split(quotation.words)
        shown += [
            (words, span.original.plain[span.start : span.end]) for words, span in zip(written, spans, strict=False)
        ]
        others += [] if spans else [quotation.words]
    return shown, others


def is_verbatim(written: str, stored: str, subject: Subject) -> bool:
    """Tell whether letters and digits are the same as in the article, in a way that shares no code with the site."""
    return _letters(written) == _letters(stored) and any(stored in outline.plain for outline in subject.outlines)


def inventions(answer: str, ask: Ask, others: list[str]) -> list[str]:
    """Return what an answer has from nowhere: quotations and numbers that neither article nor conversation holds."""
    texts = [ask.question, *(turn.text for turn in ask.history)]
    texts += [words for passage in ask.passages for words in (passage.heading, passage.text)]
    known = set(_numbers(" ".join(texts)))
    return [*others, *(number for number in _numbers(POINTER.sub(" ", answer)) if number not in known)]


def grade(question: Question, answer: str, shown: list[str], subject: Subject) -> str:
    """Return correct, partly, wrong or refused."""
    is_refusal = not shown and len(answer) < REFUSAL_LENGTH and bool(REFUSAL.search(answer))
    if any(words in answer for words in question.never):
        return "wrong"
    if not question.says:
        return "correct" if is_refusal else "wrong"
    if is_refusal:
        return "refused"
    there = [words for words in shown if not question.under or _stands_under(words, question.under, subject)]
    said = sum(any(find(words, text) for words in says.split(" | ") for text in there) for says in question.says)
    if said == len(question.says):
        return "correct"
    return "partly" if said or (there and question.under) else "wrong"


def _stands_under(words: str, headings: str, subject: Subject) -> bool:
    sections = [section for outline in subject.outlines for section in outline.sections]
    texts = [section.text for section in sections if section.heading.replace("’", "'") in headings.split(" | ")]
    return any(find(words, text) for text in texts)


def _numbers(text: str) -> Iterator[str]:
    """Yield numbers of two digits or more, however their thousands are separated."""
    return (re.sub(r"[.,]", "", match[0]) for match in NUMBER.finditer(text))


def _letters(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFC", text) if character.isalnum())
