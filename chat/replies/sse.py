"""Server-sent events: how a reply looks on the wire, as text or as rendered blocks.

What followers get is encoded once for all who are equally far.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Protocol
from weakref import WeakKeyDictionary

from chat.answering.source import Waiting
from chat.errors import ChatError
from chat.models import Message
from chat.replies.chips import insets, notes
from chat.replies.live import Ended, Live
from chat.text.blocks import Blocks
from chat.text.insets import Inset

HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
CONTENT_TYPE = "text/event-stream; charset=utf-8"
BEAT = b": hb\n\n"
DONE = b"data: [DONE]\n\n"


def event(data: str, name: str = "", offset: int | None = None) -> bytes:
    """Return one event; a newline in data becomes another data: line, as the standard asks (WHATWG HTML, 9.2.6)."""
    lines = data.replace("\n", "\ndata: ")
    head = f"event: {name}\n" if name else ""
    head += f"id: {offset}\n" if offset is not None else ""
    return f"{head}data: {lines}\n\n".encode()


def json_event(name: str, data: object, offset: int | None = None) -> bytes:
    """Return an event whose data is one line of ASCII JSON."""
    return event(json.dumps(data, separators=(",", ":")), name, offset)


def introduce(reply: Message) -> dict[str, str]:
    """Return what a client needs to find the reply again. The rows are loaded."""
    return {
        "conversation": str(reply.conversation.code),
        "question": str(reply.parent.code) if reply.parent else "",
        "reply": str(reply.code),
        "events": reply.events_url,
        "stop": reply.stop_url,
        "continue": reply.continue_url,
    }


def status_event(waiting: Waiting) -> bytes:
    """Return why the next word has not come yet."""
    return json_event("status", {"state": waiting.reason, "position": waiting.position})


def error_event(error: ChatError) -> bytes:
    """Return an error as an event: never more than its own words."""
    return json_event("error", {"code": error.code, "message": str(error), "retryable": error.is_retryable})


def ending(live: Live) -> bytes:
    """Return how the reply ended, or that it goes on elsewhere; the last id lets EventSource stop reconnecting."""
    ended = live.ended
    if not isinstance(ended, Ended):
        return json_event("reconnect", {})
    events = []
    if live.citations:
        events.append(json_event("citations", [asdict(cited) for cited in live.citations]))
    if ended.error:
        events.append(error_event(ended.error))
    done = {"status": ended.status, "finish_reason": ended.finish_reason, "usage": ended.usage}
    return b"".join([*events, json_event("done", done, len(live.text)), DONE])


class Frames(Protocol):
    """What a reply's followers get of its text; a cursor tells how far a follower is, and means nothing elsewhere."""

    def join(self, live: Live, after: int) -> tuple[bytes, int]:
        """Return what a new follower gets who has the text up to an offset, and the cursor from then on."""

    def since(self, live: Live, cursor: int) -> tuple[bytes, int]:
        """Return what is new since the cursor, b"" for nothing, and the new cursor."""


class TextFrames:
    """The text as plain events. The cursor is the offset."""

    def __init__(self) -> None:
        self._last = (0, 0)
        self._frame = b""

    def join(self, live: Live, after: int) -> tuple[bytes, int]:
        return self.since(live, after)

    def since(self, live: Live, cursor: int) -> tuple[bytes, int]:
        end = len(live.text)
        if end <= cursor:  # less: the follower has seen the row, this process not yet
            return b"", cursor
        if self._last != (cursor, end):
            self._last, self._frame = (cursor, end), text_event(live.text[cursor:], end)
        return self._frame, end


def text_event(text: str, end: int) -> bytes:
    """Return the event for a piece of the text. One that reads like the end mark is cut: clients look for that."""
    if text == "[DONE]":
        return event("[DONE", offset=end - 1) + event("]", offset=end)
    return event(text, offset=end)


class BlockFrames:
    """The text as rendered blocks: only those that changed, each with its index; sending one twice is harmless.

    The cursor counts the renderings that changed anything.
    """

    def __init__(self, live: Live, after: int) -> None:
        """Begin with the text up to an offset, which the first follower has already."""
        self._blocks = Blocks()
        self._offset = 0  # how much of the text is rendered
        self._cited = len(live.citations)  # how many of the citations are
        self._is_finished = False
        self._count = 0
        self._html: dict[int, str] = {}
        self._changed: dict[int, int] = {}  # the rendering that changed the block last
        self._final_at: list[int] = []  # for each final block, the offset at which it was seen to be final
        self._last = (0, 0)
        self._frame = b""
        self._feed(live.text[:after], insets(live.citations))

    def join(self, live: Live, after: int) -> tuple[bytes, int]:
        self._render(live)
        # What the follower shows of a block that was not final then may be of a moment at which nothing was rendered.
        first = sum(offset <= after for offset in self._final_at)
        return self._event(index for index in self._html if index >= first), self._count

    def since(self, live: Live, cursor: int) -> tuple[bytes, int]:
        self._render(live)
        if cursor == self._count:
            return b"", cursor
        if self._last != (cursor, self._count):
            self._last = (cursor, self._count)
            self._frame = self._event(index for index, count in self._changed.items() if count > cursor)
        return self._frame, self._count

    def _render(self, live: Live) -> None:
        if len(live.text) > self._offset or len(live.citations) > self._cited:
            self._feed(live.text[self._offset :], insets(live.citations[self._cited :]))
            self._cited = len(live.citations)
        if isinstance(live.ended, Ended) and not self._is_finished:
            self._is_finished = True
            self._note(self._blocks.finish())
            self._note(list(enumerate(notes(live.citations, *live.ended.passages), start=len(self._html))))

    def _feed(self, piece: str, cited: list[Inset]) -> None:
        self._offset += len(piece)
        self._note(self._blocks.feed(piece, cited))
        self._final_at += [self._offset] * (self._blocks.final - len(self._final_at))

    def _note(self, changed: list[tuple[int, str]]) -> None:
        if changed:
            self._count += 1
            self._html.update(changed)
            self._changed.update((index, self._count) for index, _ in changed)

    def _event(self, indices: Iterable[int]) -> bytes:
        blocks = [(index, self._html[index]) for index in sorted(indices)]
        return json_event("block", blocks, self._offset) if blocks else b""


_text_frames: WeakKeyDictionary[Live, TextFrames] = WeakKeyDictionary()
_block_frames: WeakKeyDictionary[Live, BlockFrames] = WeakKeyDictionary()


def text_frames(live: Live) -> Frames:
    """Return what all followers of a reply's text share."""
    return _text_frames.setdefault(live, TextFrames())


def block_frames(live: Live, after: int) -> Frames:
    """Return what all followers of a reply's blocks share; the first one has the text up to an offset."""
    if live not in _block_frames:
        _block_frames[live] = BlockFrames(live, after)
    return _block_frames[live]
