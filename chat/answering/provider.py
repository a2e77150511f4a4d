"""Asks a language model behind an OpenAI-compatible Chat Completions endpoint, and turns every failure into ours."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import httpx2
import openai

from chat.answering.failures import FOREIGN_ERRORS, ours, pause_before_retry
from chat.answering.options import Options
from chat.answering.patience import Patience
from chat.answering.prompt import told_to_model
from chat.answering.server import ModelServer
from chat.answering.source import Ask, Ending, Item, Waiting
from chat.answering.stream import Completion, EventDecoder
from chat.errors import ModelError, ModelGarbage

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
# English text runs at about four characters a token; used only where the server does not tell.
CHARS_PER_TOKEN = 4

# Stands for every request that was sent and is not needed any more.
SENT = httpx2.Request("POST", "http://model.invalid/")

Pieces = AsyncGenerator[bytes, None]


class OpenAISource:
    """A model behind an OpenAI-compatible server, and how it is asked; those of one server share what that is."""

    notice = ""

    def __init__(self, options: Options, server: ModelServer | None = None) -> None:
        self.name = options.model
        self._options = options
        self._server = server or ModelServer(options)

    async def answer(self, ask: Ask) -> AsyncGenerator[Item, None]:
        """Yield the model's words as they come, then one Ending; closing this closes the connection.

        Until the first word it also tells what it was given, and what is waited for: a turn, or another try.
        """
        options = self._options
        told = await told_to_model(ask, options.context_chars)
        yield replace(told.grounding, settings=options.version)
        with self._server.calls.place() as place:
            async for position in place:
                yield Waiting("queued", position)
            patience = Patience(options.first_word_secs, options.idle_secs, options.total_secs)
            with contextlib.closing(patience):
                async with contextlib.aclosing(self._read(told.messages, ask.asker, patience)) as items:
                    async for item in items:
                        yield item

    async def _read(self, told: list[dict[str, str]], asker: str, patience: Patience) -> AsyncGenerator[Item, None]:
        """Yield the answer; what fails before its first word is tried again, while that is of use and not too late."""
        options, has_begun = self._options, False
        for tries in itertools.count(1):
            completion = Completion(EventDecoder(options.max_event_bytes), options.finish)
            try:
                async with contextlib.AsyncExitStack() as stack:
                    pieces = await self._open(stack, told, asker, patience)
                    while (text := await _next_words(pieces, completion, patience)) is not None:
                        has_begun = True
                        yield text
                        patience.renew()
                yield _ending(completion, told)
                return
            except FOREIGN_ERRORS as error:
                is_last = has_begun or tries > options.retries
                pause = None if is_last else pause_before_retry(error, tries, options.first_pause_secs)
                if pause is None or pause >= patience.left_secs():
                    # The message of an APIError holds the body that the server sent, perhaps with our key.
                    raise ours(error) from (None if isinstance(error, openai.APIError) else error)
            logger.info("The model's server is asked again in %.1f s.", pause)
            yield Waiting("retrying")
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """Close the running loop's connections; the next answer opens new ones."""
        await self._server.close()

    async def _open(
        self, stack: contextlib.AsyncExitStack, told: list[dict[str, str]], asker: str, patience: Patience
    ) -> Pieces:
        """Return the bytes of the answer; once asked without token counts if the server does not know what they are."""
        wants_usage = self._server.wants_usage  # of this call: another one may learn meanwhile that it must not ask
        with patience:
            try:
                response = await stack.enter_async_context(self._request(told, asker, wants_usage))
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if not wants_usage or self._options.usage == "on":
                    raise
                response = await stack.enter_async_context(self._request(told, asker, wants_usage=False))
                self._server.wants_usage = False
                logger.info("The model's server refuses stream_options; token counts are estimated from now on.")
        _check_content_type(response)
        # What was sent is as large as the article, and would be held for as long as the answer takes.
        response.http_response.request = SENT
        return await stack.enter_async_context(contextlib.aclosing(_bytes_of(response.http_response)))

    def _request(
        self, told: list[dict[str, str]], asker: str, wants_usage: bool
    ) -> "AsyncResponseContextManager[Response]":
        options = self._options
        limits = {options.max_tokens_field: options.max_tokens} if options.max_tokens else {}
        return self._server.client().chat.completions.with_streaming_response.create(
            model=options.model,
            temperature=openai.omit if options.temperature is None else options.temperature,
            messages=cast("list[ChatCompletionMessageParam]", told),
            user=asker,
            stream=True,
            stream_options={"include_usage": True} if wants_usage else openai.omit,
            max_tokens=limits.get("max_tokens", openai.omit),
            max_completion_tokens=limits.get("max_completion_tokens", openai.omit),
        )


async def _next_words(pieces: Pieces, completion: Completion, patience: Patience) -> str | None:
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


async def _next_bytes(pieces: Pieces, completion: Completion, patience: Patience) -> bytes:
    """Return the next bytes, b"" at the end; what breaks after the model has finished is an end as well."""
    try:
        if completion.failure:
            raise completion.failure
        with patience:
            return await anext(pieces, b"")
    except (*FOREIGN_ERRORS, ModelError):
        if not completion.is_finished:
            raise
        return b""


def _bytes_of(response: httpx2.Response) -> Pieces:
    """Return the body's bytes as they come; only a compressed one has to go through the package's decoders."""
    if "content-encoding" in response.headers:
        return response.aiter_bytes()
    response.headers = httpx2.Headers()  # read by now, and held as long as the answer takes
    return cast("Pieces", cast("httpx2.AsyncByteStream", response.stream).__aiter__())


def _check_content_type(response: "Response") -> None:
    # A server that cannot stream answers one JSON object, which an event parser would take for an empty stream.
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "text/event-stream":
        logger.warning("The model's server answered without a stream.")
        raise ModelGarbage


def _ending(completion: Completion, told: list[dict[str, str]]) -> Ending:
    """Return how the answer ended. A prompt that the server did not count is estimated; the rest is left to quotas."""
    prompt_tokens = completion.prompt_tokens
    if prompt_tokens is None:
        prompt_tokens = sum(len(message["content"]) for message in told) // CHARS_PER_TOKEN
    return Ending(completion.finish_reason or "stop", prompt_tokens, completion.completion_tokens)
