"""Pages of a reader's own conversations; every one works by form and link alone."""

import asyncio
from uuid import UUID, uuid4, uuid5

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from chat.errors import ChatError, NotFound
from chat.models import Article, Conversation
from chat.models.messages import TITLE_MAX_CHARS
from chat.replies.quoted import form_fields, read_quote
from chat.replies.submit import Question, submit_and_start
from chat.text.clean import clean
from chat.views import drafts
from chat.views.listing import changed, listing, see
from chat.views.room import article_beside, code_in, place_of, show_room

# One reader's pages: no shared cache may keep them, and a browser asks again before it shows them.
private = cache_control(private=True, no_cache=True)


@private
@require_http_methods(["GET", "HEAD", "POST"])
async def index(request: HttpRequest) -> HttpResponse:
    """List the reader's conversations; a POST asks in a new one."""
    if request.method == "POST":
        return await ask(request)
    return await sync_to_async(listing)(request)


@private
@require_http_methods(["GET", "HEAD", "POST"])
async def show(request: HttpRequest, code: UUID) -> HttpResponse:
    """Show a conversation beside its article; a POST asks in it."""
    if request.method == "POST":
        return await ask(request, code)
    return await sync_to_async(page)(request, code)


@private
@login_required
@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """Show an empty conversation about all articles."""
    return show_room(request)


@private
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, code: UUID) -> HttpResponse:
    """Ask for a new name, and keep it."""
    conversation = own(request, code)
    title = " ".join(clean(request.POST.get("title", conversation.title)).split())
    problem = name_problem(title) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        conversation.title = title
        conversation.save(update_fields=["title"])
        return changed(request, conversation.get_absolute_url())
    context = {"conversation": conversation, "title": title, "problem": problem, "max_chars": TITLE_MAX_CHARS}
    return render(request, "chat/rename.html", context, status=400 if problem else 200)


@login_required
def page(
    request: HttpRequest, code: UUID, problem: ChatError | None = None, wanted: UUID | None = None
) -> HttpResponse:
    conversation = see(Conversation.objects.visible_to(request.user).filter(code=code))
    if conversation is None:
        raise Http404
    beside = article_beside(request, conversation)
    return show_room(request, beside, conversation, problem=problem, wanted=wanted)


def own(request: HttpRequest, code: UUID) -> Conversation:
    """Return the reader's conversation; 404 whether it is missing or someone else's."""
    return get_object_or_404(Conversation.objects.visible_to(request.user), code=code)


async def ask(request: HttpRequest, code: UUID | None = None) -> HttpResponse:
    """Take the question of a form, have it answered, and go to the conversation."""
    # Only here is the event loop at hand, in which the writer's task has to live.
    return await sync_to_async(accept)(request, code, asyncio.get_running_loop())


def accept(request: HttpRequest, code: UUID | None, loop: asyncio.AbstractEventLoop) -> HttpResponse:
    """Store the form's question and go to its reply; or show the page that tells why there is none."""
    slug, draft = request.POST.get("article", ""), posted(request)
    article = Article.objects.published().select_related("revision").filter(slug=slug).first()
    if not request.user.is_authenticated:
        place = request.path if code else place_of(article)
        drafts.keep(request, draft, place)
        return redirect_to_login(place)
    places = {name: code_in(request.POST, name) for name in ("parent", "edit")}
    try:
        quote = read_quote(draft.quote)
        asked = Question(draft.message, read_key(draft, request), code, slug or None, quote=quote, **places)
        reply = submit_and_start(request.user, asked, loop)
    except NotFound as error:
        raise Http404 from error
    except ChatError as error:
        return page(request, code, error) if code else show_room(request, article, problem=error)
    drafts.drop(request)
    question = reply.parent or reply
    return redirect(f"{reply.conversation.get_absolute_url()}#m-{question.code}")


def posted(request: HttpRequest) -> drafts.Draft:
    """Return what stood in the form."""
    return drafts.Draft(request.POST.get("message", ""), form_fields(request.POST))


def read_key(draft: drafts.Draft, request: HttpRequest) -> UUID:
    """Return the key of the question: the same form sent twice with the same words is the same question."""
    try:
        # Other words in the same form, after the Back button, are another question.
        return uuid5(UUID(request.POST.get("key", "")), draft.message + (draft.quote or {}).get("exact", ""))
    except ValueError:
        return uuid4()


def name_problem(title: str) -> str:
    """Return what is wrong with a conversation's name, "" for nothing."""
    if not title:
        return "A name needs at least one letter."
    return f"A name has at most {TITLE_MAX_CHARS} characters." if len(title) > TITLE_MAX_CHARS else ""
