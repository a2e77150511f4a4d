"""Where a user stands: what they used of what they may."""

from dataclasses import dataclass

from django.db import connection

from chat.models import User
from chat.quota.limits import ALLOWED, allowed_values
from chat.quota.resets import month_start, today


@dataclass(frozen=True)
class Standing:
    """What one user used today and this month, each with its limit; tokens with those held back for live replies."""

    questions: int
    tokens: int
    month_tokens: int
    questions_limit: int
    tokens_limit: int
    month_limit: int

    @property
    def words(self) -> str:
        """Return how much is used of the nearest limit: questions as a count, tokens in percent."""
        shares = {
            f"{self.questions} of {self.questions_limit} today": share(self.questions, self.questions_limit),
            f"{percent(self.tokens, self.tokens_limit)} % of today’s length": share(self.tokens, self.tokens_limit),
            f"{percent(self.month_tokens, self.month_limit)} % of this month’s length": share(
                self.month_tokens, self.month_limit
            ),
        }
        return max(shares, key=lambda words: shares[words])  # the first of equals: questions


def share(used: int, limit: int) -> float:
    return used / limit if limit else 1.0


def percent(used: int, limit: int) -> int:
    return min(100, int(100 * share(used, limit)))


def standing(user: User) -> Standing:
    """Return where the user stands. One query."""
    day = today()
    used = (
        "SELECT COALESCE(SUM(CASE WHEN day = %s THEN questions ELSE 0 END), 0) AS questions,"
        " COALESCE(SUM(CASE WHEN day = %s THEN tokens_used + tokens_reserved ELSE 0 END), 0) AS tokens,"
        " COALESCE(SUM(tokens_used + tokens_reserved), 0) AS month_tokens"
        " FROM chat_usage WHERE user_id = %s AND day >= %s AND day <= %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT used.questions, used.tokens, used.month_tokens, allowed.questions_per_day,"  # noqa: S608 - our own text
            f" allowed.tokens_per_day, allowed.tokens_per_month FROM ({used}) AS used, ({ALLOWED}) AS allowed",
            [str(day), str(day), user.pk, str(month_start(day)), str(day), *allowed_values(user.pk)],
        )
        return Standing(*(int(value) for value in cursor.fetchone()))
