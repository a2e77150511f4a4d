"""The doors for programs and for the page's scripts: ask, follow a reply, stop it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import resolve
from django.views.decorators.http import require_GET, require_POST

from chat.errors import BadRequest, BadToken, ChatError, Draining, NotLoggedIn, OverQuota, TooLong
from chat.models import Message, User
from chat.replies import wishes
from chat.replies.ending import citations_of, ended
from chat.replies.follow import EventStream, follow, subscribe
from chat.replies.hops import in_one_hop
from chat.replies.live import Cited, Ended, Live
from chat.replies.quoted import read_quote
from chat.replies.submit import Question, continue_and_start, submit_and_start

# At these a browser's forms get pages instead of JSON (chat/urls.py).
FORM_DOORS = ("chat:stop", "chat:continue_reply")

Cites = tuple[Cited, ...]
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
    reply, cited, has_blocks = await in_one_hop(accept, request, asyncio.get_running_loop())
    live = subscribe(reply, cited)
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
    reply, cited, has_blocks, after = await in_one_hop(find_to_follow, request, code)
    if after > len(reply.text):
        raise BadRequest("The offset is beyond the end of the reply.")
    if "Last-Event-ID" in request.headers and not reply.is_unfinished and after == len(reply.text):
        return HttpResponse(status=204)  # ends the reconnecting of EventSource
    live = subscribe(reply, cited) if reply.is_unfinished else whole(reply, cited)
    return stream(reply, live, after, has_blocks)


@require_POST
@errors_as_json
async def stop(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Stop a reply; one that has ended stays as it is."""
    reply = await in_one_hop(note_stop, request, code)
    await wishes.stop(reply)
    return accepted(reply)


@require_POST
@errors_as_json
async def continue_reply(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Have a reply that broke off written to its end; any other reply stays as it is."""
    reply = await in_one_hop(have_continued, request, code, asyncio.get_running_loop())
    return accepted(reply)


def accepted(reply: Message) -> JsonResponse:
    """Tell where to follow the reply."""
    return JsonResponse({"reply": str(reply.code), "events": reply.events_url}, status=202)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a POST without a valid token: as JSON on the doors for programs, as a page to forms."""
    door = resolve(request.path_info).view_name
    if door == "chat:chat" or (door in FORM_DOORS and not wants_page(request)):
        is_known = request.user.is_authenticated
        return error_response(BadToken() if is_known else NotLoggedIn())
    return render(request, "403_csrf.html", status=403)


# --- reading requests -----------------------------------------------------------------------------------------


def logged_in(request: HttpRequest) -> User:
    """Return the user; raise NotLoggedIn, never redirect. Two queries: session and user."""
    if not request.user.is_authenticated:
        raise NotLoggedIn
    return request.user


def wants_page(request: HttpRequest) -> bool:
    """Tell whether a browser asks for a page, as it does for links and forms; scripts ask for something else."""
    return "text/html" in request.headers.get("Accept", "")


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
    codes = {name: read_uuid(body, name) for name in ("key", "conversation", "parent", "edit")}
    quote = read_quote(body.get("quote"))
    return Question(text=body["message"], article=article or None, quote=quote, **codes)


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


def accept(request: HttpRequest, loop: asyncio.AbstractEventLoop) -> tuple[Message, Cites, bool]:
    """Store the question and have its reply written in loop; return the reply, and whether blocks are wanted."""
    user, has_blocks = logged_in(request), wants_blocks(request)
    reply = submit_and_start(user, read_question(request), loop)
    return reply, known_citations(reply), has_blocks


def find_to_follow(request: HttpRequest, code: UUID) -> tuple[Message, Cites, bool, int]:
    """Return the user's reply, what it cites, whether blocks are wanted, and the offset to go on from."""
    user, has_blocks, after = logged_in(request), wants_blocks(request), read_offset(request)
    reply = wishes.own_reply(user, code)
    return reply, known_citations(reply), has_blocks, after


def known_citations(reply: Message) -> Cites:
    """Return what the text of a reply cites. No query before its first word, which it has only if asked for again."""
    return citations_of(reply) if reply.text else ()


def whole(reply: Message, cited: Cites) -> Live:
    """Return a reply that has ended, as followers see it."""
    live = Live(reply.pk, reply.code, reply.text, cited)
    live.end(ended(reply))
    return live


def note_stop(request: HttpRequest, code: UUID) -> Message:
    """Note in the row that the user's reply is to stop."""
    reply = wishes.own_reply(logged_in(request), code)
    wishes.note_stop(reply)
    return reply


def have_continued(request: HttpRequest, code: UUID, loop: asyncio.AbstractEventLoop) -> Message:
    """Have the user's reply go on, and return it."""
    user = logged_in(request)
    reply = wishes.own_reply(user, code)
    continue_and_start(user, reply, loop)
    return reply


def stream(reply: Message, live: Live, after: int, has_blocks: bool) -> EventStream:
    """Return the response that follows a reply. It holds no database connection and no thread."""
    return EventStream(follow(reply, live, after, has_blocks, settings.HEARTBEAT_SECS))
