"""What tokens of a model cost, in millionths of the currency."""

from datetime import date
from decimal import Decimal

from django.db import connection

# The source that quotes articles itself (chat/answering/extractive.py): nobody is paid for it.
FREE = "extractive"


def price(model: str, day: date) -> tuple[Decimal, Decimal] | None:
    """Return what one token of prompt and of answer cost on a day, in micros; None when unknown. At most one query."""
    if model == FREE:
        return Decimal(0), Decimal(0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT per_million_prompt, per_million_completion FROM chat_modelprice"
            " WHERE model = %s AND valid_from <= %s ORDER BY valid_from DESC LIMIT 1",
            [model, str(day)],
        )
        row = cursor.fetchone()
    # The price of a million tokens in the currency is that of one token in its millionths.
    return (Decimal(str(row[0])), Decimal(str(row[1]))) if row else None
