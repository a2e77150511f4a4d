"""Understands a question as far as words allow: its terms, what it refers back to, and what answer it wants."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chat.answering.languages import ENGLISH, Language
from chat.answering.words import plain_words

MAX_QUOTATIONS = 3
# Earlier questions that a follow-up can refer to; what lies further back has no weight left.
REMEMBERED_QUESTIONS = 6
# Words taken over from the question before count about a third of the new ones.
INHERITED_WEIGHT = 0.35
# A question of so few words of its own is likely to go on about the same subject.
FEW_WORDS = 3
# A question pasted from a long text has its subject in the beginning, and time is limited.
MAX_TERMS = 64

_WANTS_DEFINITION = re.compile(r"\s*(what|who)(['’]s|\s+(is|are|was|were))\b", re.IGNORECASE)
# Where and when something "takes place" or "is held" is asked of anything that happens: its own words say what.
_HAPPENS = re.compile(
    r"\b(takes?|took|taking|taken)\s+(place|part)\b|\b(is|are|was|were|be|been)\s+((it|they)\s+)?(held|located|situated)\b",
    re.IGNORECASE,
)
# What one asks like this about a name stands beside it; "When did the Act pass?" is answered by "the Act of 1871".
_WANTS_DEED = re.compile(r"\s*(who|whom|whose|where|why)\b", re.IGNORECASE)
# "Which pope ..." and "Who ..." ask for a name.
_KIND = re.compile(r"\b(?:which|what)\s+(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """What is looked for."""

    weights: dict[str, float]
    names: tuple[frozenset[str], ...] = ()  # the terms of each proper name
    years: frozenset[str] = frozenset()
    deed: frozenset[str] = frozenset()  # of "Who founded Coachella?" the terms that belong to no name
    kind: str = ""  # of what a name is asked for: "pope"
    wants_number: bool = False
    wants_definition: bool = False
    wants_summary: bool = False
    wants_more: bool = False  # other sentences than those quoted before
    limit: int = MAX_QUOTATIONS

    @property
    def subject(self) -> frozenset[str]:
        """The terms of the question itself; those taken over if it has none, as in "What is it?"."""
        return frozenset(term for term, weight in self.weights.items() if weight == 1.0) or frozenset(self.weights)


def understand(questions: Iterable[str], language: Language = ENGLISH, about: str = "") -> Query:
    """Return the query of the last question; the earlier ones, oldest first, are what it may refer to.

    With words that it is about it refers to those instead, and "Sum that up" asks for them alone.
    """
    if about:
        words = Query(dict.fromkeys(language.terms(about)[:MAX_TERMS], 1.0))
        query = _follow([*questions][-1], words, language)
        return words if query.wants_summary else query
    query = Query({})
    for question in questions:
        query = _follow(question, query, language)
    return query


def _follow(question: str, before: Query, language: Language) -> Query:
    own = list(dict.fromkeys(language.terms(_HAPPENS.sub(" ", question))))[:MAX_TERMS]
    has_subject = not language.forms(list(language.request_words)).issuperset(own)
    if not has_subject and language.asks_shorter.search(question) and _is_query(before):
        return replace(before, limit=1, wants_more=False)
    if not has_subject and language.asks_summary.search(question):
        return Query({}, wants_summary=True)
    names = tuple(_names(question, language)) if language.has_names else ()
    query = Query(
        dict.fromkeys(own, 1.0),
        names,
        frozenset(re.findall(r"\b[12]\d{3}\b", question)),
        deed=frozenset(own).difference(*names) if names and _WANTS_DEED.match(question) else frozenset(),
        kind=_kind(question, language),
        wants_number=bool(language.asks_number.search(question)),
        wants_definition=bool(_WANTS_DEFINITION.match(question)),
        wants_more=bool(language.asks_more.search(question)),
    )
    return _inherit(query, before, question, language) if _refers_back(query, question, language) else query


def _refers_back(query: Query, question: str, language: Language) -> bool:
    """Tell whether a question leaves something unsaid: it has a pronoun, or few words and no subject by name."""
    if not language.pronouns.isdisjoint(plain_words(question)):
        return True
    return len(query.weights) <= FEW_WORDS and not (query.names and _is_whole(question, language))


def _is_whole(question: str, language: Language) -> bool:
    """Tell whether a question has its own question word, unlike "And Australia?" and "What about Brazil?"."""
    return not (language.question_words.isdisjoint(plain_words(question)) or language.goes_on.search(question))


def _inherit(query: Query, before: Query, question: str, language: Language) -> Query:
    """Return query with the words of the one before at less weight."""
    if not query.weights and before.wants_summary:
        return before
    weights = {term: weight * INHERITED_WEIGHT for term, weight in before.weights.items()}
    wants_number = query.wants_number or (before.wants_number and not _is_whole(question, language))
    return replace(query, weights={**weights, **query.weights}, wants_number=wants_number)


def _kind(question: str, language: Language) -> str:
    """Return the term of "pope" in "Which pope ...?"; "" where no kind is named."""
    found = _KIND.search(question)
    return next(iter(language.terms(found[1])), "") if found else ""


def _is_query(query: Query) -> bool:
    return bool(query.weights) or query.wants_summary


def _names(question: str, language: Language) -> Iterator[frozenset[str]]:
    """Yield the terms of each run of capitalised words that does not begin a sentence."""
    run: set[str] = set()
    is_inside = False
    for word in question.split():
        if is_inside and word.lstrip("\"'“‘«([")[:1].isupper():
            run.update(language.terms(word))
        elif run:
            yield frozenset(run)
            run = set()
        is_inside = not word.endswith((".", "!", "?", "…", ":"))
    if run:
        yield frozenset(run)
