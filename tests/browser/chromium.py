"""A Chromium that reaches nothing but this machine, and pages whose every complaint is collected."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

# The resolver rule proves that the site needs nothing from elsewhere: every other name is unknown.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-smooth-scrolling",  # one turn of the wheel is one step, done when it is seen
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
# Generous, since several test processes may share two cores; a passing test never waits for it.
TIMEOUT_MS = 20_000
# A violation is also written to the console by Chromium; the event names the directive and the place.
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""


def launch(playwright: Playwright) -> Browser:
    """Start the system's own Chromium, headless."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no chromium found: apt-get install chromium"
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


@dataclass
class Watch:
    """Opens pages and collects what goes wrong in any of them: console, script errors, CSP, foreign requests."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, origin: str, **options: Any) -> Page:
        """Return a page of a new visitor (its own cookies)."""
        context = self.browser.new_context(base_url=origin, **options)
        self.contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        if options.get("java_script_enabled", True):
            context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("request", self._request_of(origin))
        return context.new_page()

    def expect_complaint(self, pattern: str) -> None:
        """Let complaints pass that match: a test that makes a request fail sees Chromium report it."""
        self.expected.append(re.compile(pattern))

    def close(self) -> None:
        """Close every page and fail if one complained."""
        for context in self.contexts:
            context.close()
        unexpected = [c for c in self.complaints if not any(pattern.search(c) for pattern in self.expected)]
        assert not unexpected, unexpected

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _request_of(self, origin: str) -> Callable[[Request], None]:
        def check(request: Request) -> None:
            if not request.url.startswith((f"{origin}/", "data:", "blob:", "about:")):
                self.complaints.append(f"foreign request: {request.url}")

        return check
