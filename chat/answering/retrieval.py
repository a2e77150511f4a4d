"""Finds the sections of articles that a question is about: BM25 over their words, in memory."""

import math
import operator
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from heapq import nlargest
from threading import Lock

from chat.answering.languages import ENGLISH, Language, language
from chat.answering.sentences import Unit, units
from chat.answering.source import Passage

# The usual values of BM25: how soon a repeated word stops counting, and how much a long section is held back.
K1 = 1.2
B = 0.75
# A word in the section's own heading counts as if it stood there twice more, in the heading above it once.
HEADING_WEIGHT = 2
# In fewer sections nearly every word of the article seems to be a frequent one, and only unknown words seem to tell.
ENOUGH_SECTIONS = 10
# Lists of works and of sections hold every name and say nothing about them.
APPARATUS = frozenset(["references", "bibliography", "further reading", "works cited", "contents", "table of contents"])


class Index:
    """The words of all sections of one language in one Ask."""

    def __init__(self, passages: Iterable[Passage], language: Language = ENGLISH) -> None:
        self.language = language
        self.passages = tuple(passage for passage in passages if passage.text.strip() and not _is_apparatus(passage))
        self._postings = _postings([self._counts(passage) for passage in self.passages])
        self._units: dict[int, list[Unit]] = {}
        self._size, self._frequency = self._frequencies()

    def __contains__(self, term: str) -> bool:
        return term in self._postings

    def idf(self, term: str) -> float:
        """Return how much a term tells: a term that stands nowhere most of all."""
        frequency = self._frequency.get(term, 0)
        return math.log(1 + (self._size - frequency + 0.5) / (frequency + 0.5))

    def values(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Return how much each term of a question counts."""
        return {term: weight * self.idf(term) for term, weight in weights.items()}

    def rank(self, weights: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """Return the best sections as (index, score), best first; none that shares no term with the question."""
        scores = [0.0] * len(self.passages)
        for term, value in self.values(weights).items():
            for section, saturation in zip(*self._postings.get(term, ((), ())), strict=True):
                scores[section] += value * saturation
        found = ((score, -section) for section, score in enumerate(scores) if score)
        return [(-section, score) for score, section in nlargest(limit, found)]

    def held(self, terms: Iterable[str], section: int) -> frozenset[str]:
        """Return those of the terms that a section has, its headings included."""
        return frozenset(term for term in terms if self._is_in(term, section))

    def units(self, section: int) -> list[Unit]:
        """Return what can be quoted of a section."""
        if section not in self._units:
            self._units[section] = units(self.passages[section].text, self.language)
        return self._units[section]

    def _is_in(self, term: str, section: int) -> bool:
        sections = self._postings[term][0] if term in self._postings else ()
        at = bisect_left(sections, section)
        return at < len(sections) and sections[at] == section

    def _frequencies(self) -> tuple[int, Mapping[str, int]]:
        """Return of how many texts how many hold each term: sections, or what can be quoted where they are few."""
        found = Counter({term: len(sections) for term, (sections, _) in self._postings.items()})
        if len(self.passages) >= ENOUGH_SECTIONS:
            return len(self.passages), found
        quotable = [unit for section in range(len(self.passages)) for unit in self.units(section)]
        in_units = Counter(term for unit in quotable for term in unit.terms)
        return max(len(quotable), len(self.passages)), found | in_units

    def _counts(self, passage: Passage) -> Counter[str]:
        counts = Counter(self.language.terms(passage.text))
        for term in self.language.terms(passage.heading):
            counts[term] += HEADING_WEIGHT
        counts.update(self.language.terms(passage.parent))
        return counts


def coverage(values: Mapping[str, float], found: frozenset[str]) -> float:
    """Return which part of the question's value the found terms cover, 0 to 1."""
    if found.isdisjoint(values):
        return 0.0
    return sum(value for term, value in values.items() if term in found) / (sum(values.values()) or 1.0)


class Indexes:
    """The indexes of the passages asked about lately: making one takes as long as reading all of them."""

    def __init__(self, kept: int) -> None:
        self._kept: deque[tuple[tuple[Passage, ...], list[Index]]] = deque(maxlen=kept)
        self._lock = Lock()

    def of(self, passages: tuple[Passage, ...]) -> list[Index]:
        """Return one index for each language, at least one."""
        with self._lock:
            # Equality alone would look at every passage; who asks again does it with the same tuple.
            for same in (operator.is_, operator.eq):
                for kept in self._kept:
                    if same(kept[0], passages):
                        self._kept.remove(kept)
                        self._kept.append(kept)
                        return kept[1]
            self._kept.append((passages, _indexes(passages)))
            return self._kept[-1][1]


def _indexes(passages: tuple[Passage, ...]) -> list[Index]:
    by_language: dict[Language, list[Passage]] = {}
    for passage in passages:
        by_language.setdefault(language(passage.language), []).append(passage)
    return [Index(some, spoken) for spoken, some in by_language.items()] or [Index(())]


def _is_apparatus(passage: Passage) -> bool:
    return not APPARATUS.isdisjoint((passage.heading.strip().lower(), passage.parent.strip().lower()))


def _postings(counts: list[Counter[str]]) -> "dict[str, tuple[array[int], array[float]]]":
    """Return for each term the sections that hold it, with all of BM25 that does not depend on the question."""
    lengths = [count.total() for count in counts]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    postings: dict[str, tuple[array[int], array[float]]] = defaultdict(lambda: (array("L"), array("d")))
    for section, count in enumerate(counts):
        norm = K1 * (1 - B + B * lengths[section] / average)
        for term, frequency in count.items():
            sections, saturations = postings[term]
            sections.append(section)
            saturations.append(frequency * (K1 + 1) / (frequency + norm))
    return dict(postings)


# With the largest articles thought of (10,000 sections) an index takes some 50 MB.
indexes = Indexes(kept=4)
