"""When each session was last in use, for the list on the account page: written rarely, and with no hop of its own."""

import time

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from chat.views.arrival import LISTED

# "Last seen" need not be more exact than this; an UPDATE for each page would be the most frequent statement of all.
NOTE_EVERY_SECS = 300.0
# Sessions that one process remembers; beyond that it forgets them all and writes each once more.
SESSIONS_REMEMBERED = 50_000

_next_note: dict[str, float] = {}


def note(session: SessionBase) -> None:
    """Note that a session is in use, unless this process did so a while ago. In a thread; one query at most."""
    key, now = session.session_key, time.monotonic()
    if key is None or not session.get(LISTED) or now < _next_note.get(key, 0.0):
        return
    if len(_next_note) >= SESSIONS_REMEMBERED:
        _next_note.clear()
    _next_note[key] = now + NOTE_EVERY_SECS
    UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())
