"""Where a reader is logged in, and logging out from afar."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from chat.models import User
from chat.text.browsers import browser_name
from chat.views.conversations import private


@dataclass(frozen=True)
class Listed:
    """A session as its owner sees it."""

    pk: int
    browser: str
    ip: str
    began: datetime
    seen: datetime
    is_this: bool


@private
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List the reader's sessions, this one first; a POST ends the named one (`end`), or all others (`others`)."""
    if request.method == "POST":
        return end(request)
    return render(request, "account/sessions.html", {"sessions": listed(request)})


def listed(request: HttpRequest) -> list[Listed]:
    """Return the sessions that are alive, this one first, then those that were in use last."""
    user, this = cast("User", request.user), request.session.session_key
    if not own(request).filter(session_key=this).exists():  # it is older than the list
        UserSession.objects.create_from_request(request)
    rows = UserSession.objects.purge_and_list(user)
    shown = [
        Listed(row.pk, browser_name(row.user_agent), row.ip, row.created_at, row.last_seen_at, row.session_key == this)
        for row in rows
    ]
    return sorted(shown, key=lambda one: (one.is_this, one.seen), reverse=True)


def end(request: HttpRequest) -> HttpResponse:
    """End what the form names: whoever uses such a session is logged out with their next request."""
    this, mine = request.session.session_key, own(request)
    ending = mine.exclude(session_key=this) if "others" in request.POST else one_of(mine, request.POST.get("end", ""))
    ended = [row.session_key for row in ending]
    for row in ending:
        row.end()
    if this in ended:
        logout(request)
        return redirect("chat:front")
    messages.success(request, "That session is ended." if len(ended) == 1 else f"{len(ended)} sessions are ended.")
    return redirect("chat:sessions")


def own(request: HttpRequest) -> QuerySet[UserSession]:
    """Return the reader's own sessions; nobody else's, whoever asks."""
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=cast("User", request.user))
    return rows


def one_of(rows: QuerySet[UserSession], key: str) -> QuerySet[UserSession]:
    """Return the one row with this key; 404 when it is none of them."""
    found = rows.filter(pk=key) if key.isdecimal() and len(key) < 19 else rows.none()
    if not found:
        raise Http404
    return found
