"""What a reader does with a whole conversation: archive it, delete it, have it back."""

from typing import cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from chat.models import Conversation, Message, User
from chat.replies import wishes
from chat.views.conversations import own, private
from chat.views.listing import changed


@private
@login_required
@require_POST
def archive(request: HttpRequest, code: UUID) -> HttpResponse:
    """Take a conversation out of the list; it is found in the archive and by search."""
    own(request, code)
    Conversation.objects.visible_to(request.user).filter(code=code, archived=None).update(archived=Now())
    return changed(request, reverse("chat:conversations"))


@private
@login_required
@require_POST
def unarchive(request: HttpRequest, code: UUID) -> HttpResponse:
    """Put a conversation back into the list."""
    own(request, code)
    Conversation.objects.visible_to(request.user).filter(code=code).update(archived=None)
    return changed(request, reverse("chat:conversations") + "?archived=1")


@private
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
async def delete(request: HttpRequest, code: UUID) -> HttpResponse:
    """Ask first; a POST takes the conversation away from everywhere, and tells how to have it back."""
    conversation = await sync_to_async(own)(request, code)
    if request.method != "POST":
        return await sync_to_async(render)(request, "chat/delete.html", {"conversation": conversation})
    for reply in await sync_to_async(put_away)(conversation):
        await wishes.stop(reply)
    return changed(request, reverse("chat:conversations") + "?deleted=1")


def put_away(conversation: Conversation) -> list[Message]:
    """Take a conversation away and note that nothing more is to be written in it; return what is being written."""
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=Now())
    unfinished = list(conversation.messages.unfinished())
    conversation.messages.request_stop()
    return unfinished


@private
@login_required
@require_POST
def restore(request: HttpRequest, code: UUID) -> HttpResponse:
    """Have a deleted conversation back, and go to it."""
    conversation = get_object_or_404(Conversation.objects.deleted_by(cast("User", request.user)), code=code)
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=None)
    return changed(request, conversation.get_absolute_url())
