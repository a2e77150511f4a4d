"""Roles and e-mail addresses: rows of other apps, with pages in the place of those apps' own.

Registered in celebrations_site/apps.py, when those have been.
"""

from typing import Any, cast

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.admin.rights import may_touch
from chat.models import User


class AddressAdmin(EmailAddressAdmin):
    """E-mail addresses: a link to a new password goes to one, so an administrator's are for superusers only."""

    search_help_text = "Searches addresses, user names and names."
    list_per_page = 50

    # Any: as Django has it.
    def get_readonly_fields(self, request: HttpRequest, obj: EmailAddress | None = None) -> Any:
        own = super().get_readonly_fields(request, obj)
        return own if request.user.is_superuser else (*own, "user")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj and obj.user)

    def has_delete_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj and obj.user)

    @admin.action(description="Mark selected e-mail addresses as confirmed", permissions=["change"])
    def make_verified(self, request: HttpRequest, queryset: QuerySet[EmailAddress]) -> None:
        """Confirm them in their owners' stead, where no other account has done so."""
        mine = [row.pk for row in queryset.select_related("user") if may_touch(request, row.user)]
        open_ones = list(queryset.filter(pk__in=mine, verified=False).values_list("pk", flat=True))
        super().make_verified(request, queryset.filter(pk__in=mine))
        confirmed = EmailAddress.objects.filter(pk__in=open_ones, verified=True)
        LogEntry.objects.log_actions(cast(User, request.user).pk, confirmed, CHANGE, "Marked as confirmed.")


class RoleAdmin(GroupAdmin):
    """Groups, roles among them; only a superuser says what the members of one may do."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)
