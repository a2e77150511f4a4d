"""E-mail addresses in the admin: allauth's own page, but that what it confirms is noted."""

from typing import cast

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.models import User


class AddressAdmin(EmailAddressAdmin):
    """Registered in celebrations_site/apps.py, in the place of allauth's own page."""

    @admin.action(description="Mark selected e-mail addresses as confirmed", permissions=["change"])
    def make_verified(self, request: HttpRequest, queryset: QuerySet[EmailAddress]) -> None:
        """Confirm them in their owners' stead, where no other account has done so."""
        open_ones = list(queryset.filter(verified=False).values_list("pk", flat=True))
        super().make_verified(request, queryset)
        confirmed = EmailAddress.objects.filter(pk__in=open_ones, verified=True)
        editor = cast(User, request.user)  # the admin lets nobody in without an account
        LogEntry.objects.log_actions(editor.pk, confirmed, CHANGE, "Marked as confirmed.")
