"""What readers ask about an article, told without telling who: nothing that fewer than k different readers share.

The rows of a period are read once, in five queries, and counted here: how many different readers stand behind a number
is known for each number that is shown, over the whole period that is shown.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone

from chat.models.articles import Article
from chat.models.citations import Citation, Verdict
from chat.models.feedback import Feedback, Opinion
from chat.models.messages import UNFINISHED, Message, Status
from chat.models.passages import Passage
from chat.models.revisions import Section

# What is compared of a question or an opinion, and how many of each kind are listed.
COMPARED_CHARS, LISTED = 200, 20
# The steps of the heat strip, 1 to this.
STEPS = 4

_WORD = re.compile(r"\w+")


@dataclass
class Tally:
    """How often something was, and by which readers: those stay in here."""

    count: int = 0
    readers: set[int] = field(default_factory=set)

    def add(self, reader: int, count: int = 1) -> None:
        self.count += count
        self.readers.add(reader)

    @property
    def is_shown(self) -> bool:
        return len(self.readers) >= settings.INSIGHT_MIN_READERS

    def __str__(self) -> str:
        """Return the number, or only that it is small: of one reader's doings nothing is told."""
        if not self.count:
            return "0"
        return f"{self.count:,}" if self.is_shown else f"fewer than {settings.INSIGHT_MIN_READERS} readers"


Tallies = defaultdict[Hashable, Tally]


@dataclass(frozen=True)
class Bar:
    """The questions of one day, week or month."""

    begins: date
    tally: Tally
    share: int
    at: int


@dataclass(frozen=True)
class Heat:
    """A section of the current text, and how often it was quoted or asked about."""

    section: Section
    tally: Tally
    step: int


