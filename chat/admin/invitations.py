"""Whom the staff invite: a link that is shown once, and mailed where an address is given."""

import logging
import smtplib
from collections.abc import Iterable
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from chat.admin.filters import Chosen
from chat.admin.links import to_row
from chat.admin.pages import page_context
from chat.admin.rights import ReadOnly
from chat.models import Invitation, InvitationState, User
from chat.models.invitations import PERIODS_DAYS, USUAL_DAYS, InvitationQuerySet

logger = logging.getLogger(__name__)

NOT_NEEDED = "Nobody needs an invitation now: signing up is not limited to them (SIGNUP is “%s”)."


class InvitationForm(forms.ModelForm):
    """Asks for whom it is and for how long it is good."""

    days = forms.TypedChoiceField(
        label="Valid for",
        coerce=int,
        choices=[(days, f"{days} day{'s' if days > 1 else ''}") for days in PERIODS_DAYS],
        initial=USUAL_DAYS,
    )

    class Meta:
        model = Invitation
        fields = ("email", "note")


class StateFilter(admin.SimpleListFilter):
    """Keeps the invitations in one state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[Any, str]]:
        return InvitationState.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        rows = cast(InvitationQuerySet, queryset)  # the admin begins with the model's own manager
        return rows.in_state(str(self.value())) if self.value() in InvitationState.values else rows


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, admin.ModelAdmin):
    """Invitations are made and revoked; nobody changes one, or learns its link again."""

    form = InvitationForm
    actions = ("revoke",)
    list_display = ("__str__", "email", "note", "state_now", "inviter", "created", "expires", "user")
    list_filter = (StateFilter, "created", ("invited_by", Chosen))
    list_select_related = ("invited_by", "used_by")
    search_fields = ("email", "note", "invited_by__username", "used_by__username")
    search_help_text = "Searches addresses, notes, and user names of those who invited and were invited."
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Return whether those with the permission to change them, and nobody else, revoke them."""
        return admin.ModelAdmin.has_change_permission(self, request)

    def get_fieldsets(self, request: HttpRequest, obj: Invitation | None = None) -> Any:  # Any: Django's nested lists
        if obj is None:
            about = "The link opens one account, once. It is shown to you on the next page and never again."
            return [(None, {"description": about, "fields": ("email", "note", "days")})]
        told = ("email", "note", "state_now", "inviter", "created", "expires", "user", "used_at", "revoked_at")
        return [(None, {"fields": told})]

    @admin.display(description="state")
    def state_now(self, invitation: Invitation) -> str:
        return invitation.state.label

    @admin.display(description="invited by", ordering="invited_by__username")
    def inviter(self, invitation: Invitation) -> SafeString | None:
        return to_row(invitation.invited_by)

    @admin.display(description="used by", ordering="used_by__username")
    def user(self, invitation: Invitation) -> SafeString | None:
        return to_row(invitation.used_by)

    @admin.action(description="Revoke the selected invitations", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Close those that are open; the log names each of them."""
        editor = cast(User, request.user)  # the admin lets nobody in without an account
        with transaction.atomic():
            # Locked: one that somebody uses at this moment is either theirs or closed, and the log says which.
            revoked = list(cast(InvitationQuerySet, queryset).open().select_for_update(of=("self",)))
            Invitation.objects.filter(pk__in=[row.pk for row in revoked]).revoke()
            LogEntry.objects.log_actions(editor.pk, revoked, CHANGE, "Revoked.")
        self.message_user(request, f"{len(revoked)} revoked.", messages.SUCCESS)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say it where invitations open nothing that is not open anyway."""
        if settings.SIGNUP != "invitation" and request.method == "GET" and self.has_view_permission(request):
            self.message_user(request, NOT_NEEDED % settings.SIGNUP, messages.INFO)
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def save_model(self, request: HttpRequest, obj: Invitation, form: forms.ModelForm, change: bool) -> None:
        """Store a new one; its link lives as long as this request."""
        obj.invited_by = cast(User, request.user)
        token = obj.seal(form.cleaned_data["days"])
        super().save_model(request, obj, form, change)
        address = reverse("account_signup", query={"invitation": token})
        request.made = obj, request.build_absolute_uri(address)  # type: ignore[attr-defined]  # for add_view

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make one; then show its link in the answer itself, so that it is kept in no message and no session."""
        response: HttpResponse = super().add_view(request, form_url, extra_context)
        made = getattr(request, "made", None)
        # After the transaction: a slow mail server must not hold the database.
        return self.made_view(request, *made) if made else response

    def made_view(self, request: HttpRequest, invitation: Invitation, link: str) -> HttpResponse:
        """Send the link if there is an address, and show it."""
        is_sent = send(invitation, link) if invitation.email else None
        context = page_context(self, request, "The invitation is made", invitation=invitation, link=link, sent=is_sent)
        return never_cache(render)(request, "admin/chat/invitation/made.html", context)


def send(invitation: Invitation, link: str) -> bool:
    """Send the link to the address; return whether the mail server took it."""
    # user: the greeting is not for the one who is logged in.
    words = {"link": link, "expires": invitation.expires, "user": None}
    try:
        get_adapter().send_mail("account/email/invitation", invitation.email, words)
    except (smtplib.SMTPException, OSError):
        logger.warning("An invitation could not be mailed.", exc_info=True)
        return False
    return True
