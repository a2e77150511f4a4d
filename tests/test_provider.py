"""The OpenAI source against the fake model: what is asked, what is understood, and every way to fail."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from chat.answering.options import Options
from chat.answering.prompt import messages
from chat.answering.provider import OpenAISource
from chat.answering.source import Ask, Ending, Turn
from chat.errors import (
    ModelBusy,
    ModelCut,
    ModelError,
    ModelGarbage,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
)
from tests.fake_model import FakeModel, refused
from tests.fake_replies import (
    FAULTS_AFTER_TEXT,
    SECRET,
    SILENT,
    Delay,
    Do,
    Finish,
    Reply,
    chunk,
    compressed,
    failure,
    frame,
    odd_chunks,
    one_packet,
    plain_json,
    say,
    shredded,
    steps,
    without_stream_options,
)

ASK = Ask("When?", (Turn("user", "Hello"), Turn("assistant", "Good day")), (), "", "reader-1")
# What ASK's prompt comes to where the server does not count: four characters a token.
ESTIMATED = sum(len(message["content"]) for message in messages(ASK).messages) // 4
# Long beside anything on loopback, short beside a test.
SHORT_SECS = 0.3
# All that has ever been lost on the way: line ends of every kind, characters of several bytes, joined emoji.
ODD_TEXT = "a\r\nb\rc\n\n  Grüße 🎉👩‍👩‍👧 \u2028 \x85 end"


@pytest.fixture
def model() -> Iterator[FakeModel]:
    with FakeModel() as running:
        yield running


@asynccontextmanager
async def source_for(base_url: str, **options: object) -> AsyncIterator[OpenAISource]:
    defaults = {"api_key": "sk-own", "model": "gpt-4o-mini", "connect_secs": 5, "retries": 0}
    clocks = {"first_word_secs": 5, "idle_secs": 5, "total_secs": 20}
    source = OpenAISource(Options(base_url=base_url, **{**defaults, **clocks, **options}))
    try:
        yield source
    finally:
        await source.close()


async def collect(source: OpenAISource, pieces: list[str]) -> Ending:
    async with aclosing(source.answer(ASK)) as items:
        async for item in items:
            if isinstance(item, Ending):
                return item
            if isinstance(item, str):
                pieces.append(item)
    raise AssertionError("no ending")


async def first_word(items: AsyncIterator[object]) -> str:
    """Return the first words of an answer; what a model was given is told before."""
    async for item in items:
        if isinstance(item, str):
            return item
    raise AssertionError("no word")


async def ask(base_url: str, times: int = 1, **options: object) -> tuple[str, Ending]:
    async with source_for(base_url, **options) as source:
        for _ in range(times):
            pieces: list[str] = []
            ending = await collect(source, pieces)
    return "".join(pieces), ending


async def fail(base_url: str, **options: object) -> tuple[str, ModelError]:
    pieces: list[str] = []
    async with source_for(base_url, **options) as source:
        with pytest.raises(ModelError) as caught:
            await collect(source, pieces)
    return "".join(pieces), caught.value


def test_it_sends_what_was_configured_and_who_asks(model: FakeModel) -> None:
    asyncio.run(ask(model.base_url))
    request = model.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-own"
    body = {key: request.body[key] for key in ("model", "temperature", "stream", "user")}
    assert body == {"model": "gpt-4o-mini", "temperature": 0.8, "stream": True, "user": "reader-1"}
    assert request.body["messages"][-1] == {"role": "user", "content": "When?"}


def test_it_yields_the_words_piece_by_piece_and_then_how_they_ended(model: FakeModel) -> None:
    model.script(say("One ", "two", ".", finish="length"))
    assert asyncio.run(ask(model.base_url)) == ("One two.", Ending("length", 11, 3))


def test_it_yields_a_word_as_soon_as_it_was_sent(model: FakeModel) -> None:
    model.script(say("One", "two", pause_after=1))

    async def first_then_rest() -> tuple[object, object]:
        async with source_for(model.base_url) as source, aclosing(source.answer(ASK)) as items:
            first = await first_word(items)
            await model.await_for(lambda: model.requests[0].text == "One")  # noted just after it was sent
            model.go()
            return first, await anext(items)

    assert asyncio.run(first_then_rest()) == ("One", "two")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(one_packet(*ODD_TEXT), id="several events in one packet"),
        pytest.param(shredded(ODD_TEXT), id="cut after every byte"),
        pytest.param(shredded(ODD_TEXT, 7, line_end="\r\n"), id="CRLF lines"),
        pytest.param(shredded(ODD_TEXT, 3, line_end="\r"), id="CR lines"),
        pytest.param(odd_chunks(*ODD_TEXT), id="odd chunks between"),
        pytest.param(compressed("gzip", *ODD_TEXT), id="gzip"),
        pytest.param(compressed("deflate", *ODD_TEXT), id="deflate"),
        pytest.param(steps(ODD_TEXT[:5], Finish("stop", ODD_TEXT[5:]), Do.DONE), id="finish reason with text"),
        pytest.param(steps(ODD_TEXT, Finish("stop")), id="no DONE"),
        pytest.param(steps(ODD_TEXT, Finish(None), Do.DONE), id="no finish reason"),
        pytest.param(steps(ODD_TEXT, Finish(""), Do.DONE), id="empty finish reason"),
        pytest.param(steps(ODD_TEXT, Finish(), Do.DONE, Do.HANG), id="DONE then hang"),
        pytest.param(steps(ODD_TEXT, Finish(), Do.DONE, Do.RESET), id="DONE then reset"),
        pytest.param(steps(ODD_TEXT, Finish(), Do.DONE, "more"), id="words behind DONE"),
        pytest.param(steps(ODD_TEXT, Finish(), Do.CUT), id="finish reason then cut"),
        pytest.param(steps(ODD_TEXT, Finish(), {"error": "late"}), id="finish reason then error"),
        pytest.param(steps(ODD_TEXT, Finish(), frame("[DONE]").rstrip()), id="DONE without line end"),
        pytest.param(steps(b"\xef\xbb\xbf", frame(chunk({"content": ODD_TEXT})), Do.DONE), id="byte order mark"),
    ],
)
def test_the_text_is_exactly_what_the_model_said(model: FakeModel, reply: Reply) -> None:
    model.script(reply)
    text, ending = asyncio.run(ask(model.base_url))
    assert text == ODD_TEXT
    assert ending.finish_reason == "stop"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_word_of_a_compressed_answer_comes_as_soon_as_it_was_sent(model: FakeModel, encoding: str) -> None:
    model.script(compressed(encoding, "One", "two", pause_after=1))

    async def first_then_rest() -> list[object]:
        async with source_for(model.base_url) as source, aclosing(source.answer(ASK)) as items:
            first = await first_word(items)
            await model.await_for(lambda: model.paused == 1)  # the second one is not sent yet
            model.go()
            return [first, *[item async for item in items]]

    assert asyncio.run(first_then_rest()) == ["One", "two", Ending("stop", ESTIMATED)]


def test_what_only_claims_to_be_compressed_is_named(model: FakeModel) -> None:
    plain = steps("Hello", Finish(), Do.DONE)
    model.script(replace(plain, headers={"Content-Encoding": "gzip"}))
    assert type(asyncio.run(fail(model.base_url))[1]) is ModelGarbage


def test_a_missing_end_after_the_finish_reason_is_not_waited_for_long(model: FakeModel) -> None:
    model.script(steps("Hello", Finish(), Do.HANG))
    assert asyncio.run(ask(model.base_url, idle_secs=60, first_word_secs=60)) == ("Hello", Ending("stop", ESTIMATED))


def test_thinking_is_no_text_but_a_sign_of_life(model: FakeModel) -> None:
    thoughts = [chunk({"reasoning_content": "hm", "content": ""}) for _ in range(3)]
    model.script(steps(thoughts[0], Do.GATE, "Yes", Finish(), Do.DONE))
    model.go()
    assert asyncio.run(ask(model.base_url))[0] == "Yes"


def test_a_running_token_count_is_taken_from_the_last_chunk(model: FakeModel) -> None:
    counts = [chunk({"content": "a"}, usage={"prompt_tokens": 9, "completion_tokens": n}) for n in (1, 2)]
    model.script(steps(*counts, {"usage": "none"}, {"usage": {"prompt_tokens": True}}, Finish(), Do.DONE))
    assert asyncio.run(ask(model.base_url)) == ("aa", Ending("stop", 9, 2))


FAILURES_AFTER_TEXT = {
    "end without finish reason": ModelCut,
    "cut in a chunk": ModelUnreachable,
    "reset": ModelUnreachable,
    "error frame": ModelError,
    "error event": ModelError,
    "error object": ModelError,
    "bad JSON": ModelGarbage,
    "bad UTF-8": ModelGarbage,
    "JSON that is no object": ModelGarbage,
    "choices of a wrong kind": ModelGarbage,
    "content of a wrong kind": ModelGarbage,
    "comments for ever": ModelTimeout,
    "silence": ModelTimeout,
}


@pytest.mark.parametrize("name", FAULTS_AFTER_TEXT)
def test_a_failure_after_words_keeps_them_and_is_named(model: FakeModel, name: str) -> None:
    model.script(FAULTS_AFTER_TEXT[name])
    kind = FAILURES_AFTER_TEXT[name]
    text, error = asyncio.run(fail(model.base_url, idle_secs=SHORT_SECS if kind is ModelTimeout else 5))
    assert text == "Hello, wor"
    assert type(error) is kind


def test_words_in_the_same_packet_as_a_failure_are_kept(model: FakeModel) -> None:
    model.script(steps(frame(chunk({"content": "Hello"})) + frame({"error": {"message": "no"}})))
    text, error = asyncio.run(fail(model.base_url))
    assert (text, type(error)) == ("Hello", ModelError)


def test_words_of_an_unclosed_last_event_are_kept(model: FakeModel) -> None:
    model.script(steps(frame(chunk({"content": "Hello"})).rstrip()))
    text, error = asyncio.run(fail(model.base_url))
    assert (text, type(error)) == ("Hello", ModelCut)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (failure(400), ModelRefused),
        (failure(401), ModelRefused),
        (failure(403), ModelRefused),
        (failure(404), ModelRefused),
        (failure(408), ModelTimeout),
        (failure(429, **{"Retry-After": "60"}), ModelBusy),
        (failure(500), ModelError),
        (failure(503), ModelError),
        (plain_json(), ModelGarbage),
        (Reply(content_type="text/html", body=b"<p>login"), ModelGarbage),
        (steps(), ModelCut),
        (steps(Do.RESET), ModelUnreachable),
        (steps(b"data: " + b"x" * 3000 + b"\n\n"), ModelGarbage),
        (steps(*[b"x" * 900] * 4), ModelGarbage),
        (steps(*[b"data: " + b"x" * 900 + b"\n"] * 4), ModelGarbage),
        (steps(frame("[" * 1500)), ModelGarbage),
    ],
)
def test_a_failure_before_the_first_word_is_named(model: FakeModel, reply: Reply, kind: type[ModelError]) -> None:
    model.script(reply)
    text, error = asyncio.run(fail(model.base_url, max_event_bytes=2000))
    assert text == ""
    assert type(error) is kind


@pytest.mark.parametrize("reply", [SILENT, steps(Do.HANG), steps(Do.COMMENTS), steps(chunk({"role": "x"}), Do.HANG)])
def test_a_first_word_that_does_not_come_is_not_waited_for_for_ever(model: FakeModel, reply: Reply) -> None:
    model.script(reply)
    assert type(asyncio.run(fail(model.base_url, first_word_secs=SHORT_SECS))[1]) is ModelTimeout


def test_a_refused_connection_is_named() -> None:
    with refused() as base_url:
        assert type(asyncio.run(fail(base_url))[1]) is ModelUnreachable


def test_words_that_never_end_are_cut_off_by_the_total_time(model: FakeModel) -> None:
    model.script(say(*["la "] * 500, delay_secs=0.01))
    text, error = asyncio.run(fail(model.base_url, total_secs=1))
    assert text.startswith("la ")
    assert type(error) is ModelTimeout


def test_a_consumer_that_is_slow_is_not_a_silent_model(model: FakeModel) -> None:
    model.script(steps("One", Delay(2 * SHORT_SECS), "two", Finish(), Do.DONE))

    async def slowly() -> str:
        async with source_for(model.base_url, idle_secs=SHORT_SECS) as source, aclosing(source.answer(ASK)) as items:
            first = await first_word(items)
            await model.await_for(lambda: model.count("finished") == 1)
            return "".join([first, *[item async for item in items if isinstance(item, str)]])

    assert asyncio.run(slowly()) == "Onetwo"


def test_it_is_tried_once_only(model: FakeModel) -> None:
    model.script(failure(500))
    asyncio.run(fail(model.base_url))
    assert len(model.requests) == 1


def test_token_counts_are_given_up_for_good_where_they_are_refused(model: FakeModel) -> None:
    model.script(without_stream_options("Hello"))
    assert asyncio.run(ask(model.base_url, times=2)) == ("Hello", Ending("stop", ESTIMATED, None))
    assert ["stream_options" in request.body for request in model.requests] == [True, False, False]


def test_questions_that_come_at_once_are_all_answered_where_token_counts_are_refused(model: FakeModel) -> None:
    model.script(without_stream_options("Hello"))

    async def at_once() -> list[Ending]:
        async with source_for(model.base_url) as source:
            return await asyncio.gather(*(collect(source, []) for _ in range(5)))

    assert asyncio.run(at_once()) == [Ending("stop", ESTIMATED, None)] * 5


def test_a_bad_request_does_not_give_up_token_counts(model: FakeModel) -> None:
    model.script(failure(400), failure(400), say("Hello"))

    async def twice() -> Ending:
        async with source_for(model.base_url) as source:
            with pytest.raises(ModelRefused):
                await collect(source, [])
            return await collect(source, [])

    assert asyncio.run(twice()) == Ending("stop", 11, 1)


def test_nothing_of_a_refusal_is_logged_or_chained(model: FakeModel, caplog: pytest.LogCaptureFixture) -> None:
    model.script(failure(401))
    with caplog.at_level(logging.INFO):
        _, error = asyncio.run(fail(model.base_url))
    told = "".join(traceback.format_exception(error)) + caplog.text + str(error)
    assert "AuthenticationError, status 401" in told
    assert SECRET not in told
    assert "sk-own" not in told


def test_closing_the_answer_closes_the_connection(model: FakeModel) -> None:
    model.script(steps("Hello", Do.HANG))

    async def hear_one_word() -> None:
        async with source_for(model.base_url) as source:
            async with aclosing(source.answer(ASK)) as items:
                await first_word(items)
            await model.await_for(lambda: model.count("aborted") == 1)

    asyncio.run(hear_one_word())


def test_cancelling_the_reader_closes_the_connection(model: FakeModel) -> None:
    model.script(steps("Hello", Do.HANG))

    async def cancel_while_waiting() -> None:
        async with source_for(model.base_url) as source:
            reading = asyncio.create_task(collect(source, []))
            await model.await_for(lambda: model.requests and model.requests[0].pieces == 1)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await model.await_for(lambda: model.count("aborted") == 1)

    asyncio.run(cancel_while_waiting())


def test_cancelling_before_the_first_byte_closes_the_connection(model: FakeModel) -> None:
    model.script(SILENT)

    async def cancel_while_waiting() -> None:
        async with source_for(model.base_url) as source:
            reading = asyncio.create_task(collect(source, []))
            await model.await_for(lambda: model.requests)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await model.await_for(lambda: model.count("aborted") == 1)

    asyncio.run(cancel_while_waiting())


def test_many_answers_at_once_do_not_mix(model: FakeModel) -> None:
    model.script(lambda request: f"{request.body['messages'][-1]['content']} 🎉 " * 20)

    async def together() -> list[tuple[str, str]]:
        async with source_for(model.base_url) as source:
            return await asyncio.gather(*(one(source, f"question {n}") for n in range(30)))

    async def one(source: OpenAISource, question: str) -> tuple[str, str]:
        items = source.answer(Ask(question, (), (), "", "r"))
        return question, "".join([item async for item in items if isinstance(item, str)])

    assert all(text == f"{question} 🎉 " * 20 for question, text in asyncio.run(together()))


def test_one_source_serves_several_event_loops_in_turn(model: FakeModel) -> None:
    source = OpenAISource(Options(base_url=model.base_url, model="m"))

    async def once() -> Ending:
        try:
            return await collect(source, [])
        finally:
            await source.close()

    assert [asyncio.run(once()).finish_reason for _ in range(2)] == ["stop", "stop"]
