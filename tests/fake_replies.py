"""What the fake model can be told to answer: replies as lists of steps, among them all faults seen in the wild."""

import json
import threading
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any

# Stands in error bodies and headers; no test may ever find it in what a reader, a row or a log line shows.
SECRET = "sk-leaked-0123456789abcdef"
EVENT_STREAM = "text/event-stream; charset=utf-8"


class Do(Enum):
    """Steps without a value of their own."""

    GATE = "wait until the test calls model.go()"
    HANG = "send nothing more and keep the connection"
    COMMENTS = "send comment lines for ever, fast"
    CUT = "close the connection in the middle of an HTTP chunk"
    RESET = "close the connection with RST"
    DONE = "the frame data: [DONE]"


@dataclass(frozen=True)
class Delay:
    """Wait between two steps."""

    secs: float


@dataclass(frozen=True)
class Finish:
    """The closing chunk; with `text` the finish reason comes in the same chunk as the last words."""

    reason: str | None = "stop"
    text: str | None = None


@dataclass(frozen=True)
class Usage:
    """The usage chunk (empty choices), sent only to a request with stream_options.include_usage."""

    prompt: int = 11
    completion: int = 7


# A str is a chunk with that content; a dict a frame with that JSON; bytes are sent raw, as one packet.
Step = str | bytes | dict | Do | Delay | Finish | Usage | threading.Event


@dataclass(frozen=True)
class Reply:
    """One answer of the fake model: a stream of steps, or with `body` a plain HTTP response."""

    steps: tuple[Step, ...] = ()
    status: int = 200
    content_type: str = EVENT_STREAM
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_silent: bool = False  # accept the request and never answer, not even with headers
    drops_at_once: bool = False  # accept the request and close the connection

    def head(self) -> bytes:
        """Return the status line and headers as they go over the wire."""
        framing = "Transfer-Encoding: chunked" if self.body is None else f"Content-Length: {len(self.body)}"
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", f"Content-Type: {self.content_type}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, framing, "Connection: close", "", ""]).encode()


