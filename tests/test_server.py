"""The server process itself: what it does with connections that are no requests of this site."""

import socket

import httpx2
import pytest

from tests.site import Site

pytestmark = pytest.mark.server

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_a_websocket_at_any_address_is_turned_away(site: Site):
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(HANDSHAKE)
        assert connection.recv(4096).startswith(b"HTTP/1.1 403 ")


def test_it_does_not_tell_which_software_it_is(site: Site):
    assert "server" not in httpx2.get(f"{site.url}/livez").headers
