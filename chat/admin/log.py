"""What the staff did: every action in the admin leaves an entry, which nobody changes or deletes here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.views.main import ChangeList
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from chat.admin.filters import Chosen
from chat.admin.links import to_list, to_row
from chat.admin.rights import ReadOnly
from chat.models import User

# Beside Django's three: rows that were taken out of the site, which changes none of them.
EXPORT = 4
KINDS = {ADDITION: "Added", CHANGE: "Changed", DELETION: "Deleted", EXPORT: "Taken out"}
# As many names as one reads beside a list; others are found by the search, or by the link in their rows.
NAMES_SHOWN = 30


def note_export(request: HttpRequest, model: type[Model], rows: str, message: str) -> None:
    """Note that rows were taken out of the site; `rows` says how many or which. No word of a reader's belongs here."""
    LogEntry.objects.create(
        user=cast(User, request.user),  # the admin lets nobody in without an account
        content_type=ContentType.objects.get_for_model(model),
        object_repr=rows[:200],
        action_flag=EXPORT,
        change_message=message,
    )


class KindFilter(admin.SimpleListFilter):
    """Keeps the entries of one kind; Django's own filter does not know of exports."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[Any, str]]:
        return [(str(flag), name) for flag, name in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        chosen = [flag for flag in KINDS if str(flag) == self.value()]
        return queryset.filter(action_flag__in=chosen) if chosen else queryset


class StaffFilter(admin.SimpleListFilter):
    """Keeps what one member of staff did: offered are those who are staff now and did something."""

    title = "member of staff"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[Any, str]]:
        did_something = Exists(LogEntry.objects.filter(user=OuterRef("pk")))
        people = User.objects.filter(did_something, is_staff=True).order_by("username")
        return [(str(pk), name) for pk, name in people.values_list("pk", "username")[:NAMES_SHOWN]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        chosen = self.value() or ""
        return queryset.filter(user=int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else queryset


class LogList(ChangeList):
    """A page of the log that knows which of its rows are still there."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        entries = list(cast(Iterable[LogEntry], self.result_list))
        there = rows_there(request, self.model_admin.admin_site, entries)
        for entry in entries:
            entry.is_there = (entry.content_type_id, entry.object_id) in there  # type: ignore[attr-defined]
        self.result_list = cast(Any, entries)  # Any: a list will do, which Django's stubs do not say


def rows_there(
    request: HttpRequest, site: admin.AdminSite, entries: Sequence[LogEntry]
) -> set[tuple[int | None, str | None]]:
    """Return which of the rows that entries are about one can open: content type and key. One query for all kinds."""
    keys: dict[ContentType, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.content_type and entry.object_id:
            keys[entry.content_type].add(entry.object_id)
    found = [rows for kind, wanted in keys.items() if (rows := _openable(request, site, kind, wanted)) is not None]
    return set(found[0].union(*found[1:])) if found else set()


def _openable(request: HttpRequest, site: admin.AdminSite, kind: ContentType, wanted: set[str]) -> QuerySet | None:
    """Return the rows of one kind that are there, as content type and key; None where one may open none of them."""
    model = kind.model_class()
    shown_by = site._registry.get(model) if model else None
    if model is None or shown_by is None or not shown_by.has_view_or_change_permission(request):
        return None
    valid = [key for key in wanted if _is_key(model, key)]
    rows = shown_by.get_queryset(request).filter(pk__in=valid).order_by()
    one = Value(kind.pk), Cast("pk", CharField())
    return rows.values_list(*one) if valid else None


def _is_key(model: type[Model], key: str) -> bool:
    try:
        model._meta.pk.to_python(key)
    except ValidationError:
        return False
    return True


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly, admin.ModelAdmin):
    """Who did what when, and to which row; with the permission to look at it, which is one of its own."""

    list_display = ("action_time", "who", "kind", "what", "row", "message")
    list_filter = (StaffFilter, KindFilter, "action_time", ("user", Chosen))
    list_select_related = ("user", "content_type")
    date_hierarchy = "action_time"
    search_fields = ("user__username", "object_repr", "change_message")
    search_help_text = "Searches user names, names of rows, and what was done."
    ordering = ("-action_time", "-pk")
    list_per_page = 50
    show_full_result_count = False
    fields = ("action_time", "who", "kind", "what", "row", "message")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # Any: Django's
        return LogList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> LogEntry | None:
        entry: LogEntry | None = super().get_object(request, object_id, from_field)
        if entry:
            there = rows_there(request, self.admin_site, [entry])
            entry.is_there = bool(there)  # type: ignore[attr-defined]
        return entry

    @admin.display(description="member of staff", ordering="user__username")
    def who(self, entry: LogEntry) -> SafeString:
        return to_list(LogEntry, entry.user.get_username(), user__id__exact=entry.user_id)

    @admin.display(description="kind", ordering="action_flag")
    def kind(self, entry: LogEntry) -> str:
        return KINDS.get(entry.action_flag, "")

    @admin.display(description="what", ordering="content_type")
    def what(self, entry: LogEntry) -> str | None:
        return capfirst(entry.content_type.name) if entry.content_type else None

    @admin.display(description="row", ordering="object_repr")
    def row(self, entry: LogEntry) -> SafeString | str:
        model = entry.content_type.model_class() if entry.content_type else None
        if model is None or not entry.is_there:  # type: ignore[attr-defined]  # set in LogList and get_object
            return entry.object_repr
        return to_row(model(pk=entry.object_id), entry.object_repr) or entry.object_repr

    @admin.display(description="what was done")
    def message(self, entry: LogEntry) -> str:
        return str(entry.get_change_message())
