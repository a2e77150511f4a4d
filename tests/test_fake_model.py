"""The fake model itself: what the other tests rely on."""

import http.client
import json
from collections.abc import Iterator

import pytest

from tests.fake_model import FakeModel, refused
from tests.fake_replies import Do, failure, say, steps


@pytest.fixture
def model() -> Iterator[FakeModel]:
    with FakeModel() as running:
        yield running


def post(to: FakeModel, **body: object) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=10)
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Authorization": "Bearer key"})
    return connection, connection.getresponse()


def test_it_streams_what_it_was_told_and_records_the_request(model: FakeModel) -> None:
    model.script(say("Grüße, ", "🎉"))
    connection, response = post(model, model="m", stream_options={"include_usage": True})
    sent = response.read().decode()
    connection.close()
    assert "Grüße" in sent
    assert '"completion_tokens": 2' in sent
    assert sent.endswith("data: [DONE]\n\n")
    assert model.requests[0].body["model"] == "m"
    assert model.requests[0].headers["authorization"] == "Bearer key"
    model.wait_for(lambda: model.count("finished") == 1)


def test_it_pauses_until_it_is_told_to_go(model: FakeModel) -> None:
    model.script(say("one", "two", pause_after=1))
    connection, response = post(model)
    model.wait_for(lambda: model.paused == 1)
    assert model.requests[0].text == "one"
    model.go()
    assert "two" in response.read().decode()
    connection.close()


def test_it_notices_a_client_that_goes_away(model: FakeModel) -> None:
    model.script(steps("one", Do.HANG))
    connection, response = post(model)
    model.wait_for(lambda: model.requests[0].pieces == 1)
    response.close()
    connection.close()
    model.wait_for(lambda: model.count("aborted") == 1)


def test_it_answers_in_turn_and_repeats_the_last(model: FakeModel) -> None:
    model.script(failure(500), "fine")
    answers = []
    for _ in range(3):
        connection, response = post(model)
        answers.append((response.status, "fine" in response.read().decode()))
        connection.close()
    assert answers == [(500, False), (200, True), (200, True)]


def test_a_reply_can_depend_on_the_request(model: FakeModel) -> None:
    model.script(lambda request: request.body["question"].upper())
    connection, response = post(model, question="who")
    assert "WHO" in response.read().decode()
    connection.close()


def test_it_waits_at_most_so_long(model: FakeModel) -> None:
    with pytest.raises(AssertionError, match="not within"):
        model.wait_for(lambda: False, timeout=0.01)


def test_a_refusing_port_refuses() -> None:
    with refused() as url, pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(url.split("/")[2]).connect()


def ask_with_a_mistake_in_the_script() -> None:
    with FakeModel() as model:
        model.script(lambda request: request.body["nothing"])
        with pytest.raises(http.client.RemoteDisconnected):
            post(model)


def test_a_mistake_in_a_script_fails_the_test() -> None:
    with pytest.raises(KeyError, match="nothing"):
        ask_with_a_mistake_in_the_script()
