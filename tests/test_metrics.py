"""/metrics: who may read the numbers, and that they are those of the whole site of this machine."""

import os
import re
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest
from django.test import Client

from chat.models import Message, Status, User
from tests.fake_model import FakeModel
from tests.fake_replies import failure, say
from tests.reader import Reader
from tests.site import Site

TOKEN = "a-token-that-is-long-enough-to-be-one"


def test_only_this_machine_may_read_them_without_a_token(client: Client, db: None):
    assert b"chat_open_streams" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"])
def test_what_comes_through_a_proxy_is_not_from_this_machine(client: Client, db: None, header: str):
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_with_a_token_nothing_else_counts(client: Client, db: None, settings):
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 404
    for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer ü"):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, REMOTE_ADDR="192.0.2.7")
    assert (answer.status_code, answer["Cache-Control"].count("no-store")) == (200, 1)


def numbers(url: str) -> dict[str, float]:
    """Return what /metrics tells, by name and labels."""
    lines = httpx2.get(f"{url}/metrics").raise_for_status().text.splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}


def wait_until(url: str, holds: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    """Ask until it holds; some numbers are looked at once a second."""
    deadline = time.monotonic() + 15
    while not holds(found := numbers(url)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)  # nothing tells that a number changed
    return found


class Crew(Site):
    """A site of two processes."""

    def command(self) -> list[str]:
        return [*super().command(), "--workers", "2"]

    @property
    def serving(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"Process (\d+) serves", self.log.read_text())]


@pytest.fixture
def crew(site: Site) -> Iterator[Crew]:
    crew = Crew(**site.environment)
    crew.start()
    yield crew
    crew.stop()


@pytest.mark.server
def test_one_question_is_answered_for_all_processes(crew: Crew, alice: User, bob: User, model: FakeModel):
    crew.wait_until_log("serves", 20)
    model.script(say("Hello", " world", pause_after=1))
    with Reader(crew.url, alice) as reader, Reader(crew.url, bob) as other:
        with reader.asking() as stream, other.asking() as second:
            stream.until("Hello")
            second.until("Hello")
            wait_until(crew.url, lambda n: (n["chat_open_streams"], n["chat_live_replies"]) == (2, 2))
            assert numbers(crew.url)["chat_model_calls"] == 2
            model.go(2)
            stream.to_end()
            second.to_end()
        model.script(failure(401))
        assert reader.post("Again?").status_code == 502
    ended = wait_until(crew.url, lambda n: (n["chat_open_streams"], n["chat_live_replies"]) == (0, 0))
    assert ended['chat_replies_total{code="",status="complete"}'] == 2
    assert ended['chat_replies_total{code="model_refused",status="failed"}'] == 1
    assert ended["chat_first_token_seconds_count"] == 2
    assert ended["chat_completion_tokens_total"] == 4
    assert ended["chat_prompt_tokens_total"] == 22
    assert ended["chat_journal_flush_seconds_count"] > 2
    assert ended['chat_http_answers_total{status="2xx"}'] >= 2
    assert Message.objects.filter(status=Status.COMPLETE).count() == 2


@pytest.mark.server
def test_what_a_dead_process_had_open_is_gone_and_what_it_counted_is_not(crew: Crew, alice: User, model: FakeModel):
    while len(crew.serving) < 2:
        crew.wait_until_log("serves", 20)
    with Reader(crew.url, alice) as reader:
        reader.ask()
        before = numbers(crew.url)
        model.script(say("Hello", " world", pause_after=1))
        with reader.asking() as stream:
            stream.until("Hello")
            wait_until(crew.url, lambda n: n["chat_open_streams"] == 1)
            for pid in crew.serving:
                os.kill(pid, 9)
        model.go(5)
        crew.wait_until_ready()
        after = wait_until(crew.url, lambda n: n.get("chat_open_streams") == 0)
    assert after["chat_first_token_seconds_count"] >= before["chat_first_token_seconds_count"] == 1
