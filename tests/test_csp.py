"""The headers that say what a page may load and use."""

import asyncio
import threading

import pytest
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from celebrations_site.middleware import ContentSecurityPolicyMiddleware, policy_header


def respond(path: str, **headers: str) -> HttpResponse:
    """Return what a view's empty answer becomes."""
    middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse(headers=headers))
    return middleware(RequestFactory().get(path))


def directives(response: HttpResponse) -> dict[str, str]:
    """Return the policy as directive to sources."""
    policy = response["Content-Security-Policy"]
    return {name: sources for name, _, sources in (part.partition(" ") for part in policy.split("; "))}


def test_it_writes_directives_with_and_without_sources() -> None:
    policy = {"default-src": ["'none'"], "img-src": ["'self'", "data:"], "sandbox": []}
    assert policy_header(policy) == "default-src 'none'; img-src 'self' data:; sandbox"


def test_a_page_may_load_only_from_the_site_itself() -> None:
    policy = directives(respond("/"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"


def test_nothing_inline_or_evaluated_is_allowed_anywhere() -> None:
    for policy in (settings.SECURE_CSP, settings.SECURE_CSP_ADMIN):
        assert "unsafe" not in policy_header(policy)
        assert "*" not in policy_header(policy)


@pytest.mark.parametrize("path", ["/", "/articles/admin/", "/accounts/login/", "/administration/"])
def test_scripts_of_the_site_need_trusted_types(path: str) -> None:
    policy = directives(respond(path))
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "server-html")


def test_the_admin_needs_no_trusted_types_and_is_as_strict_otherwise() -> None:
    policy = directives(respond("/"))
    del policy["require-trusted-types-for"], policy["trusted-types"]
    assert directives(respond("/admin/")) == policy


def test_it_denies_devices_and_use_by_other_sites() -> None:
    response = respond("/")
    assert "camera=()" in response["Permissions-Policy"]
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_view_may_be_stricter_itself() -> None:
    response = respond("/", **{"Content-Security-Policy": "sandbox"})
    assert response["Content-Security-Policy"] == "sandbox"


def test_it_stays_in_the_event_loop() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(threading.current_thread().name)

    middleware = ContentSecurityPolicyMiddleware(view)
    response = asyncio.run(middleware(RequestFactory().get("/")))
    assert iscoroutinefunction(middleware)
    assert "Content-Security-Policy" in response
    assert response.content.decode() == threading.current_thread().name
