"""What answers used and cost in a period, summed by day, article, model or reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, QuerySet, Sum

from chat.models.accounts import User
from chat.models.articles import Article
from chat.models.costs import MICROS, Cost

# What one can sum by, and the column that tells it apart.
GROUPINGS = {"day": "day", "article": "article_key", "model": "model", "user": "user_id"}
# More lines than anyone reads; the download has all of them.
LINES_SHOWN = 200


@dataclass(frozen=True)
class Line:
    """A sum of what was used; `name` says of what."""

    name: str
    answers: int
    prompt_tokens: int
    completion_tokens: int
    unpriced: int
    micros: int

    @property
    def money(self) -> str:
        return f"{self.micros / MICROS:.4f}"

    @property
    def cost(self) -> str:
        """Return the cost in words; of what has no price it says so."""
        if not self.unpriced:
            return self.money
        return "unknown" if self.unpriced == self.answers else f"at least {self.money}"


def lines(begin: date, end: date, grouping: str, limit: int | None = None) -> list[Line]:
    """Return the sums from one day to another, by day or the dearest first. Two queries."""
    column = GROUPINGS[grouping]
    rows = _sums(_rows(begin, end).values(column))
    order = (F(column),) if grouping == "day" else (F("micros_sum").desc(), F("answers_sum").desc(), F(column))
    rows = rows.order_by(*order)
    found = list(rows[:limit])
    names = _names(grouping, [row[column] for row in found])
    return [_line(names.get(row[column], str(row[column])), row) for row in found]


def total(begin: date, end: date) -> Line:
    """Return the sum of everything from one day to another. One query."""
    sums = _rows(begin, end).aggregate(**_SUMS)
    return _line("Total", {name: value or 0 for name, value in sums.items()})


def entries(begin: date, end: date) -> Iterator[list[object]]:
    """Yield every line of the ledger from one day to another, for a download; reads them piece by piece."""
    titles = dict(Article.objects.values_list("pk", "title"))
    rows = _rows(begin, end).select_related("user").order_by("day", "pk")
    for row in rows.iterator(chunk_size=500):
        line = Line("", row.answers, row.prompt_tokens, row.completion_tokens, row.unpriced, row.micros)
        title = titles.get(row.article_key, _no_article(row.article_key))
        reader = row.user.username if row.user else ""
        yield [row.day.isoformat(), title, row.model, reader, row.answers, row.prompt_tokens, row.completion_tokens,
               row.unpriced, line.money]  # fmt: skip


_SUMS = {
    f"{name}_sum": Sum(name, default=0)
    for name in ("answers", "prompt_tokens", "completion_tokens", "unpriced", "micros")
}


def _rows(begin: date, end: date) -> QuerySet[Cost]:
    return Cost.objects.filter(day__gte=begin, day__lte=end)


def _sums(rows: QuerySet[Cost, dict[str, Any]]) -> QuerySet[Cost, dict[str, Any]]:
    return rows.annotate(**_SUMS)


def _line(name: str, row: dict[str, Any]) -> Line:  # Any: a row of sums
    counts = ("answers", "prompt_tokens", "completion_tokens", "unpriced", "micros")
    return Line(name, *(int(row[f"{count}_sum"]) for count in counts))


def _names(grouping: str, keys: list[Any]) -> dict[object, str]:  # Any: primary keys
    if grouping == "article":
        titles = dict(Article.objects.filter(pk__in=keys).values_list("pk", "title"))
        return {key: titles.get(key, _no_article(key)) for key in keys}
    if grouping == "user":
        return {None: "accounts that are gone", **dict(User.objects.filter(pk__in=keys).values_list("pk", "username"))}
    return {}


def _no_article(key: int) -> str:
    return "an article that is gone" if key else "all articles"
