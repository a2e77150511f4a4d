"""Giving a conversation away: as a file to its owner, as a frozen copy to everyone who has the address."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.models import Conversation, Share
from chat.replies.chips import insets, notes
from chat.replies.export import as_dict, as_markdown, branch_of, file_name
from chat.replies.live import Cited
from chat.text.blocks import blocks_of
from chat.views.conversations import own, private
from chat.views.shown import listed

# Fields of a message that belong to its owner or to nobody.
PRIVATE = ("code", "parent", "model")


@dataclass(frozen=True)
class SharedMessage:
    """A message of a copy, as the page shows it."""

    text: str
    is_reply: bool
    about: dict[str, str] | None = None  # the passage that a question is about
    blocks: tuple[SafeString, ...] = ()
    citations: tuple[Cited, ...] = ()
    ending: str = ""


@private
@login_required
@require_safe
def export_markdown(request: HttpRequest, code: UUID) -> HttpResponse:
    """Send the conversation as Markdown, to be kept."""
    conversation = own(request, code)
    text = as_markdown(conversation, origin(request))
    return as_file(text, "text/markdown; charset=utf-8", file_name(conversation, "md"))


@private
@login_required
@require_safe
def export_json(request: HttpRequest, code: UUID) -> HttpResponse:
    """Send the conversation as JSON, with all its branches."""
    conversation = own(request, code)
    text = json.dumps(as_dict(conversation, origin(request)), ensure_ascii=False, indent=2)
    return as_file(text, "application/json", file_name(conversation, "json"))


def as_file(text: str, content_type: str, name: str) -> HttpResponse:
    """Return a response that browsers save."""
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(text, content_type=content_type, headers=headers)


def origin(request: HttpRequest) -> str:
    """Return the site's address without a slash at its end."""
    return request.build_absolute_uri("/")[:-1]


@private
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, code: UUID) -> HttpResponse:
    """Say who will see what; a POST makes the copy and its address."""
    conversation = own(request, code)
    snapshot = snapshot_of(conversation)
    if request.method == "POST" and snapshot["messages"]:
        Share.objects.create(conversation=conversation, snapshot=snapshot)
        return redirect(f"{request.path}#shares")
    shares = conversation.shares.filter(revoked_at=None).defer("snapshot")
    context = {
        "conversation": conversation,
        "shares": shares,
        "count": len(snapshot["messages"]),
        "origin": origin(request),
    }
    return render(request, "chat/share.html", context)


@private
@login_required
@require_POST
def revoke(request: HttpRequest, token: str) -> HttpResponse:
    """Close a shared copy: from now on its address leads nowhere."""
    found = get_object_or_404(Share.objects.visible_to(request.user).select_related("conversation"), token=token)
    Share.objects.filter(pk=found.pk, revoked_at=None).update(revoked_at=Now())
    return redirect("chat:share", found.conversation.code)


# Not even the reader's own browser keeps it: it is gone as soon as it is revoked.
@cache_control(private=True, no_store=True)
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show a copy to everyone who has its address, and to no search engine."""
    found = get_object_or_404(Share.objects.open(), token=token)
    messages = [shared_message(message) for message in found.snapshot["messages"]]
    response = render(request, "chat/shared.html", {"share": found, "told": found.snapshot, "shown": messages})
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def snapshot_of(conversation: Conversation) -> dict[str, Any]:  # Any: nested values of JSON
    """Return what a copy shows: the branch on the page as far as it is answered, and nothing about its owner."""
    told = as_dict(conversation, "")
    branch = branch_of(conversation)
    if branch and branch[-1].is_unfinished:
        branch = branch[:-2]
    codes = {str(message.code) for message in branch}
    shown = [message for message in told["messages"] if message["code"] in codes]
    messages = [{name: value for name, value in message.items() if name not in PRIVATE} for message in shown]
    return {"title": told["title"], "article": told["article"], "messages": messages}


def shared_message(told: dict[str, Any]) -> SharedMessage:  # Any: as above
    """Return a message of a snapshot as the page shows it."""
    if "citations" not in told:
        return SharedMessage(told["text"], is_reply=False, about=told.get("about"))
    found = [Cited(**fields) for fields in told["citations"]]
    rendered = [
        *blocks_of(told["text"], True, insets(found)),
        *notes(found, told["passages_given"], told["passages_total"]),
    ]
    # As on the page of the conversation: blocks_of sanitises each block.
    blocks = tuple(mark_safe(html) for html in rendered)  # noqa: S308
    ending = told["error"] or ("" if told["status"] == "complete" else f"{told['status'].capitalize()}.")
    return SharedMessage(told["text"], True, None, blocks, listed(found), ending)
