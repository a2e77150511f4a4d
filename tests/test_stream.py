"""The parser of event streams by itself: however the bytes are cut, the events and the text are the same."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.answering.stream import Completion, Event, EventDecoder
from chat.errors import ModelCut, ModelGarbage
from tests.fake_replies import chunk, frame

STREAM = (
    b"\xef\xbb\xbf: hello\r\n\r\ndata: one\r\rdata:two\ndata:  three\n\nevent: error\r\ndata\r\n\r\n"
    b"id: 7\n\ndata: caf\xc3\xa9 \xf0\x9f\x8e\x89\r\n\rdata: last"
)
EVENTS = [
    Event(b"", b"one"),
    Event(b"", b"two\n three"),
    Event(b"error", b""),
    Event(b"", "café 🎉".encode()),
    Event(b"", b"last"),
]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.integers(min_value=0), max_size=12))
def test_events_do_not_depend_on_where_the_bytes_are_cut(places: list[int]) -> None:
    decoder = EventDecoder()
    events = [event for piece in cut(STREAM, places) for event in decoder.decode(piece)]
    assert events + decoder.flush() == EVENTS


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.integers(min_value=0), max_size=12))
def test_text_does_not_depend_on_where_the_bytes_are_cut(text: str, places: list[int]) -> None:
    completion = Completion()
    stream = frame(chunk({"content": text})) + frame(chunk({}, "stop")) + frame("[DONE]")
    assert "".join(completion.read(piece) for piece in cut(stream, places)) == text
    assert completion.finish_reason == "stop"
    assert completion.end() == ""


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    completion = Completion()
    completion.read(b"data: " + data + b"\n\n")
    completion.read(data)
    if not completion.is_finished:
        with pytest.raises(ModelCut):
            completion.end()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["choices", "delta", "content", "usage", "error", "finish_reason", "prompt_tokens"]),
                inner,
            )
        ),
    )
)
def test_no_json_breaks_it(value: object) -> None:
    completion = Completion()
    assert isinstance(completion.read(frame(json.dumps({"choices": [value], "usage": value}))), str)


def test_a_stream_that_is_too_long_is_refused() -> None:
    completion = Completion(EventDecoder(max_stream_bytes=1000))
    words = "".join(completion.read(frame(chunk({"content": "word"}))) for _ in range(20))
    assert words.startswith("word")
    assert isinstance(completion.failure, ModelGarbage)
