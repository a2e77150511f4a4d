"""Many rows of every kind that the admin shows, made from what their fields are."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from chat.models import (
    Article,
    ArticleStatus,
    Citation,
    Conversation,
    Message,
    ModelSettings,
    Prompt,
    Revision,
    Role,
    Section,
    Status,
)

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 500
BODY = "A celebration marks an event.\n\n## National days\n\nBastille Day is 14 July.\n"

# What a field's type does not tell: the rules between the fields of a row. Given the number of the row, from 0.
RULES: dict[type[models.Model], Callable[[int], dict[str, Any]]] = {
    Article: lambda n: {"status": ArticleStatus.PUBLISHED, "published_at": BEGINNING, "language": "en"},
    Revision: lambda n: {"number": 1, "body": BODY, "body_html": "<p>A celebration</p>", "plain": BODY},
    Section: lambda n: {"position": 0, "start": 0, "end": 20, "anchor": "national-days", "level": 2},
    Message: lambda n: {
        "role": Role.ASSISTANT,
        "status": Status.COMPLETE,
        "parent_id": None,
        "text": f"In July {n}.",
        "model": ("gpt-4o-mini", "extractive", "gpt-4o")[n % 3],
        "error_code": "",
    },
    Citation: lambda n: {"verdict": "verified", "start": 0, "end": 4, "number": 1, "ordinal": 1},
    Prompt: lambda n: {"number": n + 1},
    ModelSettings: lambda n: {"number": n + 1, "context_chars": 300_000},
    Authenticator: lambda n: {"type": "webauthn", "data": {"name": f"Key {n}"}},
}
# Their rows are Django's own, few on every site, or made with others.
FEW = (Group,)
# Owned by one row each: row n belongs to row n of the other table.
ORDER = (Article, Revision, Section, Conversation, Message, Citation)


def kinds() -> list[type[models.Model]]:
    """Return every model that the admin lists, and those that their rows need, those first."""
    listed = [model for model in admin.site._registry if model not in FEW]
    ordered: list[type[models.Model]] = []
    for model in (*ORDER, *listed):
        _put(model, ordered, set())
    return ordered


def _put(model: type[models.Model], ordered: list[type[models.Model]], above: set[type[models.Model]]) -> None:
    if model in ordered or model in above:
        return
    for field in model._meta.fields:
        if field.is_relation and not field.null:
            _put(field.related_model, ordered, above | {model})
    ordered.append(model)


def fill(count: int) -> None:
    """Store `count` rows of every kind beside those that are there."""
    keys: dict[type[models.Model], list[Any]] = {}
    for model in kinds():
        if model._meta.app_label == "contenttypes":
            keys[model] = list(model.objects.values_list("pk", flat=True))
            continue
        rows = [model(**_values(model, n, keys)) for n in range(count)]
        before = set(model.objects.values_list("pk", flat=True))
        model._base_manager.bulk_create(rows, batch_size=BATCH)
        keys[model] = [pk for pk in model.objects.order_by("pk").values_list("pk", flat=True) if pk not in before]
        assert len(keys[model]) == count, f"only {len(keys[model])} rows of {model.__name__} were stored"
    _join(keys)


def _join(keys: dict[type[models.Model], list[Any]]) -> None:
    """Set what could not be known at the beginning: each article's current revision."""
    pairs = zip(keys[Article], keys[Revision], strict=True)
    Article.objects.bulk_update([Article(pk=a, revision_id=r) for a, r in pairs], ["revision"], batch_size=BATCH)


def _values(model: type[models.Model], n: int, keys: dict[type[models.Model], list[Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if not field.primary_key or field.is_relation:
            values |= _value(field, n, keys)
    return values | RULES.get(model, lambda _: {})(n)


def _value(field: models.Field, n: int, keys: dict[type[models.Model], list[Any]]) -> dict[str, Any]:
    if field.is_relation:
        theirs = keys.get(field.related_model, [])
        return {field.attname: theirs[n % len(theirs)]} if theirs else {}
    if field.choices:
        choices = [choice for choice, _ in field.flatchoices]
        return {field.name: choices[n % len(choices)]}
    return {field.name: _plain(field, n)}


def _plain(field: models.Field, n: int) -> Any:
    """Return a value for a field without choices, another one for each n."""
    match field:
        case models.UUIDField():
            return uuid.uuid4()
        case models.BooleanField():
            return field.name == "is_active" or n % 50 == 0
        case models.DateTimeField():
            return None if field.null else BEGINNING + timedelta(minutes=n)
        case models.DateField():
            return (BEGINNING + timedelta(days=n % 300)).date()
        case models.IntegerField():
            return None if field.null else n if field.unique else n % 1000
        case models.FloatField() | models.DecimalField():
            return None if field.null else n % 2
        case models.JSONField():
            return {}
        case models.BinaryField():
            return json.dumps(n).encode()
        case models.GenericIPAddressField():
            return "127.0.0.1"
        case models.EmailField():
            return f"reader{n}@example.org"
        case models.CharField() | models.TextField():
            text = f"{field.name}-{n}-{hashlib.sha256(str(n).encode()).hexdigest()}"
            return text[: min(field.max_length or 80, 80)]
    raise FieldDoesNotExist(f"say in tests/admin/crowd.py what {field} holds")
