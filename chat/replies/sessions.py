"""Who is logged in: what a request learns from its session, for sockets that stay open long after their request."""

from collections.abc import Iterable

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.models import User


def readers_of(keys: Iterable[str]) -> dict[str, int]:
    """Return session key to the primary key of its user, for sessions that are logged in now. Two queries.

    A logout deletes the session, a changed password makes its hash a wrong one.
    """
    sessions = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    contents = {str(session.session_key): session.get_decoded() for session in sessions}
    wanted = {int(content[SESSION_KEY]) for content in contents.values() if content.get(SESSION_KEY)}
    users = User.objects.filter(is_active=True).in_bulk(wanted)
    found = {key: users.get(int(content.get(SESSION_KEY) or 0)) for key, content in contents.items()}
    return {key: user.pk for key, user in found.items() if user and is_of(user, contents[key])}


def is_of(user: User, content: dict[str, object]) -> bool:
    """Tell whether a session was begun with the user's password as it is now, or with an older secret key."""
    told = str(content.get(HASH_SESSION_KEY, ""))
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(told, known) for known in hashes)
