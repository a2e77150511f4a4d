"""A language model's server that costs next to nothing: Chat Completions, streamed, each token with its send time.

How an answer looks is written in the question (the last one in the request counts): [[tokens=100 interval_ms=50
first_ms=100 hold=0]]. With hold=1 the answer stays open after its last token, until POST /release ends all of those.
GET /open tells how many answers are open.
"""

import argparse
import asyncio
import re
import time
from collections.abc import Callable

import uvloop

# A token is one word: "t", sixteen digits of the monotonic clock in microseconds (the same in all processes), "s".
# The letters keep it a word for Markdown, and show that it arrived whole.
ORDER = re.compile(rb"\[\[([a-z_=0-9. ]+)\]\]")
DEFAULTS = {"tokens": 5.0, "interval_ms": 0.0, "first_ms": 0.0, "hold": 0.0}
# Tokens in a paragraph: about as long as those that models write.
PARAGRAPH = 20

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
OPENING = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":'
BEFORE = ("data: " + OPENING + '[{"index":0,"delta":{"content":"t').encode()
AFTER = '"},"logprobs":null,"finish_reason":null}]}\n\n'
WORD_END, PARAGRAPH_END = (("s" + end + AFTER).encode() for end in (" ", "\\n\\n"))
LAST = ("data: " + OPENING + '[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}\n\n').encode()
USAGE = "data: " + OPENING + '[],"usage":{"prompt_tokens":10,"completion_tokens":%d,"total_tokens":%d}}\n\n'
DONE = b"data: [DONE]\n\n"

_open: set["Answer"] = set()


def chunk(data: bytes) -> bytes:
    """Return data as a part of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Answer:
    """One answer on its way; its tokens leave on a fixed timetable, however late the last one was."""

    def __init__(self, transport: asyncio.Transport, body: bytes, when_done: Callable[[], None]) -> None:
        order = ORDER.findall(body)
        words = [word.partition("=") for word in order[-1].decode().split()] if order else []
        self.order = DEFAULTS | {name: float(value) for name, _, value in words}
        self.transport = transport
        self.when_done = when_done
        self.wants_usage = b"include_usage" in body
        self.sent = 0
        self.loop = asyncio.get_running_loop()
        self.start = self.loop.time() + self.order["first_ms"] / 1000
        transport.write(HEAD)
        _open.add(self)
        self.timer = self.loop.call_at(self.start, self.step)

    def step(self) -> None:
        """Send the next token, or the end."""
        if self.sent >= self.order["tokens"]:
            if not self.order["hold"]:
                self.end()
            return
        self.sent += 1
        end = WORD_END if self.sent % PARAGRAPH else PARAGRAPH_END
        self.transport.write(chunk(b"%b%016d%b" % (BEFORE, time.monotonic_ns() // 1000, end)))
        self.timer = self.loop.call_at(self.start + self.sent * self.order["interval_ms"] / 1000, self.step)

    def release(self) -> None:
        """End as soon as all tokens are sent."""
        is_waiting = self.order["hold"] and self.sent >= self.order["tokens"]
        self.order["hold"] = 0
        if is_waiting:
            self.end()

    def end(self) -> None:
        """Send what stands at the end of an answer."""
        usage = (USAGE % (self.sent, self.sent + 10)).encode() if self.wants_usage else b""
        self.transport.write(chunk(LAST + usage + DONE) + b"0\r\n\r\n")
        self.cancel()
        self.when_done()

    def cancel(self) -> None:
        """Send nothing more."""
        self.timer.cancel()
        _open.discard(self)


class Connection(asyncio.Protocol):
    """One connection: requests one after another."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""
        self.answer: Answer | None = None

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer:
            self.answer.cancel()

    def next(self) -> None:
        """Answer the next request, if it has arrived whole and the last answer is done."""
        head, separator, rest = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length:\s*(\d+)", head)
        size = int(length[1]) if length else 0
        if self.answer or not separator or len(rest) < size:
            return
        self.received = rest[size:]
        if head.startswith(b"POST /release"):
            for answer in list(_open):
                answer.release()
        if head.startswith((b"GET /open", b"POST /release")):
            body = b"%d" % len(_open)
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        else:
            self.answer = Answer(self.transport, rest[:size], self.done)

    def done(self) -> None:
        self.answer = None
        self.next()


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    uvloop.run(serve(parser.parse_args().port))
