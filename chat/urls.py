"""The addresses of the publication."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.cache import patch_vary_headers

from chat.api import chat as doors
from chat.api.following import following
from chat.views import articles, conversations, ops, replies

app_name = "chat"

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def either(page: View, door: View) -> View:
    """Return the view of an address where a browser's form gets a page and a script JSON."""

    async def answer(request: HttpRequest, code: UUID) -> HttpResponseBase:
        response = await (page if doors.wants_page(request) else door)(request, code)
        patch_vary_headers(response, ["Accept"])
        return response

    return answer


urlpatterns = [
    path("", articles.front, name="front"),
    path("articles/<str:slug>/", articles.article, name="article"),
    path("theme/", articles.theme, name="theme"),
    path("typography/", articles.typography, name="typography"),
    # /conversations/: a reader's own
    path("conversations/", conversations.index, name="conversations"),
    path("conversations/new/", conversations.new, name="new"),
    path("conversations/<uuid:code>/", conversations.show, name="conversation"),
    path("conversations/<uuid:code>/rename/", conversations.rename, name="rename"),
    path("conversations/<uuid:code>/delete/", conversations.delete, name="delete"),
    # doors for programs and for the page's scripts
    path("chat", doors.chat, name="chat"),
    path("replies/<uuid:code>/events", doors.events, name="events"),
    path("replies/<uuid:code>/next", following, name="following"),
    # doors for scripts and forms
    path("replies/<uuid:code>/stop", either(replies.stop, doors.stop), name="stop"),
    path("replies/<uuid:code>/continue", either(replies.continue_reply, doors.continue_reply), name="continue_reply"),
    # probes
    path("livez", ops.livez, name="livez"),
    path("readyz", ops.readyz, name="readyz"),
]
