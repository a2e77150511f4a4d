"""What could be asked next, for the page's scripts: the page itself shows the same when it is loaded."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_GET

from chat.answering.offer import LONG_TEXTS, next_questions
from chat.api.chat import errors_as_json, logged_in
from chat.models import Article
from chat.replies import wishes
from chat.replies.hops import in_one_hop


@require_GET
@errors_as_json
async def following(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Answer with {"questions": [...]}: none once the conversation has gone on after this reply."""
    return JsonResponse({"questions": await in_one_hop(find_questions, request, code)})


def find_questions(request: HttpRequest, code: UUID) -> list[str]:
    """Return the questions that could follow the user's reply."""
    reply = wishes.own_reply(logged_in(request), code)
    conversation = reply.conversation
    thread = conversation.thread()
    if any(message.parent_id == reply.pk for message in thread):
        return []
    articles = Article.objects.select_related("revision").defer(*LONG_TEXTS)
    article = articles.get(pk=conversation.article_id) if conversation.article_id else None
    return next_questions(conversation.branch(thread, reply.code), article)
