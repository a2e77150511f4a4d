"""Every page of the admin that shows rows: its lists as they are looked at, and the pages of one row."""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.test import RequestFactory
from django.urls import URLPattern, reverse

from chat.models import User

# Of one row; those of all rows are listed in `lists`.
OF_ONE_ROW = ("change", "history", "delete")
# Of pages that are about something their address names.
QUERIES = {"_take_back": "?version=1"}
# What Django's own pages are called, at the end of their names.
USUAL = ("changelist", "add", "autocomplete", *OF_ONE_ROW)


def pages(looker: User) -> Iterator[str]:
    """Yield the addresses of all pages, each list also searched, filtered and turned over."""
    yield reverse("admin:index")
    for model, model_admin in admin.site._registry.items():
        yield from lists(model, model_admin, looker)
        yield from forms(model, looker)
        yield from own(model, model_admin)


def name(model: type[Model], page: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"


def lists(model: type[Model], model_admin: ModelAdmin, looker: User) -> Iterator[str]:
    """Yield the list of a model: its first and second page, searched, and sorted by each column."""
    address = reverse(name(model, "changelist"))
    yield address
    yield f"{address}?p=2"
    if model_admin.search_fields:
        yield f"{address}?q=7"
    request = RequestFactory().get(address)
    request.user = looker
    for at, _ in enumerate(model_admin.get_list_display(request), start=1):
        yield f"{address}?o={at}"


def forms(model: type[Model], looker: User) -> Iterator[str]:
    """Yield the form for a new row, and the pages of one that has others around it."""
    yield reverse(name(model, "add"))
    row = model._base_manager.exclude(pk=looker.pk if isinstance(looker, model) else None).order_by("-pk")[1:2].first()
    for page in OF_ONE_ROW if row else ():
        yield reverse(name(model, page), args=[row.pk])


def own(model: type[Model], model_admin: ModelAdmin) -> Iterator[str]:
    """Yield the pages that a part of the admin has beside the usual ones."""
    row = model._base_manager.order_by("-pk")[1:2].first()
    for pattern in model_admin.get_urls():
        if isinstance(pattern, URLPattern) and pattern.name and not pattern.name.endswith(USUAL):
            needed = pattern.pattern.converters or {}
            if len(needed) <= 1 and row:
                query = next((query for end, query in QUERIES.items() if pattern.name.endswith(end)), "")
                yield reverse(f"admin:{pattern.name}", args=[row.pk] if needed else []) + query
