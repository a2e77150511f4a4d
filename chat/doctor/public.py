"""What readers get through the public address: whether proxies keep streams back, cut them, or change requests."""

import base64
import json
import secrets
import socket
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2
from django.conf import settings

from chat.doctor import clock, probe
from chat.doctor.findings import Finding, error, warning

PART = "public address"
WAIT_SECS = 10.0
# The pieces are sent over three gaps; less than one of them between the first and the last is no stream.
SPREAD_SECS = probe.GAP_SECS
HEADERS = "Have the proxy pass Host and X-Forwarded-Proto on, and set TRUSTED_PROXY_COUNT."


@dataclass
class Heard:
    """What came of the stream, and when (seconds)."""

    pieces: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def examine(url: str) -> list[Finding]:
    """Ask the site through its address for a stream, and for a WebSocket."""
    url = url.rstrip("/")
    try:
        return [*stream(url), *websocket(url)]
    except httpx2.ConnectError as failure:
        if "certificate" in str(failure).lower():
            return [error(PART, f"The certificate of {url} is not valid.", "Renew it, with its whole chain.")]
        remedy = "Is the proxy running, does the name lead to this machine, is the port open?"
        return [error(PART, f"{url} cannot be reached.", remedy)]
    except httpx2.TimeoutException:
        return [error(PART, f"{url} does not answer within {WAIT_SECS:.0f} s.", "Look at the log of the proxy.")]
    except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
        what = f"{url} does not answer as a web server does: {type(failure).__name__}."
        return [error(PART, what, "Is this the address that readers use?")]


def stream(url: str) -> list[Finding]:
    """Listen to the probe. Raises httpx2.HTTPError when there is no answer."""
    heard, began = Heard(), time.monotonic()
    # The longest silence is the heartbeat's; a proxy that cuts before that cuts answers, too.
    patience = httpx2.Timeout(WAIT_SECS, read=settings.HEARTBEAT_SECS + WAIT_SECS)
    address = f"{url}/probe?token={probe.token()}"
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip, br"}
    with httpx2.stream("GET", address, timeout=patience, headers=headers) as answer:
        if found := refusal(url, answer):
            return found
        try:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    heard.pieces.append(line.removeprefix("data: "))
                    heard.times.append(time.monotonic() - began)
        except (httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.ReadTimeout):
            pass  # cut: what has come tells
        encoding = answer.headers.get("content-encoding", "")
        date = answer.headers.get("date")
    return [*judge(url, heard, encoding), *clock.compare_header(date, "the server at the public address")]


def refusal(url: str, answer: httpx2.Response) -> list[Finding]:
    """Return why there is no stream, [] when there is one."""
    status, kind = answer.status_code, answer.headers.get("content-type", "")
    if status in (301, 302, 307, 308):
        if urlsplit(answer.headers.get("location", "")).path == urlsplit(str(answer.url)).path:
            what = f"{url} leads to itself: the site does not know that the reader's connection is HTTPS."
            return [error(PART, what, HEADERS)] if url.startswith("https://") else [plain(url)]
        return [error(PART, f"{url} leads elsewhere.", "Give the address that readers see in the end.")]
    if status == 400:
        remedy = "Add the name to ALLOWED_HOSTS, and have the proxy pass Host on."
        return [error(PART, f"The site refuses the name in {url} (status 400).", remedy)]
    if status in (502, 503, 504):
        remedy = "Is `manage.py serve` running, and does the proxy know its port?"
        return [error(PART, f"The proxy at {url} does not reach the site (status {status}).", remedy)]
    if status != 200 or not kind.startswith("text/event-stream"):
        what = f"At {url} is another site, or one with another SECRET_KEY or an older version (status {status})."
        return [error(PART, what, "Run the doctor with the settings of the site that runs, and restart that.")]
    return []


def plain(url: str) -> Finding:
    """Return what it means that an address without TLS leads to the one with it: all is well, but not looked at."""
    return warning(PART, f"{url} leads to HTTPS, as it should.", "Give the address with https:// to have it looked at.")


def judge(url: str, heard: Heard, encoding: str) -> list[Finding]:
    """Return what is wrong with a stream that came."""
    found = []
    sent = heard.times[: probe.PIECES]
    if len(sent) < probe.PIECES or sent[-1] - sent[0] < SPREAD_SECS:
        what = f"Something before the site keeps streams back: {len(sent)} pieces came {spread(sent)}."
        remedy = "Turn off buffering in the proxy (nginx: proxy_buffering off) and in what stands before it."
        found.append(error(PART, what, remedy))
    elif probe.END not in heard.pieces:
        what = f"Something cuts a stream that is silent for less than {settings.HEARTBEAT_SECS:.0f} s (HEARTBEAT_SECS)."
        remedy = "Raise the proxy's time-out for reading (nginx: proxy_read_timeout 60s), or lower HEARTBEAT_SECS."
        found.append(error(PART, what, remedy))
    if encoding:
        remedy = "Leave text/event-stream out of compression: it keeps words back until there are enough."
        found.append(warning(PART, f"Something before the site compresses streams ({encoding}).", remedy))
    seen = json.loads(heard.pieces[0]) if heard.pieces else {}
    if url.startswith("https://") and seen.get("secure") is False:
        found.append(error(PART, "The site does not know that the reader's connection is HTTPS.", HEADERS))
    if seen and seen["host"] != urlsplit(url).netloc:
        what = f"The site is told that its name is {seen['host']}, not {urlsplit(url).netloc}: links and logins fail."
        found.append(error(PART, what, HEADERS))
    return found


def spread(times: list[float]) -> str:
    return f"within {times[-1] - times[0]:.2f} s" if times else "at all"


def websocket(url: str) -> list[Finding]:
    """Ask for a WebSocket as a page does; whoever is not logged in is let in and sent away at once."""
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    lines = [
        "GET /live HTTP/1.1", f"Host: {parts.netloc}", f"Origin: {parts.scheme}://{parts.netloc}",
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}", "", "",
    ]  # fmt: skip
    try:
        with socket.create_connection((host, parts.port or (443 if is_tls else 80)), WAIT_SECS) as plain_socket:
            own = (
                ssl.create_default_context().wrap_socket(plain_socket, server_hostname=host) if is_tls else plain_socket
            )
            with own:
                own.sendall("\r\n".join(lines).encode())
                status = own.recv(64).partition(b"\r\n")[0].decode("latin-1")
    except OSError as failure:
        status = type(failure).__name__
    if " 101 " in f"{status} ":
        return []
    remedy = "Have the proxy pass Upgrade and Connection on (nginx: proxy_http_version 1.1, proxy_set_header Upgrade)."
    what = f"No WebSocket comes through ({status or 'no answer'}): open pages do not hear of other tabs and devices."
    return [error(PART, what, remedy)]
