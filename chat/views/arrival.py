"""What this site does differently when someone signs up or logs in, by whichever way."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse

from chat.errors import ClosedInvitation
from chat.models import Invitation, User
from chat.views import joining, preferences

# In sessions that allauth keeps a row for, which are those that began with a login.
LISTED = "is_listed"


class AccountAdapter(DefaultAccountAdapter):
    """The place where allauth asks what this site does differently."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let those in who may sign up; tell the others why not."""
        if joining.needs_invitation():
            try:
                Invitation.objects.opened_by(joining.token_of(request))
            except ClosedInvitation as error:
                raise ImmediateHttpResponse(joining.refusal(request, error)) from error
        return True

    def get_login_stages(self) -> list[str]:
        """Have the site's own stage ask for a confirmed address."""
        theirs = "allauth.account.stages.EmailVerificationStage"
        own = "chat.views.joining.AddressStage"
        return [own if name == theirs else name for name in super().get_login_stages()]

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        return joining.can_remove(email_address) and super().can_delete_email(email_address)

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:  # Any: handed through
        """Take the account's preferences along to this browser."""
        response: HttpResponse = super().post_login(request, user, **how)
        request.session[LISTED] = True
        preferences.take_along(request, response, user)
        return response
