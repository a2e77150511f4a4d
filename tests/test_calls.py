"""The calls to the model's server: tried again before the first word, queued beyond the limit, asked as configured."""

import asyncio
from contextlib import aclosing

import pytest

from chat.answering.provider import OpenAISource
from chat.answering.source import Ask, Ending, Grounding, Waiting
from chat.errors import ModelBusy, ModelCut, ModelError, ModelGarbage, ModelRefused, ModelTimeout, ModelUnreachable
from tests.fake_model import FakeModel, refused
from tests.fake_replies import (
    FAULTS_AFTER_TEXT,
    SILENT,
    Delay,
    Do,
    Finish,
    Reply,
    chunk,
    failure,
    plain_json,
    say,
    steps,
    without_stream_options,
)
from tests.test_provider import ASK, collect, first_word, source_for

SHORT_SECS = 0.05


async def items_of(base_url: str, **options: object) -> list[str | Waiting | type[ModelError]]:
    """Return all that the source yields but its Ending, words joined; last the kind of error that it raised."""
    items: list[str | Waiting | type[ModelError]] = []
    async with source_for(base_url, **{"retries": 2, "first_pause_secs": SHORT_SECS, **options}) as source:
        try:
            async with aclosing(source.answer(ASK)) as answer:
                async for item in answer:
                    if isinstance(item, str) and items and isinstance(items[-1], str):
                        items[-1] += item
                    elif not isinstance(item, Ending | Grounding):
                        items.append(item)
        except ModelError as error:
            items.append(type(error))
    return items


@pytest.mark.parametrize(
    "reply",
    [
        failure(408),
        failure(409),
        failure(429, **{"Retry-After": "0.1"}),
        failure(500, **{"Retry-After": "no number"}),
        failure(503, **{"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        Reply(drops_at_once=True),
        steps(Do.RESET),
        steps(chunk({"reasoning_content": "hm"}), Delay(0.01), Do.CUT),
    ],
    ids=lambda reply: f"{reply.status} {reply.steps}",
)
def test_what_passes_is_tried_again_and_told(model: FakeModel, reply: Reply) -> None:
    model.script(reply, say("Hello"))
    assert asyncio.run(items_of(model.base_url)) == [Waiting("retrying"), "Hello"]


def test_it_is_tried_again_so_often_and_no_more(model: FakeModel) -> None:
    model.script(failure(500))
    assert asyncio.run(items_of(model.base_url)) == [Waiting("retrying"), Waiting("retrying"), ModelError]
    assert len(model.requests) == 3


def test_a_refused_connection_is_tried_again() -> None:
    with refused() as base_url:
        assert asyncio.run(items_of(base_url, retries=1)) == [Waiting("retrying"), ModelUnreachable]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        *[(failure(status), ModelRefused) for status in (400, 401, 403, 404, 422)],
        (failure(429, **{"Retry-After": "60"}), ModelBusy),
        (plain_json(), ModelGarbage),
        (steps(b"data: }{\n\n"), ModelGarbage),
        (steps({"error": {"message": "no"}}), ModelError),
    ],
)
def test_what_does_not_pass_is_not_tried_again(model: FakeModel, reply: Reply, kind: type[ModelError]) -> None:
    model.script(reply)
    assert asyncio.run(items_of(model.base_url, usage="off")) == [kind]
    assert len(model.requests) == 1


@pytest.mark.parametrize("name", ["reset", "cut in a chunk", "end without finish reason"])
def test_an_answer_that_has_begun_is_not_asked_for_again(model: FakeModel, name: str) -> None:
    model.script(FAULTS_AFTER_TEXT[name])
    kind = ModelCut if name == "end without finish reason" else ModelUnreachable
    assert asyncio.run(items_of(model.base_url)) == ["Hello, wor", kind]
    assert len(model.requests) == 1


def test_all_tries_together_have_the_time_of_one(model: FakeModel) -> None:
    model.script(failure(500), SILENT)
    assert asyncio.run(items_of(model.base_url, first_pause_secs=60)) == [ModelError]
    assert asyncio.run(items_of(model.base_url, first_word_secs=0.3)) == [ModelTimeout]
    model.script(failure(500), SILENT)
    assert asyncio.run(items_of(model.base_url, first_word_secs=0.3)) == [Waiting("retrying"), ModelTimeout]


def test_a_stop_ends_the_pause_between_two_tries(model: FakeModel) -> None:
    model.script(failure(500))

    async def stop_while_it_waits() -> None:
        async with source_for(model.base_url, retries=1, first_pause_secs=8, first_word_secs=60) as source:
            reading = asyncio.create_task(collect(source, []))
            await model.await_for(lambda: model.count("finished") == 1)
            reading.cancel()
            await asyncio.wait({reading}, timeout=2)
            assert reading.cancelled()

    asyncio.run(stop_while_it_waits())


# --- the queue ------------------------------------------------------------------------------------------------


def test_beyond_the_limit_answers_queue_and_know_their_place(model: FakeModel) -> None:
    model.script(say("one", "two", pause_after=1), say("Hello"))

    async def three_at_once() -> None:
        async with source_for(model.base_url, max_calls=1) as source:
            first, second, third, fourth = (source.answer(ASK) for _ in range(4))
            async with aclosing(first), aclosing(third):
                assert [type(await anext(answer)) for answer in (first, second, third, fourth)] == [Grounding] * 4
                assert await anext(first) == "one"
                assert await anext(second) == Waiting("queued", 1)
                assert await anext(third) == Waiting("queued", 2)
                assert await anext(fourth) == Waiting("queued", 3)
                await second.aclose()
                assert await anext(third) == Waiting("queued", 1)
                assert len(model.requests) == 1
                model.go()
                assert [item async for item in first if isinstance(item, str)] == ["two"]
                assert [await anext(third), await anext(third)] == [Waiting("queued", 0), "Hello"]
                await fourth.aclose()

    asyncio.run(three_at_once())


