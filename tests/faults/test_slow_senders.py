"""Hundreds who never send their requests to the end: others are answered meanwhile, and they are sent away in time."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from chat.models import User
from tests.faults.test_open_streams import NAME, descriptors, settled
from tests.reader import Reader
from tests.site import Site

pytestmark = pytest.mark.server

SENDERS = 500
# Long enough for all of them to come and for a question beside them, on a busy machine.
REQUEST_SECS = 8.0
ANSWER_SECS = 5.0
# Theirs and the site's, with some to spare.
MIN_FILES = 2048

HEAD = b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


@pytest.fixture
def strict(site: Site) -> Iterator[Site]:
    """A site of its own, with little time for requests to arrive and with enough files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(MIN_FILES, before[1])), before[1]))
    strict = Site(**{**site.environment, "REQUEST_SECS": str(REQUEST_SECS), "PGAPPNAME": NAME}).start()
    yield strict
    strict.kill()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def sender(site: Site) -> socket.socket:
    """Open a connection, and send the beginning of a question."""
    sender = socket.create_connection(("127.0.0.1", site.port), timeout=30)
    sender.sendall(HEAD + b'{"message": "')
    return sender


def test_five_hundred_slow_senders_keep_nobody_waiting_and_are_sent_away(strict: Site, alice: User):
    with Reader(strict.url, alice) as reader, ExitStack() as opened:
        assert reader.ask().done["status"] == "complete"  # builds what a first question builds
        for _ in range(8):
            reader.client.get("/readyz")  # each of the few shared threads has its turn, and its files
        before = descriptors(strict)
        senders = [opened.enter_context(sender(strict)) for _ in range(SENDERS)]
        began = time.monotonic()
        assert reader.ask().done["status"] == "complete"
        assert time.monotonic() - began < ANSWER_SECS
        assert descriptors(strict) >= before + SENDERS  # all of them were there
        for each in senders[::2]:
            each.sendall(b"x")  # a byte now and then gives nobody more time
        answers = {each.recv(4096).split(b"\r\n")[0] for each in senders}
        assert answers == {b"HTTP/1.1 408 Request Timeout"}
        assert settled(descriptors, strict, before) <= before
