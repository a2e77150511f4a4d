"""The question of a visitor who has to log in first, kept in the session until a question was accepted."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from chat.models import Message

SESSION_KEY = "draft"


def keep(request: HttpRequest, message: str, place: str) -> None:
    """Remember one question and the path of the page it stands on; a later one takes its place."""
    message = message[: settings.MESSAGE_MAX_CHARS]
    request.session[SESSION_KEY] = {"message": message, "place": place, "since": timezone.now().isoformat()}


def find(request: HttpRequest, place: str) -> str:
    """Return the question that waits on the page at place, "" when none does. At most one query."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["place"] != place:
        return ""
    # Scripts ask without the form: only a stored question tells that the reader has gone on.
    asked = Message.objects.visible_to(request.user).filter(created__gte=datetime.fromisoformat(kept["since"]))
    if asked.exists():
        drop(request)
        return ""
    return str(kept["message"])


def drop(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
