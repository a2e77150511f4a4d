"""The headers that say what a page may load and use: CSP, Permissions-Policy, Cross-Origin-Resource-Policy."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# What no page of this site ever needs; an article, an answer or a stolen script cannot ask for it either.
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


def policy_header(policy: Mapping[str, Sequence[str]]) -> str:
    """Return the policy as the header's value; a directive without sources stands alone."""
    return "; ".join(" ".join([directive, *sources]) for directive, sources in policy.items())


class ContentSecurityPolicyMiddleware:
    """Adds the headers; runs in the event loop, since a synchronous middleware would put every open stream on a thread.

    Django 6 ships one that reads the same SECURE_CSP; this one goes when the site moves to Django 6.2.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        if self.is_async:
            return self.respond(request)
        return self.protect(request, cast(HttpResponseBase, self.get_response(request)))

    async def respond(self, request: HttpRequest) -> HttpResponseBase:
        """Await the rest of the chain, then add the headers."""
        return self.protect(request, await cast(Awaitable[HttpResponseBase], self.get_response(request)))

    def protect(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers that the view has not set itself."""
        is_admin = request.path_info.startswith("/admin/")
        policy = settings.SECURE_CSP_ADMIN if is_admin else settings.SECURE_CSP
        response.headers.setdefault("Content-Security-Policy", policy_header(policy))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
