"""The page with an article and a conversation: what its template needs, for an article, a conversation or neither."""

import uuid
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe

from chat import quota
from chat.answering.choose import source
from chat.answering.offer import first_questions, next_questions
from chat.errors import ChatError, Draining, OverQuota
from chat.models import Article, Conversation, User
from chat.replies.quoted import form_fields
from chat.text.margin import with_marks
from chat.views import drafts
from chat.views.asked import asked_here
from chat.views.listing import desk_context
from chat.views.reading import reading, visible_articles, with_texts
from chat.views.shown import shown_messages

# What a browser wants an answer for: a document, or nothing that it shows ("empty").
FETCHED_FOR = "Sec-Fetch-Dest"
# Enough to find the last one; all the others are one click away.
EARLIER_SHOWN = 3
# What an empty conversation about all articles names as examples.
ARTICLES_SHOWN = 5


def show_room(
    request: HttpRequest,
    article: Article | None = None,
    conversation: Conversation | None = None,
    revision: str | None = None,
    quote: str = "",
    problem: ChatError | None = None,
    wanted: uuid.UUID | None = None,
) -> HttpResponse:
    """Render the room: the branch of the conversation that was chosen, or that with the wanted message in it.

    That may be named by `?message=`, or as the question to `?edit=`.

    With a problem: its sentence and status, and what was typed still in the box.
    """
    context = ask_context(request, conversation, place_of(article, conversation))
    context |= desk_context(request, article, conversation)
    if article and not (conversation and is_fetched(request)):
        context |= article_context(article, revision, quote, request.user if conversation is None else None)
    if conversation:
        context |= conversation_context(request, conversation, article, wanted)
    elif article:
        context["questions"] = first_questions(article)
        mine = Conversation.objects.visible_to(request.user).filter(article=article)
        context["earlier"] = mine[:EARLIER_SHOWN]
    else:
        context["articles"] = Article.objects.published()[:ARTICLES_SHOWN]
    response = render(request, "chat/room.html", context | {"problem": problem or ""})
    patch_vary_headers(response, [FETCHED_FOR])
    if problem:
        response.status_code = problem.status
    if isinstance(problem, OverQuota | Draining):
        response["Retry-After"] = str(problem.retry_after_secs)
    return response


def is_fetched(request: HttpRequest) -> bool:
    """Return whether a script looks at a page anew, which has the article already; parsing one takes it long."""
    return request.headers.get(FETCHED_FOR) == "empty"


def place_of(article: Article | None, conversation: Conversation | None = None) -> str:
    """Return the path of the page where a question about this is asked."""
    if conversation:
        return conversation.get_absolute_url()
    return article.get_absolute_url() if article else reverse("chat:new")


def article_beside(request: HttpRequest, conversation: Conversation) -> Article | None:
    """Return the article of a conversation as far as the reader may read it."""
    if conversation.article_id is None:
        return None
    return with_texts(visible_articles(request.user)).filter(pk=conversation.article_id).first()


def ask_context(request: HttpRequest, conversation: Conversation | None, place: str) -> dict[str, Any]:
    """Return what the composer needs: where it posts to, and what stands in it."""
    is_posted = "message" in request.POST
    draft = (
        drafts.Draft(request.POST["message"], form_fields(request.POST)) if is_posted else drafts.find(request, place)
    )
    return {
        "ask_url": place if conversation else reverse("chat:conversations"),
        "key": uuid.uuid4(),
        "draft": draft.message,
        "quote": draft.quote,
        "notice": source().notice,
        "standing": quota.standing(request.user) if request.user.is_authenticated else None,
        "message_max_chars": settings.MESSAGE_MAX_CHARS,
    }


def article_context(
    article: Article, revision: str | None, quote: str, reader: User | AnonymousUser | None
) -> dict[str, Any]:
    """Return what the article's half of the room shows; with marks where the reader has asked before."""
    shown = reading(article, revision, quote)
    if reader and (marks := asked_here(reader, article, shown.revision)):
        # Of the words in it only the reader's question is not from sanitised HTML; it was escaped.
        shown = replace(shown, body=mark_safe(with_marks(shown.body, marks)))  # noqa: S308
    return {
        "article": article,
        "reading": shown,
        "state": article.state,
    }


def conversation_context(
    request: HttpRequest, conversation: Conversation, article: Article | None, wanted: uuid.UUID | None
) -> dict[str, Any]:
    """Return what the conversation's half shows; the article as far as the reader may read it."""
    edit = code_in(request.POST, "edit") or code_in(request.GET, "edit")
    thread = conversation.thread()
    branch = conversation.branch(thread, wanted or edit or code_in(request.GET, "message"))
    is_readable = article is not None or conversation.article_id is None
    context = {
        "conversation": conversation,
        "shown": shown_messages(conversation, thread, branch),
        "unfinished": next((message for message in branch if message.is_unfinished), None),
        "following": next_questions(branch, article) if is_readable else [],
    }
    if branch != conversation.branch(thread):
        context["parent"] = branch[-1].code
    if edited := next((message for message in branch if message.code == edit and not message.is_reply), None):
        context |= {"edited": edited, "draft": request.POST.get("message", edited.text)}
    return context


def code_in(data: QueryDict, name: str) -> uuid.UUID | None:
    """Return the code of a row under this name, None where there is none, or something else."""
    try:
        return uuid.UUID(data.get(name, ""))
    except ValueError:
        return None
