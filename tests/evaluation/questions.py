"""The questions of the evaluation, and the articles that they are asked about."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from chat.answering.ask import Text, parts_of
from chat.answering.source import Passage
from chat.text.documents import read_document
from chat.text.sections import Outline, outline

HERE = Path(__file__).resolve().parent
KINDS = ("literal", "paraphrased", "unanswerable", "follow-up", "injection")
HALVES = ("tuned", "kept")
ALL = "all"
FILES = (
    settings.BASE_DIR / "chat/content/celebration.md",
    settings.BASE_DIR / "chat/content/how-this-site-answers.md",
    HERE / "calendar.md",
    HERE / "lighthouse.md",
)


@dataclass(frozen=True)
class Question:
    """One question with what came before it, and what a right answer must have; questions.toml explains the fields."""

    kind: str
    half: str
    on: str
    ask: list[str]
    says: tuple[str, ...] = ()
    under: str = ""
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """One article, or all of them, as the site would hand them to a source and search them for quotations."""

    title: str  # "" for all articles
    passages: tuple[Passage, ...]
    outlines: tuple[Outline, ...]


def questions() -> list[Question]:
    """Return all questions in the order of the file."""
    return [Question(**fields) for fields in tomllib.loads((HERE / "questions.toml").read_text())["question"]]


@cache
def subject(name: str) -> Subject:
    """Return the article with this file name, or all articles."""
    files = [path for path in FILES if name in (ALL, path.stem)]
    documents = [read_document(path.read_bytes(), path.name) for path in files]
    outlines = tuple(outline(document.body) for document in documents)
    parts = [
        part
        for document, found in zip(documents, outlines, strict=True)
        for part in parts_of(Text(0, "", document.title, document.slug), found.sections)
    ]
    passages = tuple(Passage(number, *part) for number, part in enumerate(parts, start=1))
    return Subject("" if name == ALL else documents[0].title, passages, outlines)
