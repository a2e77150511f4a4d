"""Asks a language model behind an OpenAI-compatible Chat Completions endpoint, and turns every failure into ours."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import TYPE_CHECKING, cast

import httpx2
import openai

from chat.answering.prompt import messages
from chat.answering.source import Ask, Ending
from chat.answering.stream import MAX_EVENT_BYTES, Completion, EventDecoder
from chat.errors import ModelBusy, ModelError, ModelGarbage, ModelRefused, ModelTimeout, ModelUnreachable

if TYPE_CHECKING:
    from openai import AsyncAPIResponse
    from openai._response import AsyncResponseContextManager
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

    Response = AsyncAPIResponse[openai.AsyncStream[ChatCompletionChunk]]

logger = logging.getLogger(__name__)

# After a finish reason the token counts may still follow, after [DONE] only the end of the HTTP response, which
# lets the connection be used again. Neither is worth a visible wait.
WAIT_FOR_USAGE_SECS = 1.0
WAIT_FOR_END_SECS = 0.1
# Idle connections kept for the next question; those in use are limited by the quota of replies, not here.
KEPT_CONNECTIONS = 50
# The openai package insists on a key; servers on one's own machine want none.
NO_KEY = "none"

FOREIGN_ERRORS = (openai.OpenAIError, httpx2.HTTPError, OSError, ValueError)


class OpenAISource:
    """A model behind an OpenAI-compatible server; one instance serves a whole process."""

    notice = ""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None,
        model: str,
        temperature: float,
        connect_secs: float,
        first_word_secs: float,
        idle_secs: float,
        total_secs: float,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        self.name = model
        self._api_key = api_key or NO_KEY
        self._base_url = base_url
        self._temperature = temperature
        self._connect_secs = connect_secs
        self._secs = (first_word_secs, idle_secs, total_secs)
        self._max_event_bytes = max_event_bytes
        self._wants_usage = True
        self._clients: dict[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = {}

    async def answer(self, ask: Ask) -> AsyncGenerator[str | Ending, None]:
        """Yield the model's words as they come, then one Ending; closing this closes the connection."""
        completion = Completion(EventDecoder(self._max_event_bytes))
        patience = Patience(*self._secs)
        with _translated():
            async with contextlib.AsyncExitStack() as stack:
                async with patience.clock():
                    response = await self._open(stack, ask)
                _check_content_type(response)
                pieces = await stack.enter_async_context(contextlib.aclosing(response.http_response.aiter_bytes()))
                while (text := await _next_words(pieces, completion, patience)) is not None:
                    yield text
                    patience.renew()
        reason = completion.finish_reason or "stop"
        yield Ending(reason, completion.prompt_tokens, completion.completion_tokens)

    async def close(self) -> None:
        """Close the running loop's connections; the next answer opens new ones."""
        if client := self._clients.pop(asyncio.get_running_loop(), None):
            await client.close()

    async def _open(self, stack: contextlib.AsyncExitStack, ask: Ask) -> "Response":
        """Return the open response; once without token counts if the server does not know how to ask for them."""
        try:
            return await stack.enter_async_context(self._request(ask, wants_usage=self._wants_usage))
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            if not self._wants_usage:
                raise
        response = await stack.enter_async_context(self._request(ask, wants_usage=False))
        self._wants_usage = False
        logger.info("The model's server refuses stream_options; token counts are estimated from now on.")
        return response

    def _request(self, ask: Ask, wants_usage: bool) -> "AsyncResponseContextManager[Response]":
        return self._client().chat.completions.with_streaming_response.create(
            model=self.name,
            temperature=self._temperature,
            messages=cast("list[ChatCompletionMessageParam]", messages(ask)),
            user=ask.asker,
            stream=True,
            stream_options={"include_usage": True} if wants_usage else openai.omit,
        )

    def _client(self) -> openai.AsyncOpenAI:
        """Return the running loop's client: its connections belong to that loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients = {known: client for known, client in self._clients.items() if not known.is_closed()}
            self._clients[loop] = self._make_client()
        return self._clients[loop]

    def _make_client(self) -> openai.AsyncOpenAI:
        # No retries: a reply's fate is its writer's decision, and the package sleeps up to two minutes on its own.
        # All waiting but that for the connection is timed by Patience.
        return openai.AsyncOpenAI(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpx2Client(
                timeout=httpx2.Timeout(None, connect=self._connect_secs),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=KEPT_CONNECTIONS),
            ),
        )


class Patience:
    """The clocks of one answer. They run while the server is waited for: a consumer slow to store is no silence."""

    def __init__(self, first_word_secs: float, idle_secs: float, total_secs: float) -> None:
        self._idle_secs = idle_secs
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.time() + first_word_secs
        self._end = self._loop.time() + total_secs

    def clock(self) -> asyncio.Timeout:
        """Return what ends the next wait when the next sign of life or the end of the answer is overdue."""
        return asyncio.timeout_at(min(self._next, self._end))

    def renew(self) -> None:
        """Count silence from now on."""
        self._next = self._loop.time() + self._idle_secs

    def hurry(self, secs: float) -> None:
        """Wait no longer than secs from now on."""
        self._end = min(self._end, self._loop.time() + secs)


async def _next_words(pieces: AsyncIterator[bytes], completion: Completion, patience: Patience) -> str | None:
    """Return the next words in a response's bytes, None at the end of the answer."""
    while piece := await _next_bytes(pieces, completion, patience):
        words = completion.read(piece)
        if completion.is_thinking:
            patience.renew()
        if completion.is_finished:
            patience.hurry(WAIT_FOR_END_SECS if completion.is_done else WAIT_FOR_USAGE_SECS)
        if words:
            return words
    return completion.end() or None


async def _next_bytes(pieces: AsyncIterator[bytes], completion: Completion, patience: Patience) -> bytes:
    """Return the next bytes, b"" at the end; what breaks after the model has finished is an end as well."""
    try:
        if completion.failure:
            raise completion.failure
        async with patience.clock():
            return await anext(pieces, b"")
    except (*FOREIGN_ERRORS, ModelError):
        if not completion.is_finished:
            raise
        return b""


def _check_content_type(response: "Response") -> None:
    # A server that cannot stream answers one JSON object, which an event parser would take for an empty stream.
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "text/event-stream":
        logger.warning("The model's server answered without a stream.")
        raise ModelGarbage


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Raise foreign errors as ours. What the server sent (body, headers) is neither logged nor chained."""
    try:
        yield
    except openai.APIError as error:
        status = getattr(error, "status_code", None)
        logger.warning("The model's server failed: %s, status %s.", type(error).__name__, status)
        raise _ours(error) from None  # its message holds the body that the server sent, perhaps with our key
    except FOREIGN_ERRORS as error:
        logger.warning("The model's server failed: %s.", type(error).__name__)
        raise _ours(error) from error


def _ours(error: Exception) -> ModelError:
    match error:
        case openai.RateLimitError():
            return ModelBusy()
        case openai.APIStatusError(status_code=408) | openai.APITimeoutError():
            return ModelTimeout()
        case openai.APIStatusError(status_code=status) if status < 500:
            return ModelRefused()
        case TimeoutError() | httpx2.TimeoutException():
            return ModelTimeout()
        case openai.APIConnectionError() | httpx2.TransportError() | OSError():
            return ModelUnreachable()
        case httpx2.DecodingError() | ValueError():
            return ModelGarbage()
        case _:
            return ModelError()
