"""How much one user may ask: counted before a question is accepted, settled when its reply has ended."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from chat.errors import OverQuota
from chat.models import Message, Usage, User

# Held back for one reply until its real use is known: a long article in the prompt and a page of answer.
RESERVED_TOKENS = 4_000
# English text runs at about four characters a token; used only where the model's server does not tell.
CHARS_PER_TOKEN = 4
# A reply takes some seconds to minutes: soon enough to try again when too many are being written.
ACTIVE_RETRY_SECS = 10


def reserve(user: User) -> None:
    """Count one question of today for user; raise OverQuota when a limit is reached. Inside a transaction.

    Two queries. The first one changes the user's row, and thereby lets questions that come at once pass one by one:
    each sees the replies of those before it.
    """
    day = timezone.now().date()
    if not count_question(user, day):
        # The first question of the day, or one too many.
        Usage.objects.bulk_create([Usage(user_id=user.pk, day=day)], ignore_conflicts=True)
        if not count_question(user, day):
            raise limit_reached(Usage.objects.get(user_id=user.pk, day=day))
    check_active_replies(user)


# The statements that every ask needs are written out: building them with the ORM takes a tenth of all its time.


def count_question(user: User, day: date) -> bool:
    """Count a question in the user's row of a day; False when there is none, or when it is at a limit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chat_usage SET questions = questions + 1, tokens_reserved = tokens_reserved + %s"
            " WHERE user_id = %s AND day = %s AND questions < %s AND tokens_used + tokens_reserved < %s",
            [RESERVED_TOKENS, user.pk, str(day), settings.QUOTA_QUESTIONS_PER_DAY, settings.QUOTA_TOKENS_PER_DAY],
        )
        return bool(cursor.rowcount == 1)


def limit_reached(usage: Usage) -> OverQuota:
    """Return which of the limits of a day it is."""
    words = "Your answers have reached today's limit of length."
    if usage.questions >= settings.QUOTA_QUESTIONS_PER_DAY:
        words = f"You have asked {usage.questions} questions today, the limit for one day."
    return OverQuota(words, secs_to_midnight())


def check_active_replies(user: User) -> None:
    """Raise OverQuota when as many replies as allowed are being written for user. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM chat_message AS m JOIN chat_conversation AS c ON c.id = m.conversation_id"
            " WHERE c.owner_id = %s AND m.status IN ('pending', 'writing')",
            [user.pk],
        )
        (active,) = cursor.fetchone()
    if active >= settings.ACTIVE_REPLIES_PER_USER:
        raise OverQuota("Several answers are being written for you. Wait for one to end.", ACTIVE_RETRY_SECS)


def settle(reply: Message) -> None:
    """Replace what was reserved for an ended reply by what it used, estimated where unknown. Inside its transaction."""
    tokens, day = tokens_of(reply), str(reply.created.date())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chat_usage SET tokens_used = tokens_used + %s,"
            " tokens_reserved = CASE WHEN tokens_reserved > %s THEN tokens_reserved - %s ELSE 0 END"
            " WHERE day = %s AND user_id = (SELECT owner_id FROM chat_conversation WHERE id = %s)",
            [tokens, RESERVED_TOKENS, RESERVED_TOKENS, day, reply.conversation_id],
        )


def tokens_of(reply: Message) -> int:
    """Return the tokens of prompt and answer; those that the model's server did not count are estimated."""
    completion = reply.completion_tokens
    if completion is None:
        completion = len(reply.text) // CHARS_PER_TOKEN
    return (reply.prompt_tokens or 0) + completion


def secs_to_midnight() -> int:
    """Return the seconds until the next day in UTC begins, at least 1."""
    now = timezone.now()
    midnight = datetime.combine(now.date() + timedelta(days=1), time.min, tzinfo=now.tzinfo)
    return max(1, int((midnight - now).total_seconds()))
