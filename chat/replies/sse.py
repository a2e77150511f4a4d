"""Server-sent events: how a reply looks on the wire, as text or as rendered blocks."""

import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict
from functools import wraps

from chat.errors import ChatError
from chat.models import Message
from chat.replies.follow import Beat, Piece, follow
from chat.replies.live import Ended, HandedOver, Live
from chat.text.blocks import Blocks

logger = logging.getLogger(__name__)

HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
CONTENT_TYPE = "text/event-stream; charset=utf-8"
DONE = "data: [DONE]\n\n"

Frames = Callable[..., AsyncGenerator[str, None]]


def event(data: str, name: str = "", offset: int | None = None) -> str:
    """Return one event; a newline in data becomes another data: line, as the standard asks (WHATWG HTML, 9.2.6)."""
    head = f"event: {name}\n" if name else ""
    head += f"id: {offset}\n" if offset is not None else ""
    return head + "".join(f"data: {line}\n" for line in data.split("\n")) + "\n"


def json_event(name: str, data: object, offset: int | None = None) -> str:
    """Return an event whose data is one line of ASCII JSON."""
    return event(json.dumps(data, separators=(",", ":")), name, offset)


def guarded(frames: Frames) -> Frames:
    """Keep exceptions inside: one that leaves a streaming response ends Daphne's housekeeping for good."""

    @wraps(frames)
    async def stream(*args: object, **kwargs: object) -> AsyncGenerator[str, None]:
        try:
            async with aclosing(frames(*args, **kwargs)) as items:
                async for item in items:
                    yield item
        except Exception:  # the one broad except around a streaming response
            logger.exception("A stream broke.")
            yield error_event(ChatError())

    return stream


@guarded
async def stream(
    reply: Message, live: Live, after: int, has_blocks: bool, beat_secs: float
) -> AsyncGenerator[str, None]:
    """Yield the reply's events after an offset until it has ended."""
    yield json_event("reply", introduce(reply))
    frames = BlockFrames(reply.text[:after]) if has_blocks else TextFrames()
    async with aclosing(follow(live, after, beat_secs)) as items:
        async for item in items:
            if isinstance(item, Piece):
                for frame in frames.piece(item):
                    yield frame
            elif isinstance(item, Beat):
                yield ": hb\n\n"
            elif isinstance(item, HandedOver):
                yield json_event("reconnect", {})
            else:
                for frame in (*frames.end(len(live.text)), *ending(item, len(live.text))):
                    yield frame


def introduce(reply: Message) -> dict[str, str]:
    """Return what a client needs to find the reply again. The rows are loaded."""
    return {
        "conversation": str(reply.conversation.code),
        "question": str(reply.parent.code) if reply.parent else "",
        "reply": str(reply.code),
        "events": reply.events_url,
        "stop": reply.stop_url,
    }


def ending(ended: Ended, offset: int) -> Iterator[str]:
    """Yield how the reply ended; the last id lets EventSource stop reconnecting."""
    if ended.citations:
        yield json_event("citations", [asdict(cited) for cited in ended.citations])
    if ended.error:
        yield error_event(ended.error)
    done = {"status": ended.status, "finish_reason": ended.finish_reason, "usage": ended.usage}
    yield json_event("done", done, offset)
    yield DONE


def error_event(error: ChatError) -> str:
    """Return an error as an event: never more than its own words."""
    return json_event("error", {"code": error.code, "message": str(error), "retryable": error.is_retryable})


class TextFrames:
    """Pieces as plain text events."""

    def piece(self, piece: Piece) -> Iterator[str]:
        # A piece that reads like the end mark is cut in two: clients look for exactly that.
        if piece.text == "[DONE]":
            yield event("[DONE", offset=piece.offset - 1)
            yield event("]", offset=piece.offset)
        else:
            yield event(piece.text, offset=piece.offset)

    def end(self, offset: int) -> Iterator[str]:
        yield from ()


class BlockFrames:
    """Pieces as rendered blocks: only those that changed, each with its index; sending one twice is harmless."""

    def __init__(self, text: str) -> None:
        self._blocks = Blocks()
        self._blocks.feed(text)

    def piece(self, piece: Piece) -> Iterator[str]:
        if changed := self._blocks.feed(piece.text):
            yield json_event("block", changed, piece.offset)

    def end(self, offset: int) -> Iterator[str]:
        if changed := self._blocks.finish():
            yield json_event("block", changed, offset)
