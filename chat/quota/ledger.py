"""What an ended reply used, settled with its user's quota, the site's budget and the ledger of costs."""

from datetime import date
from decimal import ROUND_CEILING

from django.db import connection

from chat.models import Message
from chat.quota import budget
from chat.quota.limits import RESERVED_TOKENS
from chat.quota.prices import price

# English text runs at about four characters a token; used only where the model's server does not tell.
CHARS_PER_TOKEN = 4

# Parts of the statements of both: for a reply, which knows its conversation, and where no message is stored.
USED = (
    "UPDATE chat_usage SET tokens_used = tokens_used + %s,"
    " tokens_reserved = CASE WHEN tokens_reserved > %s THEN tokens_reserved - %s ELSE 0 END"
    " WHERE day = %s AND user_id"
)
COLUMNS = "(day, user_id, article_key, model, answers, prompt_tokens, completion_tokens, unpriced, micros)"
ADDED_UP = (
    "ON CONFLICT (day, user_id, article_key, model) DO UPDATE SET answers = chat_cost.answers + 1,"
    " prompt_tokens = chat_cost.prompt_tokens + excluded.prompt_tokens,"
    " completion_tokens = chat_cost.completion_tokens + excluded.completion_tokens,"
    " unpriced = chat_cost.unpriced + excluded.unpriced, micros = chat_cost.micros + excluded.micros"
)


def settle(reply: Message) -> None:
    """Replace what was reserved for an ended reply by what it used, estimated where unknown. Inside its transaction.

    It counts on the day on which it was asked for, also when it ends after midnight.
    """
    prompt, completion = tokens_of(reply)
    day = str(reply.counted_on or reply.created.date())
    with connection.cursor() as cursor:
        cursor.execute(
            f"{USED} = (SELECT owner_id FROM chat_conversation WHERE id = %s)",  # noqa: S608 - our own text
            [prompt + completion, RESERVED_TOKENS, RESERVED_TOKENS, day, reply.conversation_id],
        )
    note(reply, prompt, completion)


def note(reply: Message, prompt: int, completion: int) -> None:
    """Add what a reply used to the ledger, at the price of its day."""
    day = reply.counted_on or reply.created.date()
    micros, unpriced = cost(reply.model, day, prompt, completion)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO chat_cost {COLUMNS} SELECT %s, owner_id, COALESCE(article_id, 0), %s, 1, %s, %s, %s, %s"  # noqa: S608 - our own text
            f" FROM chat_conversation WHERE id = %s {ADDED_UP}",
            [str(day), reply.model, prompt, completion, unpriced, micros, reply.conversation_id],
        )
    if micros:
        budget.add(day, micros)


def cost(model: str, day: date, prompt: int, completion: int) -> tuple[int, int]:
    """Return what tokens cost in micros, rounded up, and how many answers had no price: 0 or 1."""
    prices = price(model, day)
    if prices is None:
        return 0, 1
    return int((prices[0] * prompt + prices[1] * completion).to_integral_value(ROUND_CEILING)), 0


def tokens_of(reply: Message) -> tuple[int, int]:
    """Return the tokens of prompt and answer; those that the model's server did not count are estimated."""
    completion = reply.completion_tokens
    if completion is None:
        completion = len(reply.text) // CHARS_PER_TOKEN
    return reply.prompt_tokens or 0, completion
