"""The ES modules by themselves, in a page with the site's own policy whose answers the test gives."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route

from celebrations_site.middleware import policy_header
from tests.browser.chromium import Watch

pytestmark = pytest.mark.browser

# Neither https nor localhost, as in a reader's own network: crypto.randomUUID does not exist there.
ORIGIN = "http://site.test"
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"
PAGE = """<!doctype html><title>Page</title><div id="blocks"></div>
<p id="problem" role="alert" hidden></p><p id="status" role="status"></p>"""
STREAM = "text/event-stream; charset=utf-8"


def answer(route: Route) -> None:
    """Serve the empty page and the modules."""
    name = route.request.url.removeprefix(ORIGIN)
    if name.startswith("/js/"):
        route.fulfill(path=SCRIPTS / name.removeprefix("/js/"), content_type="text/javascript")
    else:
        headers = {"Content-Security-Policy": policy_header(settings.SECURE_CSP)}
        route.fulfill(body=PAGE, content_type="text/html", headers=headers)


@pytest.fixture
def page(watch: Watch) -> Page:
    """A page that can load the modules and has nothing else."""
    page = watch.open(ORIGIN)
    page.route("**/*", answer)
    page.goto("/")
    return page


def test_all_modules_are_asked_for_at_once_and_are_small() -> None:
    scripts = (Path(settings.BASE_DIR) / "templates" / "chat" / "_scripts.html").read_text()
    modules = sorted(SCRIPTS.glob("*.js"))
    assert sorted(re.findall(r'static "js/(\w+\.js)"', scripts)) == [module.name for module in modules]
    assert sum(module.stat().st_size for module in modules) < 40_000


def parse(page: Page, pieces: list[list[int]]) -> Any:
    """Return [id, event, data] of the events that the module reads from these packets."""
    return page.evaluate(
        """async (pieces) => {
            const { read } = await import("/js/stream.js");
            const packets = pieces.map((piece) => new Uint8Array(piece));
            const body = new ReadableStream({
                pull(control) { packets.length ? control.enqueue(packets.shift()) : control.close(); },
            });
            const events = [];
            for await (const { id, event, data } of read(body)) events.push([id, event, data]);
            return events;
        }""",
        pieces,
    )


WIRE = (
    ": hb\n\nevent: reply\ndata: {}\n\n"
    "id: 3\r\ndata: a\r\ndata:\r\ndata:  b\r\n\r\n"
    "id\rdata: größer 🎉\r\revent: nothing\n\nretry: 5\nunknown\ndata\n\ndata: unfinished"
)
EVENTS = [
    ["", "reply", "{}"],
    ["3", "message", "a\n\n b"],
    ["", "message", "größer 🎉"],
    ["", "message", ""],
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_however_the_bytes_are_cut(page: Page, size: int) -> None:
    raw = list(WIRE.encode())
    assert parse(page, [raw[at : at + size] for at in range(0, len(raw), size)]) == EVENTS


def test_a_silent_stream_is_given_up(page: Page) -> None:
    error = page.evaluate(
        """async () => {
            const { read } = await import("/js/stream.js");
            return read(new ReadableStream(), 20).next().catch((error) => error.message);
        }"""
    )
    assert error == "silence"


def apply(page: Page, *rounds: list[list[Any]]) -> None:
    """Give these rounds of changed blocks to the module."""
    page.evaluate(
        """async (rounds) => {
            const { applyBlocks } = await import("/js/blocks.js");
            for (const changed of rounds) applyBlocks(document.getElementById("blocks"), changed);
        }""",
        rounds,
    )


def blocks(page: Page) -> str:
    """Return the blocks as HTML."""
    return page.locator("#blocks").inner_html()


def test_blocks_come_in_order_and_are_replaced_by_index(page: Page) -> None:
    apply(page, [[1, "<p>two</p>"]], [[0, "<p>one</p>"], [1, "<ul><li>two</li></ul>"]])
    assert blocks(page) == (
        '<div class="block" data-index="0" dir="auto"><p>one</p></div>'
        '<div class="block" data-index="1" dir="auto"><ul><li>two</li></ul></div>'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>One</p>", "<p>One two</p>"),
        ("<p>One two</p>", "<p>Another</p>"),
        ("<p>One <b>t</b></p>", "<p>One <b>two</b> three</p>"),
        ("<p>One <b>two</b> three</p>", "<p>One</p>"),
        ("<p>1. One</p>", "<ol><li>One</li><li>Two</li></ol>"),
        ('<ol start="2"><li>One</li></ol>', '<ol start="3"><li>One</li></ol>'),
        ("<p>One</p>", ""),
        ("", "<p>One</p>text<!--comment-->"),
    ],
)
def test_a_block_becomes_what_the_server_sent(page: Page, before: str, after: str) -> None:
    apply(page, [[0, before]], [[0, after]])
    assert blocks(page) == f'<div class="block" data-index="0" dir="auto">{after}</div>'


def test_what_has_not_changed_stays_the_same_node_and_selected(page: Page) -> None:
    apply(page, [[0, "<p>first</p>"], [1, "<ul><li>one</li><li>tw</li></ul>"]])
    page.evaluate(
        """() => {
            window.nodes = [...document.querySelectorAll("p, li")];
            getSelection().selectAllChildren(window.nodes[1]);
        }"""
    )
    apply(page, [[0, "<p>first</p>"], [1, "<ul><li>one</li><li>two <em>x</em></li><li>three</li></ul>"]])
    assert page.evaluate("() => [...document.querySelectorAll('#blocks p, li')].slice(0, 3).map((n) => n.isConnected)")
    assert page.evaluate("() => window.nodes.every((node) => node.isConnected)")
    assert page.evaluate("() => getSelection().toString()") == "one"


def test_nothing_in_a_block_is_run_or_loaded(page: Page, watch: Watch) -> None:
    watch.expect_complaint("^(error: CSP: |error: .*Content Security Policy)")
    apply(page, [[0, '<script>window.ran = 1</script><b onclick="window.ran = 1">x</b>']])
    page.locator("#blocks b").click()
    assert page.evaluate("() => window.ran") is None


def test_html_enters_the_page_through_the_one_policy_only(page: Page, watch: Watch) -> None:
    watch.expect_complaint("TrustedHTML|trusted-types")
    apply(page, [[0, "<p>x</p>"]])
    written = page.evaluate(
        """() => [
            () => { document.getElementById("blocks").innerHTML = "<p>y</p>"; },
            () => { trustedTypes.createPolicy("other", { createHTML: (html) => html }); },
            () => { trustedTypes.createPolicy("server-html", { createHTML: (html) => html }); },
        ].map((write) => { try { write(); return true; } catch { return false; } })"""
    )
    assert written == [False, False, False]


def follow(page: Page, after: str = "0") -> Any:
    """Follow /events to its end; return the data of the events, the last offset and what was told of the connection."""
    return page.evaluate(
        """async (after) => {
            const { follow } = await import("/js/stream.js");
            const place = { events: "/events", after };
            const told = [], data = [];
            try {
                for await (const event of follow(place, null, (failures) => told.push(failures))) data.push(event.data);
            } catch (error) {
                data.push(`refused ${error.status}`);
            }
            return { data, after: place.after, told };
        }""",
        after,
    )


class Server:
    """Gives the scripted answers to /events, one each, and remembers the offsets asked for."""

    def __init__(self, *answers: dict[str, Any] | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, route: Route) -> None:
        self.asked.append(re.findall(r"after=(\d+)&format=blocks$", route.request.url)[0])
        answer = self.answers.pop(0)
        route.fulfill(**answer) if answer else route.abort("connectionreset")


def stream(*events: str) -> dict[str, Any]:
    """Return an answer with these events, whose end is the end of the connection."""
    return {"content_type": STREAM, "body": "".join(f"{event}\n\n" for event in events)}


DONE = 'event: done\ndata: {"status": "complete"}'


def test_a_broken_stream_is_taken_up_where_it_broke(page: Page, watch: Watch) -> None:
    watch.expect_complaint("ERR_CONNECTION_RESET|503")
    server = Server(stream("id: 4\ndata: one"), None, {"status": 503}, stream("id: 9\ndata: two", DONE, "data: [DONE]"))
    page.route("**/events?*", server)
    followed = follow(page)
    assert followed["data"] == ["one", "two", '{"status": "complete"}', "[DONE]"]
    assert server.asked == ["0", "4", "4", "4"]
    assert followed["told"] == [1, 2, 3, 0]


def test_a_server_that_goes_down_is_left_for_the_next_one(page: Page) -> None:
    server = Server(stream("id: 4\ndata: one", "event: reconnect\ndata: {}", "data: lost"), stream(DONE))
    page.route("**/events?*", server)
    assert follow(page, after="2")["data"] == ["one", '{"status": "complete"}']
    assert server.asked == ["2", "4"]


def test_following_ends_when_the_server_refuses(page: Page, watch: Watch) -> None:
    watch.expect_complaint("404")
    page.route("**/events?*", Server({"status": 404}))
    assert follow(page)["data"] == ["refused 404"]


def test_a_queue_is_told_in_plain_words_and_read_out_once(page: Page) -> None:
    told = page.evaluate(
        """async () => {
            const { showWaiting } = await import("/js/reply.js");
            const line = document.createElement("p");
            return [3, 1, 0].map((position) => {
                showWaiting(line, { state: "queued", position });
                return [line.hidden, line.textContent, document.getElementById("status").textContent];
            });
        }"""
    )
    three = "Waiting: 3 answers are before yours."
    assert told == [
        [False, three, three],
        [False, "Waiting: 1 answer is before yours.", three],
        [False, "Searching…", three],
    ]
