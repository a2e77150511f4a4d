"""Reads the bytes of a Chat Completions stream: server-sent events, and in them the chunks of one answer."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from chat.answering.thoughts import Thoughts
from chat.errors import ModelCut, ModelError, ModelGarbage

# A chunk is a few hundred bytes. A line of 1 MiB is a server gone mad, and so is an answer of 64 MiB.
MAX_EVENT_BYTES = 1024 * 1024
MAX_STREAM_BYTES = 64 * 1024 * 1024

# What ends a complete answer: a finish reason; that or [DONE]; or also just the orderly end of the connection.
Finish = Literal["reason", "done", "eof"]


class Event(NamedTuple):
    """One server-sent event; `data` is still bytes."""

    name: bytes
    data: bytes


@dataclass
class EventDecoder:
    """Cuts bytes that arrive in any pieces into events, as the HTML standard describes it."""

    max_event_bytes: int = MAX_EVENT_BYTES
    max_stream_bytes: int = MAX_STREAM_BYTES
    _rest: list[bytes] = field(default_factory=list)  # pieces of a line whose end has not come yet
    _rest_bytes: int = 0
    _stream_bytes: int = 0
    _is_after_cr: bool = False  # the line ended with CR; a LF that follows belongs to the same line end
    _is_start: bool = True
    _name: bytes = b""
    _data: list[bytes] = field(default_factory=list)
    _data_bytes: int = 0

    def decode(self, piece: bytes) -> Iterable[Event]:
        """Give the events that piece completes; raises ModelGarbage when a line, event or stream is too large."""
        self._stream_bytes += len(piece)
        if self._stream_bytes > self.max_stream_bytes:
            raise ModelGarbage
        return (Event(b"", piece[6:-2]),) if self._is_one_event(piece) else self._events(piece)

    def _is_one_event(self, piece: bytes) -> bool:
        """Tell whether piece is just "data: ..." and an empty line: most are, and need half the time so."""
        return (
            piece[:6] == b"data: "
            and piece.find(b"\n") == len(piece) - 2
            and piece[-1] == 10
            and not (self._rest or self._data or self._name or self._is_after_cr or b"\r" in piece)
            and len(piece) <= self.max_event_bytes
        )

    def _events(self, piece: bytes) -> Iterator[Event]:
        for line in self._lines(piece):
            if event := self._read_line(line):
                yield event

    def flush(self) -> list[Event]:
        """Return the last event if its empty line is missing: more than the standard asks, and some servers need it."""
        line, self._rest, self._rest_bytes = b"".join(self._rest), [], 0
        events = [self._read_line(line) if line else None, self._read_line(b"")]
        return [event for event in events if event]

    def _lines(self, piece: bytes) -> list[bytes]:
        """Return the lines that piece completes, without their ends."""
        if self._is_after_cr and piece:
            self._is_after_cr = False
            piece = piece.removeprefix(b"\n")
        if b"\n" not in piece and b"\r" not in piece:
            self._keep(piece)
            return []
        self._is_after_cr = piece.endswith(b"\r")
        lines = b"".join([*self._rest, piece]).splitlines()
        self._rest, self._rest_bytes = [], 0
        if not piece.endswith((b"\n", b"\r")):
            self._keep(lines.pop())
        return lines

    def _keep(self, rest: bytes) -> None:
        self._rest.append(rest)
        self._rest_bytes += len(rest)
        if self._rest_bytes > self.max_event_bytes:
            raise ModelGarbage

    def _read_line(self, line: bytes) -> Event | None:
        if self._is_start:
            self._is_start = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            return self._take_event()
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._data_bytes += len(value)
            if self._data_bytes > self.max_event_bytes:
                raise ModelGarbage
        elif name == b"event":
            self._name = value.removeprefix(b" ")
        return None

    def _take_event(self) -> Event | None:
        name, data, self._name, self._data, self._data_bytes = self._name, self._data, b"", [], 0
        return Event(name, b"\n".join(data)) if data else None


@dataclass
class Completion:
    """What is known of one answer so far; turns the bytes of its stream into text.

    The text may hold half of a surrogate pair when a server cuts a character written as two JSON escapes;
    `chat.text.clean` joins them.
    """

    decoder: EventDecoder = field(default_factory=EventDecoder)
    finish: Finish = "done"
    finish_reason: str = ""
    is_done: bool = False  # [DONE] has come
    is_thinking: bool = False  # the last piece held words of reasoning
    failure: ModelError | None = None  # found behind the words that read() returned last
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    _has_words: bool = False
    _is_half: bool = False  # the connection ended within an event
    _thoughts: Thoughts = field(default_factory=Thoughts)

    @property
    def is_finished(self) -> bool:
        """Whether the model said that nothing more comes; what comes nevertheless cannot change the text."""
        return self.is_done or bool(self.finish_reason)

    def read(self, piece: bytes) -> str:
        """Return the words in piece. Sets `failure` rather than raising it: words before it must not be lost."""
        self.is_thinking = False
        words = ""
        try:
            for event in self.decoder.decode(piece):
                words += self._words(event)
        except ModelError as failure:
            self.failure = failure
        return words + self._thoughts.flush() if self.is_finished or self.failure else words

    def end(self) -> str:
        """Return the words still held once the connection has ended, next time ""; or raise ModelCut."""
        words = ""
        try:
            for event in self.decoder.flush():
                words += self._words(event)
        except ModelGarbage:
            self._is_half = True
        words += self._thoughts.flush()
        if not words and not self._is_complete():
            raise ModelCut
        return words

    def _is_complete(self) -> bool:
        if self.finish == "eof" and self._has_words and not self._is_half:
            return True
        return bool(self.finish_reason) or (self.is_done and self.finish != "reason")

    def _words(self, event: Event) -> str:
        data = event.data.strip()
        if self.is_done or not data:
            return ""
        if data == b"[DONE]":
            self.is_done = True
            return ""
        frame = _frame(event)
        if usage := frame.get("usage"):
            self._note_usage(usage)
        choices = frame.get("choices")
        if not choices:
            return ""
        if not isinstance(choices, list):
            raise ModelGarbage
        choice = _object(choices[0])
        if isinstance(reason := choice.get("finish_reason"), str) and reason:
            self.finish_reason = reason
        return self._content(_object(choice.get("delta")))

    def _content(self, delta: dict[str, Any]) -> str:
        # Servers that show the model's thinking send it under one of these names, beside `content`.
        if delta.get("reasoning_content") or delta.get("reasoning"):
            self.is_thinking = True
        content = delta.get("content")
        if not content:
            return ""
        if not isinstance(content, str):
            raise ModelGarbage
        self._has_words = True
        if self._thoughts.are_over:
            return content
        self.is_thinking = True
        return self._thoughts.feed(content)

    def _note_usage(self, usage: object) -> None:
        # Some servers send a running count with every chunk: the last one counts.
        if isinstance(usage, dict):
            self.prompt_tokens = _count(usage.get("prompt_tokens"), self.prompt_tokens)
            self.completion_tokens = _count(usage.get("completion_tokens"), self.completion_tokens)


def _frame(event: Event) -> dict[str, Any]:
    """Return the JSON object of an event; raises ModelError when it reports a failure."""
    if event.name == b"error":
        raise ModelError
    try:
        frame = json.loads(event.data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelGarbage from error
    if not isinstance(frame, dict):
        raise ModelGarbage
    if frame.get("error") or frame.get("object") == "error":
        raise ModelError
    return frame


def _object(value: object) -> dict[str, Any]:
    """Return a JSON object as a dict, null as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ModelGarbage
    return value


def _count(value: object, otherwise: int | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise
