"""What happens when someone has logged in, by whichever way: the browser learns what the account prefers."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from chat.models import User
from chat.views import preferences

# In sessions that allauth keeps a row for, which are those that began with a login.
LISTED = "is_listed"


class AccountAdapter(DefaultAccountAdapter):
    """The place where allauth asks what this site does differently."""

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:  # Any: handed through
        """Take the account's preferences along to this browser."""
        response: HttpResponse = super().post_login(request, user, **how)
        request.session[LISTED] = True
        preferences.take_along(request, response, user)
        return response
