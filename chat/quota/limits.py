"""Which limits count for a user, as a part of a statement: a user's own, else their groups', else the default."""

from django.conf import settings

# Held back for one reply until its real use is known: a long article in the prompt and a page of answer.
RESERVED_TOKENS = 4_000

_FIELDS = ("questions_per_day", "tokens_per_day", "tokens_per_month")
_DEFAULTS = ("QUOTA_QUESTIONS_PER_DAY", "QUOTA_TOKENS_PER_DAY", "QUOTA_TOKENS_PER_MONTH")
# Of several groups the most generous counts; in the record of one an empty field is the default.
_COLUMNS = ", ".join(
    f"COALESCE(MAX(CASE WHEN q.user_id IS NOT NULL THEN q.{field} END),"
    f" MAX(CASE WHEN q.group_id IS NOT NULL THEN COALESCE(q.{field}, %s) END), %s) AS {field}"
    for field in _FIELDS
)
# One row of three columns, named as the fields of Quota.
ALLOWED = (
    f"SELECT {_COLUMNS} FROM chat_quota AS q WHERE q.user_id = %s"  # noqa: S608 - names from above, no values
    " OR q.group_id IN (SELECT g.group_id FROM chat_user_groups AS g WHERE g.user_id = %s)"
)


def allowed_values(user_pk: int) -> list[int]:
    """Return what stands for the placeholders of ALLOWED."""
    defaults = [getattr(settings, name) for name in _DEFAULTS for _ in range(2)]
    return [*defaults, user_pk, user_pk]