def test_a_queue_that_does_not_move_is_left(model: FakeModel) -> None:
    model.script(SILENT)

    async def wait_behind_a_silent_one() -> None:
        async with source_for(model.base_url, max_calls=1, queue_secs=SHORT_SECS) as source:
            ahead = asyncio.create_task(collect(source, []))
            await model.await_for(lambda: model.requests)
            with pytest.raises(ModelBusy):
                await collect(source, [])
            ahead.cancel()
            await asyncio.wait({ahead})

    asyncio.run(wait_behind_a_silent_one())


def test_a_call_is_given_back_however_it_ends(model: FakeModel) -> None:
    model.script(say("Hello"), failure(400), failure(500), steps("Hello", Do.RESET), steps("Hello", Do.HANG), SILENT)

    async def one_after_the_other() -> list[object]:
        async with source_for(model.base_url, max_calls=1, usage="off") as source:
            assert (await collect(source, [])).finish_reason == "stop"
            for _ in range(3):
                with pytest.raises(ModelError):
                    await collect(source, [])
            async with aclosing(source.answer(ASK)) as left:
                await first_word(left)
            await cancel_one_that_is_asked_and_one_that_queues(source)
            model.script(say("Hello"))
            return [item async for item in source.answer(ASK) if not isinstance(item, Grounding)]

    async def cancel_one_that_is_asked_and_one_that_queues(source: OpenAISource) -> None:
        asked, queued = (asyncio.create_task(collect(source, [])) for _ in range(2))
        await model.await_for(lambda: len(model.requests) == 6)
        queued.cancel()
        await asyncio.wait({queued})
        asked.cancel()
        await asyncio.wait({asked})

    assert asyncio.run(one_after_the_other())[0] == "Hello"


# --- what servers can and cannot do ---------------------------------------------------------------------------


def test_token_counts_are_asked_for_as_configured(model: FakeModel) -> None:
    model.script(without_stream_options("Hello"))
    assert asyncio.run(items_of(model.base_url, usage="on")) == [ModelRefused]
    assert asyncio.run(items_of(model.base_url, usage="off")) == ["Hello"]
    assert ["stream_options" in request.body for request in model.requests] == [True, False]


def test_the_length_of_an_answer_is_limited_under_the_name_that_the_server_knows(model: FakeModel) -> None:
    for field in ("max_tokens", "max_completion_tokens"):
        asyncio.run(items_of(model.base_url, max_tokens=77, max_tokens_field=field))
    asyncio.run(items_of(model.base_url))
    sent = [{name: value for name, value in request.body.items() if "max" in name} for request in model.requests]
    assert sent == [{"max_tokens": 77}, {"max_completion_tokens": 77}, {}]


@pytest.mark.parametrize(
    ("reply", "complete_with"),
    [
        (steps("Hello", Finish()), {"reason", "done", "eof"}),
        (steps("Hello", Finish(), Do.DONE), {"reason", "done", "eof"}),
        (steps("Hello", Do.DONE), {"done", "eof"}),
        (steps("Hello"), {"eof"}),
        (steps("Hello", b'data: {"choi'), set()),
        (steps(), set()),
        (steps(chunk({"reasoning_content": "hm"})), set()),
    ],
)
def test_what_makes_an_answer_complete_is_configured(model: FakeModel, reply: Reply, complete_with: set[str]) -> None:
    model.script(reply)
    ends = {finish: asyncio.run(items_of(model.base_url, finish=finish))[-1:] for finish in ("reason", "done", "eof")}
    assert {finish for finish, last in ends.items() if last == ["Hello"]} == complete_with
    assert all(last == [ModelCut] for finish, last in ends.items() if finish not in complete_with)


def test_thoughts_within_the_text_are_no_text_but_a_sign_of_life(model: FakeModel) -> None:
    thoughts = ["<thi", "nk>\nLet me ", *["hm "] * 4, "see.</th", "ink>", "\n\n"]
    pauses = [Delay(0.1) for _ in thoughts]
    slowly = [step for pair in zip(thoughts, pauses, strict=True) for step in pair]
    model.script(steps(*slowly, "The <think> tag.", Finish(), Do.DONE))
    assert asyncio.run(items_of(model.base_url, first_word_secs=0.5, idle_secs=0.5)) == ["The <think> tag."]


def test_it_goes_through_the_proxy_that_the_environment_names(
    model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", model.base_url.removesuffix("/v1"))
    assert asyncio.run(items_of("http://model.example/v1")) == ["Hello, world."]
    assert model.requests[0].path == "http://model.example/v1/chat/completions"


def test_far_more_answers_than_a_pool_of_connections_usually_holds(model: FakeModel) -> None:
    model.script(say("Hello", pause_after=1))

    async def together() -> list[Ending]:
        async with source_for(model.base_url) as source:
            answers = [asyncio.create_task(collect(source, [])) for _ in range(130)]
            await model.await_for(lambda: model.paused == 130)
            model.go(130)
            return await asyncio.gather(*answers)

    assert {answer.finish_reason for answer in asyncio.run(together())} == {"stop"}


def test_a_conversation_that_is_longer_costs_more_where_the_server_does_not_count(model: FakeModel) -> None:
    model.script(say("Hello"))

    async def costs() -> list[int | None]:
        async with source_for(model.base_url, usage="off") as source:
            asks = (Ask(question, (), (), "", "reader-1") for question in ("When?", "When?" + "x" * 400))
            return [[item async for item in source.answer(ask)][-1].prompt_tokens for ask in asks]

    short, long = asyncio.run(costs())
    assert short
    assert long == short + 100
