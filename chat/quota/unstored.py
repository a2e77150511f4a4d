"""Asking where no message is stored, as editors do who try something out: it counts like a reader's question."""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from chat.models import User
from chat.quota.budget import add, give_back, price_of_long_one
from chat.quota.ledger import ADDED_UP, COLUMNS, USED, cost
from chat.quota.limits import RESERVED_TOKENS
from chat.quota.reserve import reserve
from chat.quota.resets import today


@dataclass(frozen=True)
class Held:
    """What is held back for one answer."""

    user_id: int
    article_key: int  # 0: all articles
    model: str
    day: date
    micros: int


def reserve_unstored(user: User, model: str, article_key: int) -> Held:
    """Count a question of user's, and what its answer may cost; raise OverQuota when a limit is reached.

    Of a reply its row tells that it is being written; here the money is added before, and what it was too much is
    given back at the end. A process that dies in between leaves too much counted for that day, never too little.
    """
    with transaction.atomic():
        day = today()
        reserve(user, model)
        micros = price_of_long_one(model, day)
        if micros:
            add(day, micros)
    return Held(user.pk, article_key, model, day, micros)


@transaction.atomic
def settle_unstored(held: Held, prompt: int, completion: int) -> None:
    """Replace what was held back by what the answer used, and add that to the ledger."""
    micros, unpriced = cost(held.model, held.day, prompt, completion)
    day, tokens = str(held.day), prompt + completion
    with connection.cursor() as cursor:
        cursor.execute(f"{USED} = %s", [tokens, RESERVED_TOKENS, RESERVED_TOKENS, day, held.user_id])
        cursor.execute(
            f"INSERT INTO chat_cost {COLUMNS} VALUES (%s, %s, %s, %s, 1, %s, %s, %s, %s) {ADDED_UP}",  # noqa: S608 - our own text
            [day, held.user_id, held.article_key, held.model, prompt, completion, unpriced, micros],
        )
    if micros:
        add(held.day, micros)
    if held.micros:
        give_back(held.day, held.micros)
