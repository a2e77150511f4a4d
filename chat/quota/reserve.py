"""Counting a question before it is accepted: one conditional UPDATE decides about its user's limits."""

from datetime import date

from django.conf import settings
from django.db import connection

from chat.errors import OverQuota, Suspended
from chat.models import Usage, User
from chat.quota.budget import HAS_BUDGET, check_budget
from chat.quota.limits import ALLOWED, RESERVED_TOKENS, allowed_values
from chat.quota.resets import month_start, next_month_words, today, tomorrow_words
from chat.quota.standing import standing

# Replies take some seconds to minutes: soon enough to try again when too many are being written.
ACTIVE_RETRY_SECS = 10

# The statements that every ask needs are written out: building them with the ORM takes a tenth of all its time.
# Of the month's other days only what ends late changes; today's row is the one that is locked.
_COUNT = (
    "UPDATE chat_usage SET questions = questions + 1, tokens_reserved = tokens_reserved + %s"  # noqa: S608 - our own text
    f" FROM ({ALLOWED}) AS allowed"
    " WHERE user_id = %s AND day = %s AND questions < allowed.questions_per_day"
    " AND tokens_used + tokens_reserved < allowed.tokens_per_day"
    " AND tokens_used + tokens_reserved + (SELECT COALESCE(SUM(other.tokens_used + other.tokens_reserved), 0)"
    " FROM chat_usage AS other WHERE other.user_id = %s AND other.day >= %s AND other.day < %s)"
    " < allowed.tokens_per_month"
    " AND EXISTS (SELECT 1 FROM chat_user AS asker WHERE asker.id = %s AND asker.is_active{lock})"
    f" RETURNING {HAS_BUDGET}"
)
# Whoever suspends the account waits for the question, or the question for them: one of the two sees the other. SQLite
# has one writer at a time anyway.
_LOCK = " FOR SHARE"


def reserve(user: User, model: str) -> None:
    """Count one question of today for user, to be answered by model; raise OverQuota when a limit is reached.

    Raises Suspended for an account that is closed; whoever closes it just now waits for the transaction's end. Inside
    a transaction, which is rolled back when the question is not accepted after all. Two queries, five under a budget.
    The first one changes the user's row, and thereby lets questions that come at once pass one by one: each sees the
    replies of those before it.
    """
    day = today()
    counted = count_question(user, day)
    if counted is None:
        # The first question of the day, or one too many.
        Usage.objects.bulk_create([Usage(user_id=user.pk, day=day)], ignore_conflicts=True)
        counted = count_question(user, day)
    if counted is None:
        if not User.objects.filter(pk=user.pk, is_active=True).exists():
            raise Suspended
        raise limit_reached(user, day)
    check_active_replies(user)
    if counted:
        check_budget(model, day)


def count_question(user: User, day: date) -> bool | None:
    """Count a question in the user's row of a day; None when there is none, or when it is at a limit.

    Otherwise tell whether the site has a budget.
    """
    values: list[int | str] = [
        RESERVED_TOKENS,
        *allowed_values(user.pk),
        user.pk,
        str(day),
        user.pk,
        str(month_start(day)),
        str(day),
        user.pk,
    ]
    statement = _COUNT.replace("{lock}", _LOCK if connection.vendor == "postgresql" else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def limit_reached(user: User, day: date) -> OverQuota:
    """Return which of the user's limits it is, and when it begins anew."""
    now = standing(user)
    if now.month_tokens >= now.month_limit:
        words, secs = next_month_words(day)
        return OverQuota(f"Your answers have reached this month's limit of length. {words}", secs, "tokens_month")
    words, secs = tomorrow_words(day)
    if now.questions >= now.questions_limit:
        return OverQuota(
            f"You have asked {now.questions} questions today, the limit for one day. {words}", secs, "questions_day"
        )
    return OverQuota(f"Your answers have reached today's limit of length. {words}", secs, "tokens_day")


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
        raise OverQuota("Several answers are being written for you. Wait for one to end.", ACTIVE_RETRY_SECS, "active")
