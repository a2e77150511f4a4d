"""Understands a question as far as words allow: its terms, what it refers back to, and what answer it wants."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chat.answering.words import PRONOUNS, QUESTION_WORDS, plain_words, stem, terms, word_set

MAX_QUOTATIONS = 3
# Words taken over from the question before count about a third of the new ones.
INHERITED_WEIGHT = 0.35
# A question of so few words of its own is likely to go on about the same subject.
FEW_WORDS = 3
# A question pasted from a long text has its subject in the beginning, and time is limited.
MAX_TERMS = 64

# "When is it?" asks for a date, "What happens when I close it?" does not.
_WANTS_NUMBER = re.compile(
    r"^\W*((and|but|so|since|until|from)\s+)?when\b|\bsince\s+when\b"
    r"|\b(how\s+(many|much|old|long|far|tall|high|big|large)|(what|which)\s+(year|date|day|month|century|number))\b",
    re.IGNORECASE,
)
_WANTS_SUMMARY = re.compile(
    r"\b(summar\w*|overview|gist|abstract|tl;?dr|main\s+(point|idea|topic)s?|in\s+short|about)\b", re.IGNORECASE
)
_WANTS_SHORTER = re.compile(r"\b(shorter|short|shorten|brief(er|ly)?|concise|one\s+sentence)\b", re.IGNORECASE)
_WANTS_DEFINITION = re.compile(r"\s*(what|who)(['’]s|\s+(is|are|was|were))\b", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(what|how)\s+about\b", re.IGNORECASE)
_WANTS_MORE = re.compile(r"\b(more|else|other|others|further)\b", re.IGNORECASE)
# Where and when something "takes place" or "is held" is asked of anything that happens: its own words say what.
_HAPPENS = re.compile(
    r"\b(takes?|took|taking|taken)\s+(place|part)\b|\b(is|are|was|were|be|been)\s+((it|they)\s+)?(held|located|situated)\b",
    re.IGNORECASE,
)
# What one asks like this about a name stands beside it; "When did the Act pass?" is answered by "the Act of 1871".
_WANTS_DEED = re.compile(r"\s*(who|whom|whose|where|why)\b", re.IGNORECASE)
# "Which pope ..." and "Who ..." ask for a name.
_KIND = re.compile(r"\b(?:which|what)\s+(\w+)", re.IGNORECASE)
# What is left of a request for a summary or a shorter answer beside the words above names no subject.
_REQUEST = frozenset(
    stem(word)
    for word in word_set(
        """
        answer abstract brief briefer briefly concise content contents gist idea main make one overview point
        points put sentence sentences short shorten shorter summarise summarize summary summaries
        tl dr tldr topic topics try version words
        """
    )
)


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


def understand(questions: Iterable[str]) -> Query:
    """Return the query of the last question; the earlier ones, oldest first, are what it may refer to."""
    query = Query({})
    for question in questions:
        query = _follow(question, query)
    return query


def _follow(question: str, before: Query) -> Query:
    own = list(dict.fromkeys(terms(_HAPPENS.sub(" ", question))))[:MAX_TERMS]
    has_subject = any(term not in _REQUEST for term in own)
    if not has_subject and _WANTS_SHORTER.search(question) and _is_query(before):
        return replace(before, limit=1, wants_more=False)
    if not has_subject and _WANTS_SUMMARY.search(question):
        return Query({}, wants_summary=True)
    names = tuple(_names(question))
    query = Query(
        dict.fromkeys(own, 1.0),
        names,
        frozenset(re.findall(r"\b[12]\d{3}\b", question)),
        deed=frozenset(own).difference(*names) if names and _WANTS_DEED.match(question) else frozenset(),
        kind=_kind(question),
        wants_number=bool(_WANTS_NUMBER.search(question)),
        wants_definition=bool(_WANTS_DEFINITION.match(question)),
        wants_more=bool(_WANTS_MORE.search(question)),
    )
    return _inherit(query, before, question) if _refers_back(query, question) else query


def _refers_back(query: Query, question: str) -> bool:
    """Tell whether a question leaves something unsaid: it has a pronoun, or few words and no subject by name."""
    if not PRONOUNS.isdisjoint(plain_words(question)):
        return True
    return len(query.weights) <= FEW_WORDS and not (query.names and _is_whole(question))


def _is_whole(question: str) -> bool:
    """Tell whether a question has its own question word, unlike "And Australia?" and "What about Brazil?"."""
    return not (QUESTION_WORDS.isdisjoint(plain_words(question)) or _GOES_ON.search(question))


def _inherit(query: Query, before: Query, question: str) -> Query:
    """Return query with the words of the one before at less weight."""
    if not query.weights and before.wants_summary:
        return before
    weights = {term: weight * INHERITED_WEIGHT for term, weight in before.weights.items()}
    wants_number = query.wants_number or (before.wants_number and not _is_whole(question))
    return replace(query, weights={**weights, **query.weights}, wants_number=wants_number)


def _kind(question: str) -> str:
    """Return the term of "pope" in "Which pope ...?"; "" where no kind is named."""
    found = _KIND.search(question)
    return next(iter(terms(found[1])), "") if found else ""


def _is_query(query: Query) -> bool:
    return bool(query.weights) or query.wants_summary


def _names(question: str) -> Iterator[frozenset[str]]:
    """Yield the terms of each run of capitalised words that does not begin a sentence."""
    run: set[str] = set()
    is_inside = False
    for word in question.split():
        if is_inside and word.lstrip("\"'“‘«([")[:1].isupper():
            run.update(terms(word))
        elif run:
            yield frozenset(run)
            run = set()
        is_inside = not word.endswith((".", "!", "?", "…", ":"))
    if run:
        yield frozenset(run)
