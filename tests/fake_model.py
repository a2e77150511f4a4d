"""A model's server for tests: real HTTP on loopback, in a thread of the test process, scripted by the test.

with FakeModel() as model:
    model.script(say("Hello", " world", pause_after=1))    # the last reply given is repeated
    ...                                                    # anything that calls model.base_url, in any process
    model.wait_for(lambda: model.paused == 1)
    model.go()
    assert model.requests[0].body["model"] == "gpt-4o-mini"
"""

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.fake_replies import Delay, Do, Finish, Reply, Usage, chunk, frame, say, words

# Long enough for the receiver to read what came before, so that two raw packets are two reads.
BETWEEN_PACKETS_SECS = 0.002


@dataclass(eq=False)
class Request:
    """One request as it came in, and how its answer went."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: dict[str, Any]
    text: str = ""  # the words sent so far by str and Finish steps
    pieces: int = 0
    state: str = "open"  # then "finished" (all steps played) or "aborted" (the client went away before)


Script = Reply | str | Callable[[Request], Reply | str]


class FakeModel:
    """An OpenAI-compatible server on a free port; every public method and attribute may be used from any thread."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.paused = 0  # streams that wait at a gate now
        self._scripts: list[Script] = [say("Hello", ", ", "world", ".")]
        self._errors: list[Exception] = []  # of scripts; raised at the end of the with block
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="fake-model", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        assert not self._thread.is_alive()
        if kind is None and self._errors:
            raise self._errors[0]

    @property
    def base_url(self) -> str:
        """The value for OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def script(self, *replies: Script) -> None:
        """Answer the next requests with these, one each; the last one is repeated."""
        with self._changed:
            self._scripts = list(replies)

    def reset(self) -> None:
        """Begin anew for the next test: no requests, closed gates, the first script."""
        self._loop.call_soon_threadsafe(lambda: setattr(self, "_gates", asyncio.Semaphore(0)))
        with self._changed:
            self.requests = []
            self._scripts = [say("Hello", ", ", "world", ".")]

    def go(self, count: int = 1) -> None:
        """Open so many gates, now or when a stream gets there."""
        for _ in range(count):
            self._loop.call_soon_threadsafe(self._gates.release)

    def count(self, state: str) -> int:
        """Return how many requests are "open", "finished" or "aborted"."""
        return sum(request.state == state for request in self.requests)

    def wait_for(self, predicate: Callable[[], Any], timeout: float = 10.0) -> None:
        """Block until predicate() holds; it is asked again whenever anything happened here."""
        with self._changed:
            assert self._changed.wait_for(predicate, timeout), f"not within {timeout} s; {self.requests}"

    async def await_for(self, predicate: Callable[[], Any], timeout: float = 10.0) -> None:
        """Do the same without blocking the caller's event loop."""
        await asyncio.to_thread(self.wait_for, predicate, timeout)

    # All below runs in the server's own thread.

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        self._gates = asyncio.Semaphore(0)
        self._talks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=8 * 1024 * 1024, backlog=1024)
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._end.wait()
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection: one request, then it is closed."""
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                request = await self._read(reader)
                with self._changed:
                    script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                reply = script(request) if callable(script) else script
                self._note(request, new=True)
                await self._play_until_gone(words(reply) if isinstance(reply, str) else reply, request, reader, writer)
        except Exception as error:
            self._errors.append(error)
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Request:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Request(head[0].split(" ")[1], headers, json.loads(body or b"{}"))

    async def _play_until_gone(
        self, reply: Reply, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        play = asyncio.create_task(self._play(reply, request, writer))
        gone = asyncio.create_task(reader.read())
        try:
            await asyncio.wait({play, gone}, return_when=asyncio.FIRST_COMPLETED)
            is_whole = play.done() and play.exception() is None
        finally:
            play.cancel()
            gone.cancel()
            played, _ = await asyncio.gather(play, gone, return_exceptions=True)
        self._note(request, state="finished" if is_whole else "aborted")
        if isinstance(played, Exception) and not isinstance(played, OSError):
            raise played

    async def _play(self, reply: Reply, request: Request, writer: asyncio.StreamWriter) -> None:
        if reply.is_silent:
            await asyncio.Event().wait()
        if reply.drops_at_once:
            return
        writer.write(reply.head())
        if reply.body is not None:
            writer.write(reply.body)
            return
        for step in reply.steps:
            match step:
                case Do.CUT:
                    writer.write(b"ff\r\ndata: {")
                    return
                case Do.RESET:
                    await asyncio.sleep(BETWEEN_PACKETS_SECS)
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    writer.transport.abort()
                    return
                case Do():
                    await self._do(step, writer)
                case threading.Event():
                    await self._pause(asyncio.to_thread(step.wait, 60))
                case Delay():
                    await asyncio.sleep(step.secs)
                case bytes():
                    await self._send(step, writer)
                    await asyncio.sleep(BETWEEN_PACKETS_SECS)
                case _:
                    await self._send_frame(step, request, writer)
        writer.write(b"0\r\n\r\n")

    async def _do(self, step: Do, writer: asyncio.StreamWriter) -> None:
        match step:
            case Do.GATE:
                await self._pause(self._gates.acquire())
            case Do.HANG:
                await asyncio.Event().wait()
            case Do.COMMENTS:
                while True:
                    await self._send(b": still here\n\n", writer)
                    await asyncio.sleep(0.01)
            case Do.DONE:
                await self._send(frame("[DONE]"), writer)

    async def _pause(self, opened: Any) -> None:
        self._note(None, paused=1)
        try:
            await opened
        finally:
            self._note(None, paused=-1)

    async def _send_frame(
        self, step: str | dict | Finish | Usage, request: Request, writer: asyncio.StreamWriter
    ) -> None:
        match step:
            case str():
                await self._send(frame(chunk({"content": step})), writer)
                self._note(request, text=step)
            case Finish(reason, text):
                await self._send(frame(chunk({} if text is None else {"content": text}, reason)), writer)
                self._note(request, text=text or "")
            case Usage(prompt, completion):
                if (request.body.get("stream_options") or {}).get("include_usage"):
                    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
                    await self._send(frame({"choices": [], "usage": usage}), writer)
            case dict():
                await self._send(frame(step), writer)

    async def _send(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await writer.drain()

    def _note(
        self, request: Request | None, new: bool = False, text: str = "", state: str = "", paused: int = 0
    ) -> None:
        """Change what tests may look at, and wake those who wait for it."""
        with self._changed:
            self.paused += paused
            if request:
                self.requests += [request] if new else []
                request.text += text
                request.pieces += bool(text)
                request.state = state or request.state
            self._changed.notify_all()


@contextlib.contextmanager
def refused() -> Iterator[str]:
    """Yield a base URL whose port is taken but refuses every connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
