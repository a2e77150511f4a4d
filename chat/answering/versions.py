"""What editors have made to count: the newest rules and the newest settings of the model, in one query for each ask."""

from dataclasses import dataclass

from django.db import connection

from chat.answering.source import Rules
from chat.models import ModelSettings

# Written out: an ask has one statement for both, and no table is asked for a version that it does not hold.
_NEWEST = (
    "SELECT p.text, p.number, s.number, s.model, s.temperature, s.max_tokens, s.max_tokens_field, s.context_chars"
    " FROM (SELECT 1 AS one) AS always"
    " LEFT JOIN (SELECT text, number FROM chat_prompt ORDER BY number DESC LIMIT 1) AS p ON 1 = 1"
    " LEFT JOIN (SELECT number, model, temperature, max_tokens, max_tokens_field, context_chars"
    " FROM chat_modelsettings ORDER BY number DESC LIMIT 1) AS s ON 1 = 1"
)
_FIELDS = ("number", "model", "temperature", "max_tokens", "max_tokens_field", "context_chars")


@dataclass(frozen=True)
class Newest:
    """The versions that count from the next reply on; None where editors have saved none."""

    rules: Rules | None
    settings: ModelSettings | None


def newest() -> Newest:
    """Return what counts now, for every process from the commit on. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        text, number, *fields = cursor.fetchone()
    rules = Rules(text, str(number)) if number is not None else None
    found = dict(zip(_FIELDS, fields, strict=True))
    return Newest(rules, ModelSettings(**found) if found["number"] is not None else None)
