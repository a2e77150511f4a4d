"""What a process does beside requests: take over from dead writers, act on hints, remove what was deleted."""

import asyncio

from chat.models import Message
from chat.replies import hints, news, poll, purge, recovery, sampling, writer
from chat.replies.journal import journal
from chat.replies.tasks import spawn

_started: set[asyncio.AbstractEventLoop] = set()


def start() -> None:
    """Begin all of it in the running event loop; a second call changes nothing."""
    loop = asyncio.get_running_loop()
    if loop in _started:
        return
    _started.add(loop)
    recovery.start()
    purge.start()
    news.pages()
    sampling.start()
    actions = {hints.CHANGED: poll.look_at, hints.STOP: look_for_stops, hints.NEWS: news.tell}
    actions |= {hints.LOGOUT: news.look, hints.RELEASED: lambda pks: recovery.wake()}
    hints.start(poll.followed, actions)


def look_for_stops(pks: frozenset[int]) -> None:
    """Stop those of the replies that are written here and whose rows say so: a hint alone stops nothing."""
    if written := [pk for pk in pks if writer.live(pk)]:
        spawn(stop_requested(written), name="look for stops")


async def stop_requested(pks: list[int]) -> None:
    """Read the rows once and stop the writers that were asked to."""
    for pk in await journal().run(read_stops, pks):
        writer.stop(pk)


def read_stops(pks: list[int]) -> list[int]:
    return list(Message.objects.filter(pk__in=pks, stop_requested_at__isnull=False).values_list("pk", flat=True))
