"""The end of an account: everything in it goes, and answers that are being written stop."""

import asyncio

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet

from chat.models import Message, User
from chat.replies import wishes


def erase(user: User) -> None:
    """Delete the account with everything in it; afterwards no row mentions the person. Nothing happens to a gone one.

    What an editor published stays, without a name. Synchronous: call it in a thread, or in a process of its own. It
    waits up to STOP_WAIT_SECS for answers to stop; one that another process writes finds its row gone and ends, too.
    """
    stop_replies(user)
    with transaction.atomic():
        # Locked, so that no question is stored for the account after its rows have been collected.
        held = User.objects.select_for_update().filter(pk=user.pk).first()
        if held is None:
            return
        about(held).update(object_id=None, object_repr="(erased)", change_message="")
        for session in UserSession.objects.filter(user=held):
            session.end()
        held.delete()


def stop_replies(user: User) -> None:
    """Have all answers stop that are being written for the user."""
    unfinished = Message.objects.visible_to(user).unfinished()
    unfinished.request_stop()
    if replies := list(unfinished):
        async_to_sync(stop_all)(replies)


async def stop_all(replies: list[Message]) -> None:
    await asyncio.gather(*(wishes.stop(reply) for reply in replies))


def about(user: User) -> QuerySet[LogEntry]:
    """Return what the admin noted about the account: user names and addresses stand in it."""
    kinds = {User: User.objects.filter(pk=user.pk)}
    kinds |= {model: model.objects.filter(user=user) for model in (EmailAddress, Authenticator, UserSession)}
    which = Q()
    for model, rows in kinds.items():
        keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
        which |= Q(content_type=ContentType.objects.get_for_model(model), object_id__in=keys)
    return LogEntry.objects.filter(which)
