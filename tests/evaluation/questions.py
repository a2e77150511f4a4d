"""The questions of the evaluation, and the articles that they are asked about."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from chat.answering.ask import Text, passages_of
from chat.answering.source import Heading, Original, Passage
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
    originals: tuple[Original, ...]


def questions() -> list[Question]:
    """Return all questions in the order of the file."""
    return [Question(**fields) for fields in tomllib.loads((HERE / "questions.toml").read_text())["question"]]


@cache
def subject(name: str) -> Subject:
    """Return the article with this file name, or all articles."""
    files = [path for path in FILES if name in (ALL, path.stem)]
    documents = [read_document(path.read_bytes(), path.name) for path in files]
    outlines = tuple(outline(document.body) for document in documents)
    passages: list[Passage] = []
    originals: list[Original] = []
    for pk, (document, found) in enumerate(zip(documents, outlines, strict=True), start=1):
        text = Text(pk, "", 1, document.title, document.slug)
        passages += passages_of(text, found.sections, first_number=len(passages) + 1)
        headings = tuple(Heading(part.start, part.position + 1, part.heading, part.anchor) for part in found.sections)
        originals.append(Original(pk, 1, document.title, document.slug, found.plain, headings))
    title = "" if name == ALL else documents[0].title
    return Subject(title, tuple(passages), outlines, tuple(originals))
