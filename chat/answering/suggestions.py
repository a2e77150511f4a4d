"""Questions that one could ask about an article, made from its own text: only those that quotations of it answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from chat.answering.english import is_english, question_of_heading, questions_of
from chat.answering.languages import ENGLISH
from chat.answering.naming import Names
from chat.answering.question import understand
from chat.answering.quotations import Quotation, choose, quoted
from chat.answering.retrieval import Index, indexes
from chat.answering.source import Passage

# An empty conversation offers four; more would be a menu. Below an answer three are enough.
OFFERED = 4
OFFERED_NEXT = 3
# What fits on two lines of a phone, and is taken in at a glance.
MAX_CHARS = 80
# Choosing quotations takes milliseconds each: where so many were in vain, the rest will be.
MAX_TRIED = 60
# How much each kind says about an article. A heading is a topic and no question: the last resort.
WORTH = {
    "reason": 1.0, "definition": 0.9, "manner": 0.9, "own": 0.9, "date": 0.8, "claim": 0.7, "place": 0.7,
    "since": 0.7, "trait": 0.7, "topic": -1.0, "heading": 0.0,
}  # fmt: skip
# Any words of the section answer these.
ABOUT_A_SECTION = frozenset({"topic", "manner", "own", "heading"})
# Headings that frame a text without saying what it is about.
FRAMES = frozenset(
    {"", "introduction", "conclusion", "summary", "overview", "prerequisites", "contents", "table of contents"}
    | {"references", "bibliography", "sources", "notes", "further reading", "see also", "external links"}
)
# These say again what stands elsewhere.
REPEATING = frozenset({"conclusion", "summary", "notes", "sources", "see also", "external links"})
# A longer article is read in every second, third … section, so that no page waits for seconds.
MAX_READ_CHARS = 400_000
# In the choice of the next question: a kind or a section that was taken counts like a place so much further away.
TAKEN_KIND = 1.5
TAKEN_SECTION = 1.0

# Only compared with each other: for that, English rules do in any language.
terms = ENGLISH.terms


@dataclass(frozen=True)
class Candidate:
    """A question, and the words of a section of the index that answer it."""

    question: str
    kind: str
    section: int
    start: int
    end: int
    subject: frozenset[str]
    worth: float


@lru_cache(maxsize=64)  # as many as there are articles in the cache of passages, by which it is keyed
def opening(passages: tuple[Passage, ...], language: str) -> tuple[str, ...]:
    """Return up to OFFERED questions to begin with, spread over an article and of different kinds."""
    index = indexes.of(passages)[0]
    found: list[Candidate] = []
    every = candidates(passages, language)
    for part in range(OFFERED):
        here = [one for one in every if one.section * OFFERED // len(index.passages) == part]
        found += _first(index, _by_worth(here, found), found)
    for _ in range(OFFERED - len(found)):
        found += _first(index, _by_worth(every, found), found)
    return tuple(one.question for one in sorted(found, key=lambda one: (one.section, one.start)))


@lru_cache(maxsize=256)  # a page that is loaded again costs nothing
def following(
    passages: tuple[Passage, ...],
    language: str,
    asked: tuple[str, ...],
    urls: frozenset[str],
    quotes: tuple[str, ...],
    has_topics: bool = True,
) -> tuple[str, ...]:
    """Return up to OFFERED_NEXT questions about what stands near the quoted sections and was neither asked nor quoted.

    `asked` are the questions of the conversation, oldest first; `urls` the addresses of the sections quoted last.
    Without topics: none that says "the article".
    """
    index = indexes.of(passages)[0]
    near = [number for number, passage in enumerate(index.passages) if passage.url in urls]
    every = candidates(passages, language) if near else ()
    new = set(unasked((one.question for one in every), asked))
    fresh = [one for one in every if one.question in new and (has_topics or one.kind != "topic")]
    fresh = [one for one in fresh if not _is_said(index, one, quotes)]
    found: list[Candidate] = []
    for _ in range(OFFERED_NEXT):
        found += _first(index, _by_distance(fresh, near, found), found, asked)
    return tuple(one.question for one in found)


def unasked(questions: Iterable[str], asked: Iterable[str]) -> list[str]:
    """Return the questions whose words were not all in one that was asked."""
    known = [set(terms(question)) for question in asked]
    return [question for question in questions if not any(set(terms(question)) <= words for words in known)]


@lru_cache(maxsize=64)
def candidates(passages: tuple[Passage, ...], language: str) -> tuple[Candidate, ...]:
    """Return every question that the text raises, in its order; which of them it answers is not known yet."""
    index = indexes.of(passages)[0]
    english = is_english(language, "\n".join(passage.text for passage in index.passages))
    names = Names(passage.text for passage in index.passages)
    found: dict[str, Candidate] = {}
    step = ceil(sum(len(passage.text) for passage in index.passages) / MAX_READ_CHARS) or 1
    for section in range(0, len(index.passages), step):
        for one in _in_section(index, section, names if english else None):
            if len(one.question) <= MAX_CHARS:
                found.setdefault(one.question, one)
    return tuple(found.values())


def answers(index: Index, one: Candidate, asked: Iterable[str] = ()) -> bool:
    """Tell whether the source without a model quotes those very words to the question, asked after the others."""
    query = understand([*asked, one.question], index.language)
    if query.wants_summary or query.wants_more:
        return False
    return any(_holds(quotation, one) for quotation in choose(index, query))


def _holds(quotation: Quotation, one: Candidate) -> bool:
    if quotation.section != one.section:
        return False
    is_all = quotation.start <= one.start and one.end <= quotation.end
    return is_all or one.kind in ABOUT_A_SECTION


def _in_section(index: Index, section: int, names: Names | None) -> Iterator[Candidate]:
    passage = index.passages[section]
    if names and passage.heading.strip().lower() not in REPEATING:
        for unit in index.units(section):
            sentence = " ".join(passage.text[unit.start : unit.end].split())
            for kind, question, name in questions_of(sentence, passage.heading, names):
                own = frozenset(terms(name))
                worth = WORTH[kind] + _weight(passage, name, own) - len(question) / 200
                yield Candidate(question, kind, section, unit.start, unit.end, own, worth)
    yield from _of_heading(passage, section, names)


def _weight(passage: Passage, name: str, own: frozenset[str]) -> float:
    """Return how much the article is about what is named: most of all what its title names, least a word in passing."""
    if own and own <= frozenset(terms(passage.article)):
        return 1.0
    share = len(own & frozenset(terms(f"{passage.heading} {passage.parent}"))) / (len(own) or 1)
    return 0.5 * share if share or name != name.lower() else -0.4


def _of_heading(passage: Passage, section: int, names: Names | None) -> Iterator[Candidate]:
    """Yield what the heading asks or raises; in another language than English it is offered as it stands."""
    heading = " ".join(passage.heading.split())
    if heading.lower() in FRAMES:
        return
    kind, question = ("heading", heading) if names is None else question_of_heading(heading, names)
    if heading.endswith(("?", "？", "؟")):
        kind, question = "own", heading
    if question:
        yield Candidate(question, kind, section, 0, len(passage.text), frozenset(terms(heading)), WORTH[kind])


def _first(
    index: Index, ordered: list[Candidate], found: list[Candidate], asked: Sequence[str] = ()
) -> list[Candidate]:
    """Return the first that is answered and about something else than those found, in a list; [] for none."""
    taken = {(one.subject, kind) for one in found for kind in (one.kind, "topic", "definition")}
    sections = {one.section for one in found}
    new = [one for one in ordered if (one.subject, one.kind) not in taken]
    new = [one for one in new if one.kind != "topic" or one.section not in sections]
    return next(([one] for one in new[:MAX_TRIED] if answers(index, one, asked)), [])


def _by_worth(here: Iterable[Candidate], found: list[Candidate]) -> list[Candidate]:
    kinds = [one.kind for one in found]
    return sorted(here, key=lambda one: -one.worth + 0.75 * kinds.count(one.kind))


def _by_distance(fresh: Iterable[Candidate], near: list[int], found: list[Candidate]) -> list[Candidate]:
    kinds, sections = [one.kind for one in found], [one.section for one in found]

    def cost(one: Candidate) -> float:
        distance = min(abs(one.section - place) for place in near)
        taken = TAKEN_KIND * kinds.count(one.kind) + TAKEN_SECTION * sections.count(one.section)
        return distance + taken - 2 * one.worth

    return sorted(fresh, key=cost)


def _is_said(index: Index, one: Candidate, quotes: Iterable[str]) -> bool:
    """Tell whether the words that answer it were quoted already; a heading has more to say."""
    if one.kind in ABOUT_A_SECTION:
        return False
    fact = quoted(index, Quotation(one.section, 0, one.start, one.end, 0.0))
    return any(fact in quote or quote in fact for quote in quotes)
