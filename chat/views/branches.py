"""Another answer to a question, and the way back to the older one: forms in the page of a conversation."""

import asyncio
from typing import cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from chat.errors import ChatError
from chat.models import Message, User
from chat.replies.submit import answer_again_and_start
from chat.views.conversations import page, private
from chat.views.replies import METHODS, own, to


@private
@login_required
@require_http_methods(METHODS)
async def regenerate(request: HttpRequest, code: UUID) -> HttpResponse:
    """Have a question answered once more, and go to the new reply."""
    # Only here is the event loop at hand, in which the writer's task has to live.
    return await sync_to_async(have_regenerated)(request, code, asyncio.get_running_loop())


def have_regenerated(request: HttpRequest, code: UUID, loop: asyncio.AbstractEventLoop) -> HttpResponse:
    """Begin another reply and go to it; or show the conversation with the reason why there is none."""
    reply = own(request, code)
    try:
        if request.method == "POST":
            reply = answer_again_and_start(cast("User", request.user), reply, loop)
    except ChatError as error:
        return page(request, reply.conversation.code, error, reply.code)
    return to(reply)


@private
@login_required
@require_http_methods(METHODS)
def show(request: HttpRequest, code: UUID) -> HttpResponse:
    """Choose the branch with this message; a GET only shows it."""
    rows = Message.objects.visible_to(request.user).select_related("conversation")
    message = get_object_or_404(rows, code=code)
    place = message.conversation.get_absolute_url()
    if request.method == "POST":
        message.conversation.show(message)
        return redirect(f"{place}#m-{message.code}")
    return redirect(f"{place}?message={message.code}#m-{message.code}")
