"""What the admin lets people do with rows that are a record: look at them, and remove them with what they belong to."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from chat.models import User

# What Django's admin returns: nested lists of lines, counts by name, names of models one may not delete, protected.
Deleted = tuple[list[Any], dict[str, int], set[str], list[Any]]


def may_touch(request: HttpRequest, person: User | None) -> bool:
    """Return whether the one who asks stands above the person: a new password would be as good as their powers."""
    if person is None or request.user.is_superuser or person == request.user:
        return True
    return not (person.is_staff or person.is_superuser)


class ReadOnly:
    """For rows that nobody adds, changes or deletes by hand; those with the view permission read them."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RecordInline(ReadOnly, admin.TabularInline):
    """Rows of a record beneath the row that they belong to: a table with a name for each column, and no form."""

    template = "admin/record_inline.html"


class TakesAlong(admin.ModelAdmin):
    """For rows that take others along when they are deleted, though nobody may delete one of those alone."""

    takes_along: Sequence[type[Model]] = ()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deleted:  # Any: a list or a queryset
        lines, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        names = {str(model._meta.verbose_name) for model in self.takes_along}
        return lines, counts, forbidden - names, protected
