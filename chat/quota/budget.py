"""What the whole site may spend: each question under a budget passes on one row, and counts the replies before it."""

from datetime import date
from decimal import Decimal

from django.db import connection

from chat.errors import OverQuota
from chat.models import Budget
from chat.models.costs import MICROS
from chat.quota.limits import RESERVED_TOKENS
from chat.quota.prices import price
from chat.quota.resets import month_start, next_month_words, tomorrow_words

# Whether there is a budget at all, for the RETURNING of a statement that is needed anyway.
HAS_BUDGET = (
    "(SELECT CASE WHEN per_day IS NULL AND per_month IS NULL THEN 0 ELSE 1 END"
    " FROM chat_budget ORDER BY id DESC LIMIT 1)"
)


def check_budget(model: str, day: date) -> None:
    """Raise OverQuota when another reply by model could exceed the site's budget. Inside a transaction.

    Nothing is written down for the reply: while it is unfinished it is counted, at the price of a long one; how it
    ends, and where, it is counted by what it used. So nothing is ever to be given back.
    """
    # The lock first, then look: of questions that come at once, each sees the replies of those before it.
    hold(day)
    budget = Budget.objects.order_by("-pk").first()
    if budget is None:
        return
    held = price_of_long_one(model, day)
    spent_today, spent_month, active = spent(day)
    coming = (active + 1) * held
    if budget.per_month is not None and is_over(budget.per_month, spent_month + coming):
        words, secs = next_month_words(day)
        raise OverQuota(f"The publication has spent its budget for this month. {words}", secs, "budget_month")
    if budget.per_day is not None and is_over(budget.per_day, spent_today + coming):
        words, secs = tomorrow_words(day)
        raise OverQuota(f"The publication has spent its budget for today. {words}", secs, "budget_day")


def price_of_long_one(model: str, day: date) -> int:
    """Return what is held back for a reply until its real use is known, in micros; 0 where its price is unknown."""
    return int(max(price(model, day) or (Decimal(0), Decimal(0))) * RESERVED_TOKENS)


def is_over(limit: Decimal, micros: int) -> bool:
    """Tell whether a sum is over a limit; 0 lets nothing pass, not even what costs nothing."""
    return limit == 0 or micros > limit * MICROS


def hold(day: date) -> None:
    """Lock the day's row of the site until the end of the transaction."""
    add(day, 0)


def add(day: date, micros: int) -> None:
    """Add to what the site spent on a day. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_spending (day, micros) VALUES (%s, %s)"
            " ON CONFLICT (day) DO UPDATE SET micros = chat_spending.micros + excluded.micros",
            [str(day), micros],
        )


def give_back(day: date, micros: int) -> None:
    """Take from what the site spent on a day what was added before and is not owed after all. One query."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE chat_spending SET micros = micros - %s WHERE day = %s", [micros, str(day)])


def spent(day: date) -> tuple[int, int, int]:
    """Return what was spent on the day and in its month, in micros, and how many replies are unfinished. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(SUM(CASE WHEN day = %s THEN micros ELSE 0 END), 0), COALESCE(SUM(micros), 0),"
            " (SELECT count(*) FROM chat_message WHERE status IN ('pending', 'writing'))"
            " FROM chat_spending WHERE day >= %s AND day <= %s",
            [str(day), str(month_start(day)), str(day)],
        )
        today, month, active = cursor.fetchone()
    return int(today), int(month), int(active)
