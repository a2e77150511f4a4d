"""The pages of the admin that are not Django's own: their addresses, and what all their templates need."""

from collections.abc import Callable, Coroutine
from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache

from chat.replies.hops import in_one_hop


def own_page(owner: ModelAdmin, route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """Return the address of a page, for staff only, named as Django's are: `admin:chat_article_<name>`."""
    model = owner.opts
    return path(route, owner.admin_site.admin_view(view), name=f"{model.app_label}_{model.model_name}_{name}")


class Admitted(HttpResponse):
    """Stands for the answer of a page that is still to be made."""


def own_async_page(
    owner: ModelAdmin, route: str, view: Callable[..., Coroutine[None, None, HttpResponseBase]], name: str
) -> URLPattern:
    """Return the same for a view in the event loop, which may wait long: it holds no thread meanwhile.

    Django's admin_view would call it in a thread; here only its checks are made there, before the view.
    """
    admit = owner.admin_site.admin_view(lambda request, *args, **kwargs: Admitted())

    @never_cache
    async def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        answer = await in_one_hop(admit, request, *args, **kwargs)
        return await view(request, *args, **kwargs) if isinstance(answer, Admitted) else answer

    model = owner.opts
    return path(route, page, name=f"{model.app_label}_{model.model_name}_{name}")


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
