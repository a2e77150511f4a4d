"""The end of an account: everything in it goes, and answers that are being written stop."""

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, QuerySet

from chat.models import Citation, Conversation, Feedback, Invitation, Message, Passage, Quota, Share, Usage, User
from chat.replies import wishes


def erase(user: User) -> None:
    """Delete the account with everything in it; afterwards no row mentions the person. Nothing happens to a gone one.

    What an editor published stays, without a name. Synchronous: call it in a thread, or in a process of its own. It
    waits up to STOP_WAIT_SECS for answers to stop; one that another process writes finds its row gone and ends, too.
    """
    wishes.stop_all_of([user])
    with transaction.atomic():
        # Locked, so that no question is stored for the account after its rows have been collected.
        held = User.objects.select_for_update().filter(pk=user.pk).first()
        if held is None:
            return
        for noted in about(held):
            noted.update(object_id=None, object_repr="(erased)", change_message="")
        for session in UserSession.objects.filter(user=held):
            session.end()
        Invitation.objects.about(held, addresses_of(held)).delete()
        held.delete()


def about(user: User) -> Iterator[QuerySet[LogEntry]]:
    """Yield what the admin noted about the account and what is in it: names, addresses and questions stand there."""
    kinds: dict[type[Model], QuerySet[Any]] = {User: User.objects.filter(pk=user.pk)}  # Any: rows of any model
    own = (EmailAddress, Authenticator, UserSession, Usage, Quota)
    kinds |= {model: model.objects.filter(user=user) for model in own}
    kinds[Conversation] = Conversation.objects.filter(owner=user)
    kinds[Message] = Message.objects.filter(conversation__owner=user)
    kinds[Citation] = Citation.objects.filter(reply__conversation__owner=user)
    kinds[Feedback] = Feedback.objects.filter(reply__conversation__owner=user)
    kinds[Passage] = Passage.objects.filter(question__conversation__owner=user)
    kinds[Invitation] = Invitation.objects.about(user, addresses_of(user))
    kinds[Share] = Share.objects.filter(conversation__owner=user)
    for model, rows in kinds.items():
        noted = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
        # The log names its rows by text, so the two are compared here; what it has of one kind are few.
        keys = {str(pk) for pk in rows.values_list("pk", flat=True)}
        entries = [pk for pk, key in noted.values_list("pk", "object_id") if key in keys]
        yield LogEntry.objects.filter(pk__in=entries)


def addresses_of(user: User) -> set[str]:
    return {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)} - {""}


def end_sessions(user: User) -> int:
    """Delete every session that names the account, also those that no list of sessions has; return how many.

    Reads all sessions there are, 0.1 ms each: for a command, not for a page.
    """
    addresses = addresses_of(user)
    sessions = Session.objects.iterator(chunk_size=500)
    keys = [session.pk for session in sessions if is_about(session.get_decoded(), user, addresses)]
    for first in range(0, len(keys), 500):
        Session.objects.filter(pk__in=keys[first : first + 500]).delete()
    return len(keys)


def is_about(content: dict[str, Any], user: User, addresses: set[str]) -> bool:  # Any: whatever sessions hold
    """Tell whether a session is the account's, or was on its way to be."""
    begun = content.get("account_login") or {}
    named = (content.get(SESSION_KEY), content.get("account_authentication_methods_user"))
    if str(user.pk) in named or begun.get("user_pk") == user_pk_to_url_str(user):
        return True
    words = str(content)
    return any(address in words for address in addresses)
