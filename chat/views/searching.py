"""Search in the words of one's own questions and answers."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.models import Message, SearchEntry, User
from chat.text.hits import Part, excerpt, words_of
from chat.views.conversations import private
from chat.views.listing import code_of

PAGE_SIZE = 20


@dataclass(frozen=True)
class Hit:
    """A message that was found, with the words around."""

    message: Message
    parts: list[Part]

    @property
    def url(self) -> str:
        """Return the address that shows the message, whichever branch it is in."""
        code = self.message.code
        return f"{self.message.conversation.get_absolute_url()}?message={code}#m-{code}"


@private
@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show the messages with all words of `?q=`, newest first; `?before=` what comes after a message."""
    query = request.GET.get("q", "").replace("\0", "")
    user, words = cast("User", request.user), words_of(query)
    found = hits(user, words, code_of(request.GET.get("before", "")))
    older = found[PAGE_SIZE - 1].message.code if len(found) > PAGE_SIZE else None
    context = {"query": query.strip(), "words": words, "hits": found[:PAGE_SIZE], "older": older}
    return render(request, "chat/search.html", context)


def hits(user: User, words: list[str], before: UUID | None) -> list[Hit]:
    """Return a page of messages and one more. Two queries, three for a later page."""
    entries = SearchEntry.objects.of(user, words).order_by("-pk")
    if before and (last := Message.objects.visible_to(user).filter(code=before).first()):
        entries = entries.filter(pk__lt=last.pk)
    pks = list(entries.values_list("pk", flat=True)[: PAGE_SIZE + 1])
    rows = Message.objects.visible_to(user).filter(pk__in=pks).select_related("conversation__article").order_by("-pk")
    needed = ("code", "role", "text", "created", "conversation__code", "conversation__title")
    return [Hit(row, excerpt(row.text, words)) for row in rows.only(*needed, "conversation__article__title")]
