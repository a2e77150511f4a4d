"""Chooses the sentences of an article that answer a question, or none when they may not be an answer."""

from collections.abc import Iterator
from itertools import groupby, pairwise, takewhile
from typing import NamedTuple

from chat.answering.question import Query
from chat.answering.retrieval import Index, coverage
from chat.answering.sentences import Unit
from chat.answering.source import Passage
from chat.answering.words import plain_words, word_set

# Weights and thresholds were found by trying questions on encyclopaedic articles.
SECTIONS_READ = 8
HEADING_WEIGHT = 0.4
SECTION_WEIGHT = 0.5
LABEL_WEIGHT = 0.5
NUMBER_BONUS = 0.25
NAME_BONUS = 0.3
DEFINITION_BONUS = 0.5
LEAD_IN_MALUS = 0.5
# A further quotation has to be nearly as good as the best, more so from another section, and say something new.
SECOND_AT_LEAST = 0.72
OTHER_SECTION_AT_LEAST = 0.85
ALIKE_AT_MOST = 0.6
# Less of the question than this in one section is chance.
SURE_COVERAGE = 0.45
# Of a longer section only what has a word of the question is looked at: time is limited.
MANY_UNITS = 500
# A sentence that begins with one of these explains the one before it.
REFERRING = word_set("he her his it its she such that their these they this those")
# A shorter sentence than this ("Celebrations can cause harm.") announces the next one.
SHORT_WORDS = 6
# How the last section of an article begins its heading, in several languages.
CONCLUSIONS = ("conclu", "summary", "fazit", "schluss", "zusammenfassung", "résumé", "resumen")


class Quotation(NamedTuple):
    """Verbatim words of a passage, `index.passages[section].text[start:end]`, and how well they fit."""

    section: int
    number: int  # of its first unit in that section
    start: int
    end: int
    score: float


def quoted(index: Index, quotation: Quotation) -> str:
    """Return the quoted words on one line."""
    return " ".join(index.passages[quotation.section].text[quotation.start : quotation.end].split())


def choose(index: Index, query: Query, seen: frozenset[str] = frozenset(), only: int | None = None) -> list[Quotation]:
    """Return the best quotations that are not in seen, best section first; none when they may not be an answer.

    `only` is the one section to look at.
    """
    candidates = _candidates(index, query, only)
    if seen:
        candidates = [candidate for candidate in candidates if quoted(index, candidate) not in seen]
    if not candidates or not _is_sure(index, query, candidates[0]):
        return []
    worst = min(SECOND_AT_LEAST, OTHER_SECTION_AT_LEAST) * candidates[0].score
    chosen: list[Quotation] = []
    for candidate in takewhile(lambda candidate: candidate.score >= worst, candidates):
        if _adds_to(index, query, chosen, candidate):
            chosen.append(candidate)
        if len(chosen) == query.limit:
            break
    if len(chosen) == 1:
        chosen = [_with_explanation(index, chosen[0])]
    sections = list(dict.fromkeys(quotation.section for quotation in chosen))
    return sorted(chosen, key=lambda quotation: (sections.index(quotation.section), quotation.start))


def summary(index: Index, limit: int) -> list[Quotation]:
    """Return the first sentences of introduction and conclusion, for each article."""
    found: list[Quotation] = []
    for _, group in groupby(range(len(index.passages)), key=lambda section: index.passages[section].article):
        sections = [section for section in group if index.units(section)]
        closing = [section for section in sections if _is_conclusion(index.passages[section])] or sections
        for section in dict.fromkeys([*sections[:1], *closing[-1:]]):
            unit = index.units(section)[0]
            found.append(Quotation(section, 0, unit.start, unit.end, 1.0))
    return found[:limit]


def _is_conclusion(passage: Passage) -> bool:
    return passage.heading.lower().startswith(CONCLUSIONS)


def _candidates(index: Index, query: Query, only: int | None) -> list[Quotation]:
    """Return the units of the best sections, best first; equal ones in the order of sections and units."""
    ranked = index.rank(query.weights, SECTIONS_READ) if only is None else [(only, 1.0)]
    found = [
        quotation for section, score in ranked for quotation in _rated(index, query, section, score / ranked[0][1])
    ]
    return sorted(found, key=lambda quotation: -quotation.score)


