"""Second factors in the admin: whoever has lost theirs is let in again, and the log says who that was."""

from collections import defaultdict
from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from chat.admin.people import FactorAdmin
from chat.models import User


class LostFactorAdmin(FactorAdmin):
    """Notes a deleted factor with its owner: its own name is the reader's word, and says nothing when it is gone.

    Registered in celebrations_site/apps.py, in the place of allauth's own page.
    """

    # Any: a list or a queryset, which Django's stubs do not say.
    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
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
