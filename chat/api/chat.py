"""The doors for programs and for the page's scripts: ask, follow a reply, stop it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from functools import wraps
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import resolve
from django.views.decorators.http import require_GET, require_POST

from chat.errors import BadRequest, BadToken, ChatError, Draining, NotFound, NotLoggedIn, OverQuota, TooLong
from chat.models import Message, User
from chat.replies import sse, writer
from chat.replies.follow import subscribe
from chat.replies.live import Ended, Live
from chat.replies.submit import Question, submit_and_start

# Long enough for the model's connection to close; whoever asked then sees the reply stopped.
STOP_WAIT_SECS = 2.0

View = Callable[..., Coroutine[None, None, HttpResponseBase]]


def errors_as_json(view: View) -> View:
    """Answer every ChatError with its status and {"error", "code"}."""

    @wraps(view)
    async def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return await view(request, *args, **kwargs)
        except ChatError as error:
            return error_response(error)

    return answer


def error_response(error: ChatError) -> JsonResponse:
    """Return the error as JSON; some say when to come back."""
    response = JsonResponse({"error": str(error), "code": error.code}, status=error.status)
    if isinstance(error, OverQuota | Draining):
        response["Retry-After"] = str(error.retry_after_secs)
    return response


@require_POST
@errors_as_json
async def chat(request: HttpRequest) -> HttpResponseBase:
    """Accept a question and stream its reply."""
    user = await logged_in(request)
    has_blocks = wants_blocks(request)
    question = read_question(request)
    reply = await sync_to_async(submit_and_start)(user, question, asyncio.get_running_loop())
    live = subscribe(reply)
    if not has_blocks:
        await first_word_or_failure(live)
    return stream(reply, live, 0, has_blocks)


async def first_word_or_failure(live: Live) -> None:
    """Wait for the first word; raise what made the reply fail before it."""
    await live.begun(settings.FIRST_WORD_WAIT_SECS)
    if isinstance(live.ended, Ended) and live.ended.error and not live.text:
        raise live.ended.error


@require_GET
@errors_as_json
async def events(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Stream a reply from an offset, be it live or long finished."""
    user = await logged_in(request)
    has_blocks = wants_blocks(request)
    after = read_offset(request)
    reply = await sync_to_async(visible)(user, code)
    if after > len(reply.text):
        raise BadRequest("The offset is beyond the end of the reply.")
    if "Last-Event-ID" in request.headers and not reply.is_unfinished and after == len(reply.text):
        return HttpResponse(status=204)  # ends the reconnecting of EventSource
    return stream(reply, subscribe(reply), after, has_blocks)


@require_POST
@errors_as_json
async def stop(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Stop a reply; one that has ended stays as it is."""
    user = await logged_in(request)
    reply = await sync_to_async(request_stop)(user, code)
    writer.stop(reply.pk)
    if live := writer.live(reply.pk):
        await live.finished(STOP_WAIT_SECS)
    if "text/html" in request.headers.get("Accept", ""):
        return HttpResponseRedirect(reply.conversation.get_absolute_url())
    return JsonResponse({"reply": str(reply.code), "events": reply.events_url}, status=202)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a POST without a valid token: as JSON on the doors for programs, as a page elsewhere."""
    if resolve(request.path_info).func in (chat, stop):
        is_known = request.user.is_authenticated
        return error_response(BadToken() if is_known else NotLoggedIn())
    return render(request, "403_csrf.html", status=403)


# --- reading requests -----------------------------------------------------------------------------------------


async def logged_in(request: HttpRequest) -> User:
    """Return the user; raise NotLoggedIn, never redirect."""
    user = await request.auser()
    if not user.is_authenticated:
        raise NotLoggedIn
    return user


def wants_blocks(request: HttpRequest) -> bool:
    """Tell whether the answer is to be rendered blocks; raise BadRequest for a format that is not known."""
    wanted = request.GET.get("format", "text")
    if wanted not in ("text", "blocks"):
        raise BadRequest("The format is text or blocks.")
    return wanted == "blocks"


def read_offset(request: HttpRequest) -> int:
    """Return the offset to go on from: Last-Event-ID, or ?after=, or 0."""
    value = request.headers.get("Last-Event-ID") or request.GET.get("after") or "0"
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadRequest("The offset is a whole number, as in the id of the last event.")
    return int(value)


def read_question(request: HttpRequest) -> Question:
    """Return the question in the JSON body; raise BadRequest or TooLong."""
    try:
        body = json.loads(request.body)
    except RequestDataTooBig:
        raise TooLong from None
    except (ValueError, RecursionError):
        raise BadRequest("No message provided") from None
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        raise BadRequest("No message provided")
    article = body.get("article")
    if not isinstance(article, str | None):
        raise BadRequest("The article is named by its slug.")
    codes = {name: read_uuid(body, name) for name in ("key", "conversation", "parent")}
    return Question(text=body["message"], article=article or None, **codes)


def read_uuid(body: dict[str, object], name: str) -> UUID | None:
    """Return the UUID under name, None when it is absent; raise BadRequest for anything else."""
    value = body.get(name)
    if value is None:
        return None
    try:
        return UUID(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, AttributeError):
        raise BadRequest(f"The value of {name} is not a UUID.") from None


# --- one synchronous hop each ---------------------------------------------------------------------------------


def visible(user: User, code: UUID) -> Message:
    """Return the reply with its conversation and question, NotFound if it is not the user's."""
    rows = Message.objects.visible_to(user).replies().select_related("conversation", "parent")
    if reply := rows.filter(code=code).first():
        return reply
    raise NotFound("There is no such reply.")


def request_stop(user: User, code: UUID) -> Message:
    """Note in the row that the reply is to stop."""
    reply = visible(user, code)
    Message.objects.filter(pk=reply.pk).request_stop()
    return reply


def stream(reply: Message, live: Live, after: int, has_blocks: bool) -> StreamingHttpResponse:
    """Return the response that follows a reply. It holds no database connection and no thread."""
    frames = sse.stream(reply, live, after, has_blocks, settings.HEARTBEAT_SECS)
    return StreamingHttpResponse(frames, content_type=sse.CONTENT_TYPE, headers=sse.HEADERS)
