"""The question of a visitor who has to log in first, kept in the session until a question was accepted."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from chat.models import Message

SESSION_KEY = "draft"


class Draft(NamedTuple):
    """What stands in the composer."""

    message: str = ""
    quote: dict[str, str] | None = None  # the passage that it is about, as the form has it


def keep(request: HttpRequest, draft: Draft, place: str) -> None:
    """Remember one question and the path of the page it stands on; a later one takes its place."""
    message = draft.message[: settings.MESSAGE_MAX_CHARS]
    since = timezone.now().isoformat()
    request.session[SESSION_KEY] = {"message": message, "quote": draft.quote, "place": place, "since": since}


def find(request: HttpRequest, place: str) -> Draft:
    """Return the question that waits on the page at place, an empty one when none does. At most one query."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["place"] != place:
        return Draft()
    # Scripts ask without the form: only a stored question tells that the reader has gone on.
    asked = Message.objects.visible_to(request.user).filter(created__gte=datetime.fromisoformat(kept["since"]))
    if asked.exists():
        drop(request)
        return Draft()
    return Draft(str(kept["message"]), kept.get("quote"))


def drop(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
