"""Where to look instead: the sections that share most with a question that was not answered."""

from chat.answering.question import REMEMBERED_QUESTIONS, understand
from chat.answering.retrieval import indexes
from chat.answering.source import Ask, Passage

SHOWN = 3


def nearest(ask: Ask, limit: int = SHOWN) -> list[Passage]:
    """Return the sections nearest to the question, best first; none when none of its words stands anywhere."""
    return [passage for _, passage in ranked(ask, limit)]


def ranked(ask: Ask, limit: int) -> list[tuple[float, Passage]]:
    """Return the best sections of all languages with their scores, best first."""
    earlier = [turn.text for turn in ask.history if turn.role == "user"]
    questions = [*earlier[-REMEMBERED_QUESTIONS:], ask.question]
    about = ask.about.words if ask.about else ""
    found = [
        (score, index.passages[section])
        for index in indexes.of(ask.passages)
        for section, score in index.rank(understand(questions, index.language, about).weights, limit)
    ]
    return sorted(found, key=lambda one: -one[0])[:limit]
