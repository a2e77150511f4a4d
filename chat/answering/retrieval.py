"""Finds the sections of articles that a question is about: BM25 over their words, in memory."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import lru_cache
from heapq import nlargest

from chat.answering.sentences import Unit, units
from chat.answering.source import Passage
from chat.answering.words import terms

# The usual values of BM25: how soon a repeated word stops counting, and how much a long section is held back.
K1 = 1.2
B = 0.75
# A word in the section's own heading counts as if it stood there twice more, in the heading above it once.
HEADING_WEIGHT = 2
# Lists of works and of sections hold every name and say nothing about them.
APPARATUS = frozenset(["references", "bibliography", "further reading", "works cited", "contents", "table of contents"])


class Index:
    """The words of all sections of one Ask."""

    def __init__(self, passages: tuple[Passage, ...]) -> None:
        self.passages = tuple(passage for passage in passages if passage.text.strip() and not _is_apparatus(passage))
        counts = [_counts(passage) for passage in self.passages]
        self._terms = [frozenset(count) for count in counts]
        self._frequency = Counter(term for count in counts for term in count)
        self._postings = _postings(counts)
        self._units: dict[int, list[Unit]] = {}

    def __contains__(self, term: str) -> bool:
        return term in self._frequency

    def idf(self, term: str) -> float:
        """Return how much a term tells: a term that stands nowhere most of all."""
        frequency = self._frequency[term]
        return math.log(1 + (len(self.passages) - frequency + 0.5) / (frequency + 0.5))

    def rank(self, weights: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """Return the best sections as (index, score), best first; none that shares no term with the question."""
        scores: dict[int, float] = defaultdict(float)
        for term, weight in weights.items():
            value = weight * self.idf(term)
            for section, saturation in self._postings.get(term, ()):
                scores[section] += value * saturation
        return nlargest(limit, scores.items(), key=lambda item: (item[1], -item[0]))

    def coverage(self, weights: Mapping[str, float], found: frozenset[str]) -> float:
        """Return which part of the question's weight the found terms cover, 0 to 1."""
        total = sum(weight * self.idf(term) for term, weight in weights.items())
        return (
            sum(weight * self.idf(term) for term, weight in weights.items() if term in found) / total if total else 0.0
        )

    def terms(self, section: int) -> frozenset[str]:
        """Return all terms of a section, its headings included."""
        return self._terms[section]

    def units(self, section: int) -> list[Unit]:
        """Return what can be quoted of a section."""
        if section not in self._units:
            self._units[section] = units(self.passages[section].text)
        return self._units[section]


@lru_cache(maxsize=4)  # with the largest articles thought of (10,000 sections) an index takes some 50 MB
def index_of(passages: tuple[Passage, ...]) -> Index:
    """Return the index of these passages: quickly when the same ones were asked about lately."""
    return Index(passages)


def _is_apparatus(passage: Passage) -> bool:
    return not APPARATUS.isdisjoint((passage.heading.strip().lower(), passage.parent.strip().lower()))


def _counts(passage: Passage) -> Counter[str]:
    counts = Counter(terms(passage.text))
    for term in terms(passage.heading):
        counts[term] += HEADING_WEIGHT
    counts.update(terms(passage.parent))
    return counts


def _postings(counts: list[Counter[str]]) -> dict[str, list[tuple[int, float]]]:
    """Return for each term the sections that hold it, with all of BM25 that does not depend on the question."""
    lengths = [count.total() for count in counts]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for section, count in enumerate(counts):
        norm = K1 * (1 - B + B * lengths[section] / average)
        for term, frequency in count.items():
            postings[term].append((section, frequency * (K1 + 1) / (frequency + norm)))
    return dict(postings)
