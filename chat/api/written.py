"""An answer as Markdown, to be taken elsewhere: with its quotations as footnotes."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from chat.api.chat import errors_as_json, logged_in
from chat.replies import wishes
from chat.replies.ending import citations_of
from chat.replies.footnotes import with_footnotes
from chat.replies.hops import in_one_hop


@require_GET
@errors_as_json
async def written(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Answer with the reply's text; the addresses in its footnotes are whole ones."""
    text = await in_one_hop(find_text, request, code)
    headers = {"Cache-Control": "private, no-cache"}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=headers)


def find_text(request: HttpRequest, code: UUID) -> str:
    """Return the user's reply with footnotes."""
    reply = wishes.own_reply(logged_in(request), code)
    return with_footnotes(reply.text, citations_of(reply), request.build_absolute_uri("/"))