def _rated(index: Index, query: Query, section: int, relative_score: float) -> Iterator[Quotation]:
    passage, values, subject = index.passages[section], index.values(query.weights), query.subject
    headings = frozenset(index.language.terms(f"{passage.heading} {passage.parent}"))
    base = HEADING_WEIGHT * coverage(values, headings) + SECTION_WEIGHT * relative_score
    units = list(enumerate(index.units(section)))
    if len(units) > MANY_UNITS:
        units = [one for one in units if not one[1].terms.isdisjoint(values)] or units[:MANY_UNITS]
    for number, unit in units:
        score = base + coverage(values, unit.terms) + LABEL_WEIGHT * coverage(values, unit.label)
        score += NUMBER_BONUS if query.wants_number and unit.has_number else 0
        score += DEFINITION_BONUS if query.wants_definition and unit.subject == subject else 0
        score += NAME_BONUS if query.kind in unit.terms and _names_a(query.kind, unit, index, section) else 0
        score -= LEAD_IN_MALUS if unit.is_lead_in else 0
        yield Quotation(section, number, unit.start, unit.end, score)


def _names_a(kind: str, unit: Unit, index: Index, section: int) -> bool:
    """Tell whether a unit has one of this kind by name: "Pope Gregory", "the monk Dionysius"."""
    pairs = pairwise(index.passages[section].text[unit.start : unit.end].split())
    return any(after[0].isupper() and kind in index.language.terms(word) for word, after in pairs)


def _is_sure(index: Index, query: Query, best: Quotation) -> bool:
    """Tell whether the best quotation is likely to be an answer and not a chance meeting of words."""
    unit = index.units(best.section)[best.number]
    if query.wants_number and not unit.has_number:
        return False
    if any(year not in index for year in query.years) or not _are_known(index, query.names):
        return False
    if any(len(name) == 2 and len(name & unit.terms) == 1 for name in query.names):
        return False  # Canada Day is neither Canada nor a day
    held = index.held(query.weights, best.section)
    if query.deed and query.deed.isdisjoint(held):
        return False  # it names Coachella, and not who founded it
    return coverage(index.values(query.weights), held) >= SURE_COVERAGE


def _are_known(index: Index, names: tuple[frozenset[str], ...]) -> bool:
    """Tell whether fewer than half of the names' words are unknown."""
    terms_of_names = frozenset[str]().union(*names)
    unknown = sum(term not in index for term in terms_of_names)
    return not unknown or 2 * unknown < len(terms_of_names)


def _adds_to(index: Index, query: Query, chosen: list[Quotation], candidate: Quotation) -> bool:
    if not chosen:
        return True
    best = chosen[0]
    if candidate.section == best.section:
        is_good = candidate.score >= SECOND_AT_LEAST * best.score
    else:
        is_good = candidate.score >= OTHER_SECTION_AT_LEAST * best.score and _shares_subject(
            index, query, best, candidate
        )
    return is_good and all(_is_unlike(index, candidate, other) for other in chosen)


def _shares_subject(index: Index, query: Query, best: Quotation, candidate: Quotation) -> bool:
    """Tell whether a candidate from another section has the weightiest of the question's words in the best one."""
    words = index.units(best.section)[best.number].terms & query.weights.keys()
    subject = max(words, key=lambda term: (query.weights[term] * index.idf(term), term), default=None)
    return subject is None or subject in index.units(candidate.section)[candidate.number].terms


def _is_unlike(index: Index, one: Quotation, other: Quotation) -> bool:
    """Tell whether they overlap neither in the article nor in what they say."""
    if one.section == other.section and one.start < other.end and other.start < one.end:
        return False
    return _likeness(index, one, other) <= ALIKE_AT_MOST


def _likeness(index: Index, one: Quotation, other: Quotation) -> float:
    """Return the Jaccard index of their terms, 0 to 1."""
    here = index.units(one.section)[one.number].terms
    there = index.units(other.section)[other.number].terms
    return len(here & there) / (len(here | there) or 1)


def _with_explanation(index: Index, quotation: Quotation) -> Quotation:
    """Return a prose quotation with the next sentence of its paragraph if either says little without the other."""
    pair = index.units(quotation.section)[quotation.number : quotation.number + 2]
    if len(pair) < 2 or pair[0].is_item or pair[0].block != pair[1].block:
        return quotation
    first_word = plain_words(index.passages[quotation.section].text[pair[1].start : pair[1].end])[0]
    is_needed = first_word in REFERRING or pair[0].size < SHORT_WORDS
    return quotation._replace(end=pair[1].end) if is_needed else quotation
