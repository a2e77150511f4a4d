"""Following a reply from a cursor: first read, live read, resume and replay are this one function."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator

from django.http import StreamingHttpResponse

from chat import measures
from chat.answering.source import Waiting
from chat.errors import ChatError
from chat.models import Message
from chat.replies import poll, sse, writer
from chat.replies.live import Cited, Live

logger = logging.getLogger(__name__)


def subscribe(reply: Message, citations: tuple[Cited, ...]) -> Live:
    """Return the reply as this process sees it: its own, or as its rows tell."""
    return writer.live(reply.pk) or poll.watch(reply, citations)


async def follow(
    reply: Message, live: Live, after: int, has_blocks: bool, beat_secs: float
) -> AsyncGenerator[bytes, None]:
    """Yield the stored text after an offset as events, then how the reply ended; a beat whenever it is silent so long.

    A slow follower gets larger pieces; there is no queue that could overflow. Ends only with the reply. Lets no
    exception out: one that leaves a streaming response ends Daphne's housekeeping for good.
    """
    measures.STREAMS.inc()
    try:
        yield sse.json_event("reply", sse.introduce(reply))
        del reply  # its rows would be held for as long as the stream is open
        frames = sse.block_frames(live, after) if has_blocks else sse.text_frames(live)
        frame, cursor = frames.join(live, after)
        told: Waiting | None = None
        while frame or not live.ended:
            if frame:
                yield frame
            elif live.waiting != told:
                told = live.waiting
                if told:
                    yield sse.status_event(told)
            elif not await live.changed(beat_secs):
                yield sse.BEAT
            frame, cursor = frames.since(live, cursor)
        yield sse.ending(live)
    except Exception:  # the one broad except around a streaming response
        logger.exception("A stream broke.")
        yield sse.error_event(ChatError())
    finally:
        measures.STREAMS.dec()


class EventStream(StreamingHttpResponse):
    """A response of events. Django would pass each one through two more generators, for the sake of other content."""

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        super().__init__(events, content_type=sse.CONTENT_TYPE, headers=sse.HEADERS)
        self._events = events

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._events
