"""Filters of lists that stay quick where there are thousands of rows to choose from."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.http import HttpRequest


class Chosen(admin.RelatedFieldListFilter):
    """Says which row a list is about, and lets go of it; one is chosen by the links that lead to the list.

    Django's own filter names every row there is: with ten thousand articles it takes a second and cannot be read.
    """

    # Any: a key. Django's stubs let nobody narrow these types.
    def field_choices(  # type: ignore[override]
        self, field: ForeignKey, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[Any, str]]:
        """Return the row that is chosen, if one is."""
        chosen = request.GET.get(f"{field.name}__{field.target_field.name}__exact", "")
        rows = field.remote_field.model._base_manager
        return [(row.pk, str(row)) for row in rows.filter(pk=chosen)] if chosen.isdecimal() else []

    def has_output(self) -> bool:
        return self.lookup_val is not None
