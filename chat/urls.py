"""The addresses of the publication."""

from django.urls import path

from chat.api import chat as doors
from chat.api.following import following
from chat.views import articles, conversations, ops

app_name = "chat"

urlpatterns = [
    path("", articles.front, name="front"),
    path("articles/<str:slug>/", articles.article, name="article"),
    path("theme/", articles.theme, name="theme"),
    # /conversations/: a reader's own
    path("conversations/", conversations.index, name="conversations"),
    path("conversations/new/", conversations.new, name="new"),
    path("conversations/<uuid:code>/", conversations.show, name="conversation"),
    path("conversations/<uuid:code>/rename/", conversations.rename, name="rename"),
    path("conversations/<uuid:code>/delete/", conversations.delete, name="delete"),
    # doors for programs and for the page's scripts
    path("chat", doors.chat, name="chat"),
    path("replies/<uuid:code>/events", doors.events, name="events"),
    path("replies/<uuid:code>/stop", doors.stop, name="stop"),
    path("replies/<uuid:code>/continue", doors.continue_reply, name="continue_reply"),
    path("replies/<uuid:code>/next", following, name="following"),
    # probes
    path("livez", ops.livez, name="livez"),
    path("readyz", ops.readyz, name="readyz"),
]
