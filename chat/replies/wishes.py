"""What a reader wants of a reply that is there already: to find their own, and to have it stop."""

import asyncio
from uuid import UUID

from asgiref.sync import async_to_sync

from chat.errors import NotFound
from chat.models import Message, User
from chat.replies import hints, writer

# Long enough for the model's connection to close; whoever asked then sees the reply stopped.
STOP_WAIT_SECS = 2.0


def own_reply(user: User, code: UUID) -> Message:
    """Return the reply with its conversation and question, NotFound if it is not the user's."""
    rows = Message.objects.visible_to(user).replies().select_related("conversation", "parent")
    if reply := rows.filter(code=code).first():
        return reply
    raise NotFound("There is no such reply.")


def note_stop(reply: Message) -> None:
    """Note in the row that the reply is to stop; one that has ended stays as it is."""
    Message.objects.filter(pk=reply.pk).request_stop()


async def stop(reply: Message) -> None:
    """Have a reply stop for which that is noted, whichever process writes it."""
    writer.stop(reply.pk)
    if live := writer.live(reply.pk):
        await live.finished(STOP_WAIT_SECS)
    else:
        hints.announce_stop(reply.pk)


def stop_all_of(users: list[User]) -> None:
    """Have all answers stop that are being written for these users.

    Synchronous: call it in a thread, or in a process of its own. It waits up to STOP_WAIT_SECS.
    """
    unfinished = Message.objects.filter(conversation__owner__in=users).unfinished()
    unfinished.request_stop()
    if replies := list(unfinished):
        async_to_sync(_stop_each)(replies)


async def _stop_each(replies: list[Message]) -> None:
    await asyncio.gather(*(stop(reply) for reply in replies))
