"""Closing accounts for a while: nothing of theirs goes on in whatever process, nothing new begins. And the way back."""

from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F

from chat.models import Message, Suspension, User
from chat.replies import news, wishes


def suspend(people: Iterable[User], by: User, reason: str) -> list[User]:
    """Close these accounts, end their sessions, sockets and answers; return those that were open.

    Synchronous: call it in a thread. It waits up to STOP_WAIT_SECS for answers to stop; a question that was being
    stored meanwhile is waited for, and stops, too (chat/quota/reserve.py).
    """
    closed = [person for person in people if close(person, by, reason)]
    for person in closed:
        news.announce_logout(person.pk)
    wishes.stop_all_of(closed)
    return closed


@transaction.atomic
def close(person: User, by: User, reason: str) -> bool:
    """Close one account; False when it is closed already."""
    # Every session counts no more, also one that no list has: none comes back with the account.
    fields = {"is_active": False, "sessions_ended": F("sessions_ended") + 1}
    if not User.objects.filter(pk=person.pk, is_active=True).update(**fields):
        return False
    Suspension.objects.create(user=person, by=by, reason=reason)
    for session in UserSession.objects.filter(user=person):
        session.end()
    # In the transaction: a process that dies now leaves no answer that goes on.
    Message.objects.filter(conversation__owner=person).unfinished().request_stop()
    return True


def readmit(people: Iterable[User]) -> list[User]:
    """Open these accounts again; return those that were closed. What was stopped stays so."""
    return [person for person in people if reopen(person)]


@transaction.atomic
def reopen(person: User) -> bool:
    """Open one account; False when it is open already."""
    Suspension.objects.filter(user=person).delete()
    return User.objects.filter(pk=person.pk, is_active=False).update(is_active=True) == 1
