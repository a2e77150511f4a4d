"""Measure pages in Chromium with its processor slowed down four times: `python -m benchmarks.pages`.

The article page of a server as it is in public, to a visitor who comes for the first time: first contentful paint,
layout shift, bytes. Then an answer of 3,000 tokens: the longest task of its page while it is written.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks import servers

sys.path.insert(0, str(servers.ROOT))  # where the tests are, whose visitor and model this borrows

from tests.browser.chromium import launch
from tests.browser.steps import ARTICLE, ask, has_ended, sign_up
from tests.fake_model import FakeModel
from tests.fake_replies import say

SLOWED_DOWN = 4
LOADS = 5
TOKENS = 3_000
ANSWER_MS = 120_000
OBSERVE = """
  window.measured = { shift: 0, task: 0 };
  const observe = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true });
  observe("layout-shift", ({ value }) => { measured.shift += value; });
  observe("longtask", ({ duration }) => { measured.task = Math.max(measured.task, duration); });
"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


@contextmanager
def site(model_url: str) -> Iterator[str]:
    """Run the site as it is in public, on a database of its own; yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        port = servers.free_port()
        address = f"http://127.0.0.1:{port}"
        environment = servers.site_environment(
            f"sqlite:///{folder}/db.sqlite3",
            port,
            OPENAI_BASE_URL=model_url,
            STATIC_ROOT=f"{folder}/static",
            CSRF_TRUSTED_ORIGINS=address,
        )
        for command in (["migrate"], ["seed_article"], ["collectstatic", "--noinput"]):
            manage = [sys.executable, "manage.py", *command, "-v", "0"]
            subprocess.run(manage, cwd=servers.ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        serve = [sys.executable, "manage.py", "serve", "--port", str(port)]
        with servers.running(serve, environment, servers.SERVER_CORES, port):
            yield address


def visit(browser: Browser, address: str) -> Page:
    """Return a page of a new visitor who comes through a proxy with HTTPS, on a slow machine."""
    # The site would lead elsewhere whoever does not come by HTTPS.
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800}, extra_http_headers=proxied)
    context.add_init_script(OBSERVE)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED_DOWN})
    return page


def load(browser: Browser, address: str) -> tuple[float, float, float]:
    """Open the article for the first time; return milliseconds to the paint, the layout shift, and bytes received."""
    page = visit(browser, address)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(ARTICLE)
    page.wait_for_load_state("networkidle")
    figures = page.evaluate(PAINT), page.evaluate("() => measured.shift"), sum(sizes)
    page.context.close()
    return figures


def longest_task(browser: Browser, address: str, model: FakeModel) -> float:
    """Have a long answer written in the page; return its longest task meanwhile, in milliseconds."""
    page = visit(browser, address)
    page.goto(ARTICLE)
    sign_up(page, "visitor")
    words = [f"word{number}" + (".\n\n" if number % 60 == 59 else " ") for number in range(TOKENS)]
    model.script(say(*words))
    page.evaluate("() => { measured.task = 0; }")
    ask(page, "What is long?")
    expect(page.locator("#messages > .reply")).to_have_attribute("data-status", "complete", timeout=ANSWER_MS)
    has_ended(page)
    return float(page.evaluate("() => measured.task"))


def main() -> None:
    """Print one line for each figure, with what it should stay below."""
    with FakeModel() as model, site(model.base_url) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        loads = [load(browser, address) for _ in range(LOADS)]
        paint, shift, size = (statistics.median(figures) for figures in zip(*loads, strict=True))
        print(f"first contentful paint   {paint:8.0f} ms      (below 1000; median of {LOADS})")
        print(f"layout shift             {shift:8.4f}         (below 0.02)")
        print(f"transfer                 {size / 1000:8.1f} kB      (below 120)")
        task = longest_task(browser, address, model)
        print(f"longest task, {TOKENS} tokens {task:5.0f} ms      (below 100; 0: none over 50)")
        browser.close()


if __name__ == "__main__":
    main()
