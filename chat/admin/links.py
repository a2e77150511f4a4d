"""Links from one row of the admin to another, to lists of rows, and to the publication itself."""

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def to_row(row: Model | None, words: str = "") -> SafeString | None:
    """Return a link to the row's page in the admin; None (shown as a dash) when there is no row."""
    return None if row is None else format_html('<a href="{}">{}</a>', _page(type(row), "change", row.pk), words or row)


def to_list(model: type[Model], words: str, **lookups: object) -> SafeString:
    """Return a link to the list of the model's rows that fit the lookups."""
    url = reverse(_name(model, "changelist"), query={name: str(value) for name, value in lookups.items()})
    return format_html('<a href="{}">{}</a>', url, words)


def to_site(url: str, words: str) -> SafeString:
    """Return a link to a page that readers see."""
    return format_html('<a href="{}">{}</a>', url, words)


def _page(model: type[Model], page: str, *args: object) -> str:
    return reverse(_name(model, page), args=args)


def _name(model: type[Model], page: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
