"""Middleware that stays in the event loop: Django's own, and the headers that say what a page may load and use.

Django sends every hook of its middleware through a thread, 13 to 15 times a request, because a hook might do I/O. Under
load each of these waits behind the database work of other requests. Here a hook goes to a thread only when it does
I/O for this very request; what it does is Django's own code.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import common, csrf, security
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from celebrations_site import visits
from chat import measures, tracing
from chat.views import preferences

# What no page of this site ever needs; an article, an answer or a stolen script cannot ask for it either.
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
# Bodies in which Django looks for a token and which it parses for that, however large they are.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class InLoop(MiddlewareMixin):
    """Calls the hooks in the event loop. Stands behind Django's class among the bases, before MiddlewareMixin."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.process_request(request) or await self.get_response(request)  # type: ignore[misc]
        if self.does_io(request):
            response = await sync_to_async(self.process_response)(request, response)
        else:
            response = self.process_response(request, response)
        return cast(HttpResponseBase, response)

    def does_io(self, request: HttpRequest) -> bool:
        """Tell whether process_response will read or write more than memory."""
        return False

    # Any: the hooks of Django's classes stand before these, each with types of its own.

    def process_request(self, request: HttpRequest) -> Any:
        return None

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        return response


class WatchMiddleware(InLoop):
    """Numbers requests and counts answers; the outermost one, so that it sees also what others answer."""

    def process_request(self, request: HttpRequest) -> None:
        # From strangers it would make the log say what they like.
        tracing.begin(request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXY_COUNT else "")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        measures.count_answer(response.status_code)
        response.headers["X-Request-ID"] = tracing.request_id.get()
        return response


class SecurityMiddleware(security.SecurityMiddleware, InLoop):
    """Adds headers, sends plain HTTP to HTTPS."""


class CommonMiddleware(common.CommonMiddleware, InLoop):
    """Refuses unknown hosts, appends slashes, sets Content-Length."""


class AuthenticationMiddleware(auth.AuthenticationMiddleware, InLoop):
    """Hangs a lazy user on the request; whoever looks at it first reads the database, and notes the visit there."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: self.visitor(request))  # type: ignore[assignment]

    def visitor(self, request: HttpRequest) -> Any:  # Any: a user, or nobody
        """Return who it is. In a thread."""
        user = auth.get_user(request)
        if user.is_authenticated:
            visits.note(request.session)
        return user


class PreferencesMiddleware(InLoop):
    """Has dates written in the reader's time zone and manner, which cookies tell: no page asks the database for it."""

    def process_request(self, request: HttpRequest) -> None:
        preferences.activate(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave nothing behind for the next one: under WSGI, and in tests, requests share a thread."""
        preferences.deactivate()
        return response


class SessionMiddleware(sessions.SessionMiddleware, InLoop):
    """Hangs a lazy session on the request; only a changed one is written."""

    def does_io(self, request: HttpRequest) -> bool:
        return request.session.modified or settings.SESSION_SAVE_EVERY_REQUEST


class MessageMiddleware(messages.MessageMiddleware, InLoop):
    """Keeps messages for the next page; those that are too long for a cookie go into the session."""

    def does_io(self, request: HttpRequest) -> bool:
        storage = request._messages  # type: ignore[attr-defined]
        return bool(storage.used or storage.added_new)


class CsrfViewMiddleware(csrf.CsrfViewMiddleware, InLoop):
    """Refuses POST without a token. A form is read, and a refusal rendered, in a thread."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self.process_view_in_loop  # type: ignore[method-assign, assignment]

    async def process_view_in_loop(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """Let a request with a valid token pass, answer any other one."""
        check = super().process_view
        try:
            if request.content_type in FORMS:
                return await sync_to_async(check)(request, *view)
            return check(request, *view)
        except csrf.RejectRequest as refusal:
            answer = await sync_to_async(super()._reject)(request, refusal.reason)  # type: ignore[misc]
            return cast(HttpResponseBase, answer)

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        # Django answers here, and its answer looks at the user and renders a page.
        if self.async_mode:
            raise csrf.RejectRequest(reason)
        return super()._reject(request, reason)  # type: ignore[misc]


class ContentSecurityPolicyMiddleware(InLoop):
    """Adds CSP, Permissions-Policy and Cross-Origin-Resource-Policy.

    Django 6 ships one that reads the same SECURE_CSP; this one goes when the site moves to Django 6.2.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers that the view has not set itself."""
        is_admin = request.path_info.startswith("/admin/")
        policy = settings.SECURE_CSP_ADMIN if is_admin else settings.SECURE_CSP
        response.headers.setdefault("Content-Security-Policy", policy_header(policy))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


def policy_header(policy: Mapping[str, Sequence[str]]) -> str:
    """Return the policy as the header's value; a directive without sources stands alone."""
    return "; ".join(" ".join([directive, *sources]) for directive, sources in policy.items())
