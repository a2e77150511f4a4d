"""Second factors in the admin: whoever has lost theirs is let in again, and the log says who that was."""

from collections import defaultdict
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from chat.admin.rights import ReadOnly, may_touch
from chat.models import User


class FactorAdmin(ReadOnly, admin.ModelAdmin):
    """Second factors without their secrets. Whoever has lost theirs is let in again by deleting it here.

    Registered in celebrations_site/apps.py, in the place of allauth's own page.
    """

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    search_help_text = "Searches readers by user name and e-mail address."
    list_per_page = 50
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj) and may_touch(request, obj and obj.user)

    # Any: a list or a queryset, which Django's stubs do not say.
    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        """Note a factor with its owner: its own name is the reader's word, and says nothing when it is gone."""
        editor = cast(User, request.user)  # the admin lets nobody in without an account
        owners: dict[str, list[User]] = defaultdict(list)
        factors = list(queryset)
        prefetch_related_objects(factors, "user")
        for factor in factors:
            owners[factor.get_type_display()].append(factor.user)
        noted: list[LogEntry] = []
        for name, users in owners.items():
            noted += LogEntry.objects.log_actions(editor.pk, users, CHANGE, f"Deleted a second factor: {name}.")
        return noted
