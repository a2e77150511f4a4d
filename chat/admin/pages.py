"""The pages of the admin that are not Django's own: their addresses, and what all their templates need."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path


def own_page(owner: ModelAdmin, route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """Return the address of a page, for staff only, named as Django's are: `admin:chat_article_<name>`."""
    model = owner.opts
    return path(route, owner.admin_site.admin_view(view), name=f"{model.app_label}_{model.model_name}_{name}")


# Any: a template takes everything.
def page_context(owner: ModelAdmin, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
    """Return what the frame of an admin page shows, and more."""
    return {
        **owner.admin_site.each_context(request),
        "opts": owner.opts,
        "media": owner.media,
        "title": title,
        "has_view_permission": owner.has_view_permission(request),
        **more,
    }
