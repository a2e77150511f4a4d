"""Following a reply from a cursor: first read, live read, resume and replay are this one function."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from chat.models import Message
from chat.replies import poll, writer
from chat.replies.live import Ended, HandedOver, Live


@dataclass(frozen=True)
class Piece:
    """Stored text, and the offset in the reply that it reaches (code points)."""

    text: str
    offset: int


class Beat:
    """Nothing happened for a while; the reply goes on."""


def subscribe(reply: Message) -> Live:
    """Return the reply as this process sees it: its own, or as the row tells."""
    return writer.live(reply.pk) or poll.watch(reply)


async def follow(live: Live, after: int, beat_secs: float) -> AsyncGenerator[Piece | Ended | HandedOver | Beat, None]:
    """Yield the stored text after offset `after`, then how the reply ended; a Beat whenever it was silent so long.

    A slow follower gets larger pieces; there is no queue that could overflow. Ends only with the reply.
    """
    while True:
        if len(live.text) > after:
            text, after = live.text[after:], len(live.text)
            yield Piece(text, after)
        elif live.ended:
            yield live.ended
            return
        elif not await live.changed(beat_secs):
            yield Beat()
