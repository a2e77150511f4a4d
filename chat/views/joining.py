"""Who may sign up, and with which address: everybody, those at certain domains, or those whom somebody invited."""

from typing import Any

from allauth.account.forms import AddEmailForm as AnyAddEmailForm
from allauth.account.forms import SignupForm as AnySignupForm
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat.errors import ClosedInvitation
from chat.models import Invitation, User
from chat.text.addresses import domain_of

# The name under which the token comes in the link, and goes along in the form.
TOKEN = "invitation"  # noqa: S105 a name, no token


def needs_invitation() -> bool:
    """Return whether nobody signs up without one."""
    return bool(settings.SIGNUP == "invitation")


def token_of(request: HttpRequest) -> str:
    return str(request.POST.get(TOKEN) or request.GET.get(TOKEN) or "")


def refusal(request: HttpRequest, error: ClosedInvitation) -> HttpResponse:
    """Return the page that says why one cannot sign up."""
    return render(request, "account/signup_closed.html", {"sentence": str(error)}, status=error.status)


def is_accepted(address: str) -> bool:
    """Return whether an address may open an account, or belong to one."""
    return settings.SIGNUP != "domains" or domain_of(address) in settings.SIGNUP_DOMAINS


def check_domain(address: str) -> None:
    """Raise ValidationError for an address at another domain than those that are let in."""
    if not is_accepted(address):
        names = " or ".join(settings.SIGNUP_DOMAINS)
        raise forms.ValidationError(f"Only addresses at {names} are accepted here.", code="domain")


class SignupForm(AnySignupForm):
    """Asks for an address that is let in, and uses the invitation up together with making the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed on to allauth unseen
        super().__init__(*args, **kwargs)
        if needs_invitation():
            token = token_of(context.request)
            self.fields[TOKEN] = forms.CharField(widget=forms.HiddenInput, required=False, initial=token)

    def clean_email(self) -> str:
        # Not in the adapter's hook of this name: that is asked, too, when somebody has forgotten a password.
        address: str = super().clean_email()
        check_domain(address)
        return address

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Return the new account, or what is answered instead of it."""
        if not needs_invitation() or self.account_already_exists:
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
            return saved
        try:
            with transaction.atomic():
                # Claimed first: of two who come at once with one link, the second waits here and is told.
                invitation = Invitation.objects.claim(self.cleaned_data[TOKEN])
                user, answer = super().try_save(request)
                Invitation.objects.filter(pk=invitation.pk).update(used_by=user)
        except ClosedInvitation as error:
            return None, refusal(request, error)
        return user, answer


class AddEmailForm(AnyAddEmailForm):
    """Takes a further address only where one could have signed up with it."""

    def clean_email(self) -> str:
        address: str = super().clean_email()
        check_domain(address)
        return address


class AddressStage(EmailVerificationStage):
    """Lets in only those with a confirmed address, where the settings want one; but for those let in by hand.

    Nobody signs up as staff, nor without an address: the operator made such accounts, perhaps before there was mail.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user and settings.SIGNUP == "domains" and _was_let_in_by_hand(user):
            return None, True
        handled: tuple[HttpResponse | None, bool] = super().handle()
        return handled


def _was_let_in_by_hand(user: User) -> bool:
    return user.is_staff or user.is_superuser or not (user.email or EmailAddress.objects.filter(user=user).exists())


def can_remove(address: EmailAddress) -> bool:
    """Return whether an account that a confirmed address let in keeps one that would, when this one goes."""
    if settings.SIGNUP != "domains" or not (address.verified and is_accepted(address.email)):
        return True
    others = EmailAddress.objects.filter(user=address.user_id, verified=True).exclude(pk=address.pk)
    return any(is_accepted(other) for other in others.values_list("email", flat=True))
