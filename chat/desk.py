"""The desk as a whole: Django's admin, but for the address that leads from any row to its page on the site."""

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, URLResolver, path


class Desk(admin.AdminSite):
    """Leads out to the site only from rows that are shown here, and only for those who may see them."""

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
