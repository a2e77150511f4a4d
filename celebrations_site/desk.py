"""The editors' desk: Django's admin behind the site's own login, where it is wanted with a second factor."""

from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from chat.models import User
from chat.models.factors import Step, step_missing

# Where the missing step is done; allauth's pages, in which the templates say why one is there.
PAGES = {
    Step.SET_UP: "mfa_index",
    Step.ENTER_CODE: "mfa_reauthenticate",
    Step.USE_PASSKEY: "mfa_reauthenticate_webauthn",
}


class DeskSite(AdminSite):
    """Opens to staff, with STAFF_SECOND_FACTOR only after a login with one; leads out only from rows that it shows."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody gets in: every page of the desk asks this first, whatever its method."""
        return super().has_permission(request) and missing(request) is None

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Put an own view in the place of Django's, which leads from every row of the database that has a page.

        For a shared copy of a conversation that would be its secret address.
        """
        address = "r/<int:content_type_id>/<path:object_id>/"
        own = path(address, self.admin_view(self.on_site), name="view_on_site")
        return [own, *(url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site")]

    def on_site(self, request: HttpRequest, content_type_id: int, object_id: str) -> HttpResponse:
        """Lead to the page of a row; 404 for rows that have none, or that the one who asks may not see."""
        kind = get_object_or_404(ContentType, pk=content_type_id).model_class()
        shown = self._registry.get(kind) if kind else None
        row = shown.get_object(request, object_id) if shown else None
        if row is None or shown is None or not shown.has_view_permission(request, row):
            raise Http404
        page = shown.view_on_site(row) if callable(shown.view_on_site) else None
        if page is None:
            raise Http404
        return HttpResponseRedirect(page)

    # Any: as Django declares it.
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the site's own login, so that its limits and second factors hold here; or to what is missing."""
        if super().has_permission(request) and (step := missing(request)):
            return HttpResponseRedirect(reverse(PAGES[step], query={REDIRECT_FIELD_NAME: self._wanted(request)}))
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def _wanted(self, request: HttpRequest) -> str:
        """Return the page of the desk that somebody was on their way to."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        is_own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
        return wanted if is_own else reverse("admin:index", current_app=self.name)


def missing(request: HttpRequest) -> Step | None:
    """Return what a member of staff has yet to do before they get in. One query a request, none without the setting."""
    if not settings.STAFF_SECOND_FACTOR:
        return None
    if not hasattr(request, "step_missing"):
        user = cast(User, request.user)
        step = step_missing(user, get_authentication_records(request, user))
        request.step_missing = step  # type: ignore[attr-defined]  # kept for the other questions of this request
    return cast("Step | None", request.step_missing)  # type: ignore[attr-defined]