class Insight:
    """The questions about one article since a moment, or since ever."""

    def __init__(self, article: Article, days: int | None) -> None:
        self.article, self.days = article, days
        since = timezone.now() - timedelta(days=days) if days else None
        self._replies = Message.objects.replies().exclude(status__in=UNFINISHED)
        self._replies = self._replies.filter(conversation__article=article, conversation__deleted_at=None)
        if since:
            self._replies = self._replies.filter(created__gte=since)
        self.questions, self.endings, self._bars = Tally(), tallies(), tallies()
        self.missing, self.places, self.passages = Tally(), tallies(), tallies()
        self.opinions, self._said = tallies(), tallies()
        self._count_replies()
        self._count_places()
        self._count_feedback()

    @property
    def total(self) -> str:
        """Return the number of questions; rounded where the rest of it would tell a number that is not shown."""
        if self.questions.is_shown and not all(tally.is_shown for tally in self._bars.values()):
            return f"about {round(self.questions.count, -1):,}"
        return str(self.questions)

    def bars(self) -> list[Bar]:
        """Return what was asked when; one that is not shown is as high as the smallest there may be."""
        most = max((tally.count for tally in self._bars.values() if tally.is_shown), default=0)
        rows = sorted(self._bars.items(), key=lambda row: str(row[0]))
        return [
            Bar(day, tally, max(2, round(100 * tally.count / most)) if tally.is_shown else 2, at * 10)  # type: ignore[arg-type]  # made by _begin
            for at, (day, tally) in enumerate(rows)
        ]

    def heat(self) -> list[Heat]:
        """Return the sections of the current text, each with its step of the strip; 0 for what is not shown."""
        sections = list(self.article.revision.sections.all()) if self.article.revision else []
        shown = [self.places[section.anchor] for section in sections]
        most = max((tally.count for tally in shown if tally.is_shown), default=1)
        steps = [-(-STEPS * tally.count // most) if tally.is_shown else 0 for tally in shown]
        return [Heat(*row) for row in zip(sections, shown, steps, strict=True)]

    def unanswered(self) -> tuple[list[tuple[str, Tally]], Tally]:
        """Return what the article did not answer, by its words, and the number of all such questions. One query."""
        asked, every = tallies(), Tally()
        words = Left("parent__text", COMPARED_CHARS)
        rows = self._replies.filter(is_unanswered=True).order_by()
        for text, owner in rows.values_list(words, "conversation__owner_id"):
            asked[likeness(text)].add(owner)
            every.add(owner)
        return most_shared(asked), every

    def said(self) -> list[tuple[str, Tally]]:
        """Return the words of opinions that several readers share."""
        return most_shared(self._said)

    def most_quoted(self) -> list[tuple[str, Tally]]:
        """Return the passages that were quoted or asked about most."""
        return most_shared(self.passages)

    def _count_replies(self) -> None:
        rows = self._replies.order_by().values_list("created", "status", "error_code", "conversation__owner_id")
        for created, status, code, owner in rows:
            self.questions.add(owner)
            self._bars[self._begin(created)].add(owner)
            if status != Status.COMPLETE:
                self.endings[(Status(status).label, code)].add(owner)

    def _count_places(self) -> None:
        owner = "conversation__owner_id"
        quoted = Citation.objects.filter(reply__in=self._replies).exclude(verdict=Verdict.NEAREST)
        rows = grouped(quoted, "verdict", "section__anchor", "exact", f"reply__{owner}")
        asked = Passage.objects.filter(question__in=self._replies.values("parent"))
        for verdict, anchor, exact, reader, count in rows:
            if verdict == Verdict.MISSING:
                self.missing.add(reader, count)
            else:
                self._place(anchor, exact, reader, count)
        for anchor, exact, reader, count in grouped(asked, "section__anchor", "exact", f"question__{owner}"):
            self._place(anchor, exact, reader, count)

    def _place(self, anchor: str | None, exact: str, reader: int, count: int) -> None:
        self.places[anchor].add(reader, count)
        self.passages[exact].add(reader, count)

    def _count_feedback(self) -> None:
        rows = Feedback.objects.filter(reply__in=self._replies).order_by()
        for value, words, owner in rows.values_list("value", "words", "reply__conversation__owner_id"):
            self.opinions[Opinion(value).label].add(owner)
            if words:
                self._said[likeness(words)].add(owner)

    def _begin(self, moment: datetime) -> date:
        """Return the day of a moment, of many days the week, of all the month."""
        day = moment.date()
        if self.days is None:
            return day.replace(day=1)
        return day if self.days <= 30 else day - timedelta(days=day.weekday())


def tallies() -> Tallies:
    return defaultdict(Tally)


def grouped(rows: QuerySet, *names: str) -> QuerySet:
    """Return the rows counted by these columns; the database does it."""
    counted: QuerySet = rows.order_by().values_list(*names).annotate(times=Count("pk"))
    return counted


def likeness(text: str) -> str:
    """Return the words of a text in small letters: what is shown, so that nobody's own spelling is."""
    return " ".join(_WORD.findall(text.casefold()))


def most_shared(counted: Tallies) -> list[tuple[str, Tally]]:
    """Return what enough readers share, most of all first."""
    shown = [(str(words), tally) for words, tally in counted.items() if words and tally.is_shown]
    return sorted(shown, key=lambda row: (-row[1].count, row[0]))[:LISTED]


def overview(articles: Iterable[Article], days: int | None) -> list[tuple[Article, Tally, Tally, Tally]]:
    """Return each article with its questions, those without an answer, and those that did not help. One query."""
    kept = list(articles)
    replies = Message.objects.replies().filter(conversation__article__in=kept, conversation__deleted_at=None)
    if days:
        replies = replies.filter(created__gte=timezone.now() - timedelta(days=days))
    counts = {
        "asked": Count("pk"),
        "open": Count("pk", filter=Q(is_unanswered=True)),
        "bad": Count("pk", filter=Q(feedback__value=Opinion.NOT_HELPFUL)),
    }
    rows = replies.order_by().values_list("conversation__article_id", "conversation__owner_id").annotate(**counts)
    told = {article.pk: (article, Tally(), Tally(), Tally()) for article in kept}
    for article_id, owner, *numbers in rows:
        for tally, number in zip(told[article_id][1:], numbers, strict=True):
            if number:
                tally.add(owner, number)
    return list(told.values())
