"""A client for server-sent events that follows the standard (WHATWG HTML, 9.2.6) and assembles a reply's text."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """One dispatched event; `id` is the last event id at that moment."""

    name: str
    data: str
    id: str

    def json(self) -> Any:
        return json.loads(self.data)


def events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Yield events from the raw bytes of a stream, however they are cut."""
    name, data, last_id = "", [], ""
    for line in lines(chunks):
        if line == "":
            if data:
                yield Event(name or "message", "\n".join(data), last_id)
            name, data = "", []
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "event":
            name = value
        elif key == "data":
            data.append(value)
        elif key == "id" and "\0" not in value:
            last_id = value


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield complete lines; only CR, LF and CRLF end one."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        while True:
            ends = [at for at in (rest.find(b"\n"), rest.find(b"\r")) if at >= 0]
            if not ends or (rest[min(ends) :] == b"\r"):
                break
            end = min(ends)
            width = 2 if rest[end : end + 2] == b"\r\n" else 1
            yield rest[:end].decode()
            rest = rest[end + width :]


@dataclass
class Received:
    """What a client has after some events of a reply."""

    text: str = ""
    blocks: dict[int, str] = field(default_factory=dict)
    offset: int = 0
    reply: dict[str, str] = field(default_factory=dict)
    citations: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)  # why no word came
    error: dict[str, Any] | None = None
    done: dict[str, Any] | None = None
    reconnect: dict[str, Any] | None = None  # the process ended before the reply
    is_over: bool = False  # "[DONE]" was seen

    def take(self, event: Event) -> None:
        """Add what one event says."""
        if event.name == "message" and event.data == "[DONE]":
            self.is_over = True
        elif event.name == "message":
            self.text += event.data
            self.offset = int(event.id)
        elif event.name == "block":
            self.blocks |= dict(event.json())
            self.offset = int(event.id)
        elif event.name == "status":
            self.statuses.append(event.json())
        else:
            setattr(self, event.name, event.json())
