"""The addresses of the publication."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.cache import patch_vary_headers

from chat.api import chat as doors
from chat.api.following import following
from chat.api.written import written
from chat.views import (
    account,
    articles,
    branches,
    conversations,
    feedback,
    keeping,
    ops,
    replies,
    searching,
    sessions,
    sharing,
)
from chat.views.listing import beside

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
    path("covers/<slug:digest>.webp", articles.cover, name="cover"),
    path("theme/", articles.theme, name="theme"),
    path("typography/", articles.typography, name="typography"),
    # /conversations/: a reader's own
    path("conversations/", conversations.index, name="conversations"),
    path("conversations/new/", conversations.new, name="new"),
    path("conversations/beside/", beside, name="beside"),
    path("conversations/search/", searching.search, name="search"),
    path("conversations/<uuid:code>/", conversations.show, name="conversation"),
    path("conversations/<uuid:code>/rename/", conversations.rename, name="rename"),
    path("conversations/<uuid:code>/archive/", keeping.archive, name="archive"),
    path("conversations/<uuid:code>/unarchive/", keeping.unarchive, name="unarchive"),
    path("conversations/<uuid:code>/delete/", keeping.delete, name="delete"),
    path("conversations/<uuid:code>/restore/", keeping.restore, name="restore"),
    path("conversations/<uuid:code>/export.md", sharing.export_markdown, name="export_markdown"),
    path("conversations/<uuid:code>/export.json", sharing.export_json, name="export_json"),
    path("conversations/<uuid:code>/share/", sharing.share, name="share"),
    # a shared copy: everyone's who has the address
    path("s/<str:token>/", sharing.shared, name="shared"),
    path("s/<str:token>/revoke/", sharing.revoke, name="revoke"),
    # /account/: what is a reader's own beside conversations; logging in and its locks are allauth's, under /accounts/
    path("account/", account.profile, name="account"),
    path("account/sessions/", sessions.sessions, name="sessions"),
    path("account/data/", account.data, name="account_data"),
    path("account/readings/", account.readings, name="account_readings"),
    path("account/data/download/", account.download, name="account_download"),
    path("account/delete/", account.delete, name="account_delete"),
    path("account/deleted/", account.deleted, name="account_deleted"),
    # doors for programs and for the page's scripts
    path("chat", doors.chat, name="chat"),
    path("replies/<uuid:code>/events", doors.events, name="events"),
    path("replies/<uuid:code>/next", following, name="following"),
    path("replies/<uuid:code>/markdown", written, name="written"),
    # doors for scripts and forms
    path("replies/<uuid:code>/stop", either(replies.stop, doors.stop), name="stop"),
    path("replies/<uuid:code>/continue", either(replies.continue_reply, doors.continue_reply), name="continue_reply"),
    # forms in the page of a conversation
    path("replies/<uuid:code>/regenerate", branches.regenerate, name="regenerate"),
    path("replies/<uuid:code>/feedback", feedback.feedback, name="feedback"),
    path("messages/<uuid:code>/show/", branches.show, name="show"),
    # probes
    path("livez", ops.livez, name="livez"),
    path("readyz", ops.readyz, name="readyz"),
    path("metrics", ops.metrics, name="metrics"),
    path("probe", ops.stream_of_probe, name="probe"),
]
