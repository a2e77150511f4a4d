"""What an ended reply used, settled with its user's quota, the site's budget and the ledger of costs."""

from decimal import ROUND_CEILING

from django.db import connection

from chat.models import Message
from chat.quota import budget
from chat.quota.limits import RESERVED_TOKENS
from chat.quota.prices import price

# English text runs at about four characters a token; used only where the model's server does not tell.
CHARS_PER_TOKEN = 4


def settle(reply: Message) -> None:
    """Replace what was reserved for an ended reply by what it used, estimated where unknown. Inside its transaction.

    It counts on the day on which it was asked for, also when it ends after midnight.
    """
    prompt, completion = tokens_of(reply)
    day = str(reply.counted_on or reply.created.date())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chat_usage SET tokens_used = tokens_used + %s,"
            " tokens_reserved = CASE WHEN tokens_reserved > %s THEN tokens_reserved - %s ELSE 0 END"
            " WHERE day = %s AND user_id = (SELECT owner_id FROM chat_conversation WHERE id = %s)",
            [prompt + completion, RESERVED_TOKENS, RESERVED_TOKENS, day, reply.conversation_id],
        )
    note(reply, prompt, completion)


def note(reply: Message, prompt: int, completion: int) -> None:
    """Add what a reply used to the ledger, at the price of its day."""
    day = reply.counted_on or reply.created.date()
    prices = price(reply.model, day)
    micros = 0
    if prices:
        micros = int((prices[0] * prompt + prices[1] * completion).to_integral_value(ROUND_CEILING))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_cost (day, user_id, article_key, model, answers, prompt_tokens, completion_tokens,"
            " unpriced, micros) SELECT %s, owner_id, COALESCE(article_id, 0), %s, 1, %s, %s, %s, %s"
            " FROM chat_conversation WHERE id = %s"
            " ON CONFLICT (day, user_id, article_key, model) DO UPDATE SET answers = chat_cost.answers + 1,"
            " prompt_tokens = chat_cost.prompt_tokens + excluded.prompt_tokens,"
            " completion_tokens = chat_cost.completion_tokens + excluded.completion_tokens,"
            " unpriced = chat_cost.unpriced + excluded.unpriced, micros = chat_cost.micros + excluded.micros",
            [str(day), reply.model, prompt, completion, 0 if prices else 1, micros, reply.conversation_id],
        )
    if micros:
        budget.add(day, micros)


def tokens_of(reply: Message) -> tuple[int, int]:
    """Return the tokens of prompt and answer; those that the model's server did not count are estimated."""
    completion = reply.completion_tokens
    if completion is None:
        completion = len(reply.text) // CHARS_PER_TOKEN
    return reply.prompt_tokens or 0, completion
