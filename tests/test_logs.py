"""The log: one JSON object a line where a program reads it, the request's id, and no word of a reader."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import psycopg
import pytest
from django.db import IntegrityError
from django.test import Client

from celebrations_site.logs import LineFormatter, WithoutWords, json_formatter
from chat.models import Message, User
from tests.fake_model import FakeModel
from tests.fake_replies import Reply, say
from tests.reader import Reader
from tests.site import Site

WORDS = "xylophone of my grandmother"


@pytest.fixture
def json_site(site: Site) -> Iterator[Site]:
    """The site with lines for programs, behind one proxy."""
    own = Site(**{**site.environment, "LOG_FORMAT": "json", "TRUSTED_PROXY_COUNT": "1"})
    yield own.start()
    own.stop()


def lines(site: Site) -> list[dict[str, Any]]:
    """Return what is on standard error; on standard output `serve` says to people where it serves."""
    return [json.loads(line) for line in site.log.read_text().splitlines() if not line.startswith("Serving on")]


def formatted(formatter: logging.Formatter, message: str, *arguments: object, error: bool = False) -> str:
    """Return the line that the site would write."""
    info = sys.exc_info() if error else None
    record = logging.LogRecord("chat.any", logging.ERROR, __file__, 1, message, arguments, info)
    assert WithoutWords().filter(record)
    return formatter.format(record)


@pytest.mark.server
def test_each_line_is_an_object_that_names_the_request(json_site: Site, alice: User, model: FakeModel):
    model.script(say(f"The {WORDS}."))
    with Reader(json_site.url, alice) as reader:
        reader.client.headers["X-Request-ID"] = "from-the-proxy-1"
        with reader.asking(f"Where is the {WORDS}?") as stream:
            stream.to_end()
            answer = stream.response
    json_site.wait_until_log("complete")
    assert answer.headers["X-Request-ID"] == "from-the-proxy-1"
    (ended,) = [line for line in lines(json_site) if "reply" in line]
    reply = Message.objects.get(code=ended["reply"])
    assert (ended["status"], ended["request_id"], ended["level"]) == ("complete", "from-the-proxy-1", "info")
    assert ended["completion_tokens"] == reply.completion_tokens
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", ended["time"])
    assert WORDS not in json_site.log.read_text()


@pytest.mark.server
@pytest.mark.parametrize("status", [400, 500, 200])
def test_what_a_model_sends_back_is_not_logged(json_site: Site, alice: User, model: FakeModel, status: int):
    said = b'data: {"error": {"message": "' + WORDS.encode() + b'"}}\n\n'
    model.script(*[Reply((said,), status)] * 3)
    with Reader(json_site.url, alice) as reader:
        assert reader.post(f"Where is the {WORDS}?").status_code == 502
    json_site.wait_until_log('"status": "failed"')
    assert "xylophone" not in json_site.log.read_text()


@pytest.mark.parametrize("path", ["/livez", "/", "/nowhere", "/search?q=" + WORDS])
def test_each_answer_has_an_id(client: Client, db: None, path: str):
    first, second = (client.get(path)["X-Request-ID"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{16}", first)
    assert first != second


def test_strangers_do_not_choose_it(client: Client, db: None, settings):
    assert (
        client.get("/livez", headers={"X-Request-ID": "chosen-by-a-stranger"})["X-Request-ID"] != "chosen-by-a-stranger"
    )
    settings.TRUSTED_PROXY_COUNT = 1
    for bad in ("short", "x" * 65, 'a"b"c"d"e', "new\tline-here"):
        assert client.get("/livez", headers={"X-Request-ID": bad})["X-Request-ID"] != bad


@pytest.mark.parametrize("formatter", [LineFormatter(), json_formatter()], ids=["line", "json"])
def test_a_traceback_says_where_and_not_what_was_written(formatter: logging.Formatter):
    detail = f'null value in column "text" violates a rule\nDETAIL:  Failing row contains (7, {WORDS}).'
    body = {"error": {"message": f"I refuse {WORDS}"}}
    refused = httpx2.Response(400, request=httpx2.Request("POST", "http://model.example/"))
    for error in (
        IntegrityError(detail),
        psycopg.errors.InvalidTextRepresentation(f'invalid input syntax for type uuid: "{WORDS}"'),
        openai.BadRequestError(f"Error code: 400 - {body}", response=refused, body=body),
        ValueError(f"1 validation error\ninput_value='{WORDS}'"),
    ):
        try:
            try:
                raise error
            except Exception as cause:
                raise RuntimeError("It broke.") from cause
        except RuntimeError:
            line = formatted(formatter, "Reply %s failed.", 7, error=True)
        assert "xylophone" not in line
        assert Path(__file__).name in line
        assert type(error).__name__ in line
        assert "RuntimeError: It broke." in line
    assert 'column \\"text\\" violates' in formatted(json_formatter(), "Away: %r", IntegrityError(detail))


@pytest.mark.parametrize("formatter", [LineFormatter(), json_formatter()], ids=["line", "json"])
def test_an_error_in_the_message_says_no_more(formatter: logging.Formatter):
    for form in ("Away: %r", "Away: %s"):
        line = formatted(formatter, form, IntegrityError(f"broken\nDETAIL: {WORDS}"))
        assert "Away: IntegrityError: broken" in line
        assert WORDS not in line


def test_an_object_of_django_is_left_out():
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Not Found: %s", ("/search",), None)
    record.__dict__.update(request=f"<ASGIRequest: GET '/search?q={WORDS}'>", status_code=404)
    assert WithoutWords().filter(record)
    line = json.loads(json_formatter().format(record))
    assert (line["message"], line["status_code"]) == ("Not Found: /search", 404)
    assert "xylophone" not in str(line)


def test_the_page_of_a_failure_names_the_request(client: Client, db: None, monkeypatch: pytest.MonkeyPatch, caplog):
    def fail(*arguments: object) -> None:
        raise RuntimeError("The shelf fell down.")

    monkeypatch.setattr("chat.views.front.listed_articles", fail)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()
    assert "shelf" not in answer.content.decode()