def chunk(delta: Any, finish_reason: str | None = None, **more: Any) -> dict:
    """Return a chat completion chunk with one choice."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice], **more}


def frame(data: dict | str, line_end: str = "\n") -> bytes:
    """Return one server-sent event."""
    words = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {words}{line_end}{line_end}".encode()


def steps(*items: Step) -> Reply:
    """Return a reply of exactly these steps; nothing is added at its end."""
    return Reply(items)


def say(
    *pieces: str,
    finish: str | None = "stop",
    is_done: bool = True,
    delay_secs: float = 0.0,
    pause_after: int | Iterable[int] = (),
) -> Reply:
    """Return a well-behaved reply of these pieces; it pauses after the given numbers of pieces until model.go()."""
    gates = {pause_after} if isinstance(pause_after, int) else set(pause_after)
    play: list[Step] = [{**chunk({"role": "assistant", "content": ""})}]
    if 0 in gates:
        play.append(Do.GATE)
    for number, piece in enumerate(pieces, 1):
        play.append(piece)
        if delay_secs:
            play.append(Delay(delay_secs))
        if number in gates:
            play.append(Do.GATE)
    play += [Finish(finish)] if finish is not None else []
    play += [Usage(11, len(pieces))]
    play += [Do.DONE] if is_done else []
    return Reply(tuple(play))


def words(text: str, **options: Any) -> Reply:
    """Return a well-behaved reply that says text word by word."""
    pieces = text.replace(" ", " \x00").split("\x00")
    return say(*pieces, **options)


def one_packet(*pieces: str) -> Reply:
    """Return a reply whose events all arrive together."""
    frames = [frame(chunk({"content": piece})) for piece in pieces]
    return steps(b"".join([*frames, frame(chunk({}, "stop")), frame("[DONE]")]))


def shredded(text: str, size_bytes: int = 1, line_end: str = "\n") -> Reply:
    """Return a reply cut into packets of a few bytes, through characters and line ends."""
    events = (frame(chunk({"content": text}), line_end), frame(chunk({}, "stop"), line_end), frame("[DONE]", line_end))
    raw = b"".join(events)
    return steps(*(raw[at : at + size_bytes] for at in range(0, len(raw), size_bytes)))


def compressed(encoding: str, *pieces: str, pause_after: int = 0) -> Reply:
    """Return a reply that is compressed as it goes, "gzip" or "deflate"; it pauses after so many pieces."""
    press = zlib.compressobj(wbits=zlib.MAX_WBITS | {"gzip": 16, "deflate": 0}[encoding])
    events = [*(frame(chunk({"content": piece})) for piece in pieces), frame(chunk({}, "stop")), frame("[DONE]")]
    play: list[Step] = [press.compress(event) + press.flush(zlib.Z_SYNC_FLUSH) for event in events]
    play.append(press.flush())
    if pause_after:
        play.insert(pause_after, Do.GATE)
    return Reply(tuple(play), headers={"Content-Encoding": encoding})


def odd_chunks(*pieces: str) -> Reply:
    """Return a reply with everything between its pieces that a client has to put up with."""
    odd: list[Step] = [
        chunk({}),
        chunk({"content": ""}),
        chunk({"content": None}),
        chunk(None),
        {"choices": [{"index": 0, "finish_reason": None}]},
        {"choices": []},
        {"choices": None},
        {},
        chunk({"reasoning_content": "thinking", "reasoning": "thinking"}),
        b": a comment\n\n",
        b"event: ping\n\n",
        b"data\n\n",
        b"id: 5\nretry: 10\n\n",
    ]
    play: list[Step] = []
    for piece in pieces:
        play += [*odd, piece]
    return steps(*play, *odd, Finish(), Do.DONE)


def failure(status: int, **headers: str) -> Reply:
    """Return an HTTP error whose body and headers hold a key that must not leak."""
    body = {"error": {"message": f"Incorrect API key provided: {SECRET}", "type": "server", "code": SECRET}}
    return Reply(
        status=status,
        content_type="application/json",
        headers={"x-upstream": SECRET, **headers},
        body=json.dumps(body).encode(),
    )


def plain_json(text: str = "Hello") -> Reply:
    """Return a complete chat completion instead of a stream, as servers without streaming do."""
    message = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
    return Reply(content_type="application/json", body=json.dumps(message).encode())


def without_stream_options(*pieces: str) -> Callable[[Any], Reply]:
    """Return a reply that answers 400 to every request that has stream_options."""
    return lambda request: failure(400) if "stream_options" in request.body else say(*pieces)


_ERROR = {"message": f"overloaded, key {SECRET}", "type": "server_error", "code": None}

# Every way to fail after the words "Hello, wor" were sent, by name.
FAULTS_AFTER_TEXT: dict[str, Reply] = {
    "end without finish reason": steps("Hello, ", "wor"),
    "cut in a chunk": steps("Hello, ", "wor", Do.CUT),
    "reset": steps("Hello, ", "wor", Do.RESET),
    "error frame": steps("Hello, ", "wor", {"error": _ERROR}, Do.DONE),
    "error event": steps("Hello, ", "wor", b"event: error\n" + frame(_ERROR), Do.DONE),
    "error object": steps("Hello, ", "wor", {"object": "error", **_ERROR}, Do.DONE),
    "bad JSON": steps("Hello, ", "wor", frame('{"choices": [{"del'), Do.DONE),
    "bad UTF-8": steps("Hello, ", "wor", b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n', Do.DONE),
    "JSON that is no object": steps("Hello, ", "wor", frame('["Hello"]'), Do.DONE),
    "choices of a wrong kind": steps("Hello, ", "wor", {"choices": "Hello"}, Do.DONE),
    "content of a wrong kind": steps("Hello, ", "wor", chunk({"content": 5}), Do.DONE),
    "comments for ever": steps("Hello, ", "wor", Do.COMMENTS),
    "silence": steps("Hello, ", "wor", Do.HANG),
}
SILENT = Reply(is_silent=True)
