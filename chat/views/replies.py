"""Stop and Continue as forms without scripts post them: whatever comes of it is a page."""

import asyncio
from typing import cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from chat.errors import ChatError, NotFound
from chat.models import Message, User
from chat.replies import wishes
from chat.replies.submit import continue_and_start
from chat.views.conversations import page, private

# A GET is what a login leads back to, and what "Load the page again" does: it shows the reply and changes nothing.
METHODS = ["GET", "HEAD", "POST"]


@private
@login_required
@require_http_methods(METHODS)
async def stop(request: HttpRequest, code: UUID) -> HttpResponse:
    """Stop a reply and go to it; one that has ended stays as it is."""
    reply = await sync_to_async(own)(request, code)
    if request.method == "POST":
        await sync_to_async(wishes.note_stop)(reply)
        await wishes.stop(reply)
    return to(reply)


@private
@login_required
@require_http_methods(METHODS)
async def continue_reply(request: HttpRequest, code: UUID) -> HttpResponse:
    """Have a reply that broke off written to its end, and go to it."""
    # Only here is the event loop at hand, in which the writer's task has to live.
    return await sync_to_async(have_continued)(request, code, asyncio.get_running_loop())


def have_continued(request: HttpRequest, code: UUID, loop: asyncio.AbstractEventLoop) -> HttpResponse:
    """Have the reply go on and go to it; or show its conversation with the reason why it does not."""
    reply = own(request, code)
    try:
        if request.method == "POST":
            continue_and_start(cast("User", request.user), reply, loop)
    except ChatError as error:
        return page(request, reply.conversation.code, error, reply.code)
    return to(reply)


def own(request: HttpRequest, code: UUID) -> Message:
    """Return the reader's reply; 404 whether it is missing or someone else's."""
    try:
        return wishes.own_reply(cast("User", request.user), code)  # login_required has seen to it
    except NotFound as error:
        raise Http404 from error


def to(reply: Message) -> HttpResponse:
    """Lead to a reply on the page of its conversation."""
    return HttpResponseRedirect(f"{reply.conversation.get_absolute_url()}#m-{reply.code}")
