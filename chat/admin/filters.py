"""Filters of lists that stay quick where there are thousands of rows to choose from."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, ForeignKey, OuterRef
from django.http import HttpRequest


class Chosen(admin.RelatedFieldListFilter):
    """Says which row a list is about, and lets go of it; one is chosen by the links that lead to the list.

    Django's own filter names every row there is: with ten thousand articles it takes a second and cannot be read.
    """

    # Any: a key. Django's stubs let nobody narrow these types.
    def field_choices(  # type: ignore[override]
        self, field: ForeignKey, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[Any, str]]:
        """Return the row that is chosen, if one is, and if the list has rows of it: what else there is is not told."""
        chosen = request.GET.get(f"{field.name}__{field.target_field.name}__exact", "")
        if not (chosen.isdecimal() and len(chosen) < 19):
            return []
        used = Exists(model_admin.get_queryset(request).filter(**{field.name: OuterRef("pk")}))
        rows = field.remote_field.model._base_manager.filter(used, pk=chosen)
        return [(row.pk, str(row)) for row in rows]

    def has_output(self) -> bool:
        return self.lookup_val is not None
