"""What Daphne lacks and the site's server has; STOCK_DAPHNE=1 shows how a stock Daphne fails these tests."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from twisted.web.http_headers import Headers

from celebrations_site.request import max_body_bytes
from tests.site import Site, database_url

pytestmark = pytest.mark.server

STALL_SECS = 1
MEGABYTE = 1_000_000
# Buffers of one connection, and what the allocator keeps; a fault costs a hundred times that.
FEW_BYTES = 4 * MEGABYTE
# What a reader who takes nothing may cost until the end.
STALLED_BYTES = 2 * MEGABYTE
BODY_BYTES = 300 * MEGABYTE
FLOOD_BYTES = 200 * MEGABYTE


class WildSite(Site):
    """The server with an application of the test's."""

    def command(self) -> list[str]:
        stock = ["stock"] if os.environ.get("STOCK_DAPHNE") else []
        return [sys.executable, "-m", "tests.faults.wild_server", str(self.port), *stock]

    @property
    def rss_bytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


@pytest.fixture
def wild(transactional_db: None) -> Iterator[WildSite]:
    wild = WildSite(DEBUG="true", DATABASE_URL=database_url(), STALL_SECS=str(STALL_SECS)).start()
    yield wild
    wild.kill()


def connect(site: Site, path: str, method: str = "GET", headers: str = "") -> socket.socket:
    """Open a connection and send the head of a request."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=20)
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Read until the end of the connection, however it comes."""
    received = b""
    try:
        while chunk := connection.recv(MEGABYTE):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def test_an_exception_after_the_first_byte_closes_that_client_and_nothing_else(wild: WildSite):
    for _ in range(2):  # the second one shows that the first did not end the housekeeping
        with connect(wild, "/raise") as connection:
            assert b"begun" in read_all(connection)
    assert httpx2.get(f"{wild.url}/").text == "0"


def test_a_reader_that_never_reads_costs_little_and_is_cut_off(wild: WildSite):
    assert httpx2.get(f"{wild.url}/").text == "0"  # a first request builds things that stay
    before = wild.rss_bytes
    with connect(wild, "/flood") as connection:
        for _ in range(50):
            assert httpx2.get(f"{wild.url}/").text == "0"  # others are served meanwhile
        wild.wait_until_log("cut off")
        assert wild.rss_bytes - before < STALLED_BYTES
        assert len(read_all(connection)) < FLOOD_BYTES / 10


def test_a_reader_that_reads_gets_everything(wild: WildSite):
    assert len(httpx2.get(f"{wild.url}/flood", timeout=60).content) == 3_200 * 65_536


@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_body_over_the_limit_is_413_before_it_is_in_memory(wild: WildSite, is_chunked: bool):
    before = wild.rss_bytes
    chunks = (bytes(MEGABYTE) for _ in range(BODY_BYTES // MEGABYTE))
    content = chunks if is_chunked else bytes(BODY_BYTES)
    response = httpx2.post(f"{wild.url}/", content=content, timeout=60)
    assert (response.status_code, response.json()["code"]) == (413, "too_long")
    assert wild.rss_bytes - before < FEW_BYTES


def test_a_body_within_the_limit_arrives(wild: WildSite):
    size = max_body_bytes(b"/", Headers())
    assert httpx2.post(f"{wild.url}/", content=bytes(size), timeout=60).text == str(size)


def test_a_request_that_never_comes_to_its_end_does_not_hinder_the_end(wild: WildSite):
    with connect(wild, "/", "POST", "Content-Length: 100\r\n") as connection:
        connection.sendall(b"half")
        assert httpx2.get(f"{wild.url}/").text == "0"
        wild.stop()
