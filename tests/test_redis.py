"""With REDIS_URL several processes count logins together; when Redis is away, each counts on its own."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from chat.models import User
from tests.redis_server import RedisServer, running
from tests.site import Site

pytestmark = pytest.mark.server

# allauth's limit of failed logins for one account: 5 in 300 s.
FAILURES = 5
# A wait for a Redis that does not answer is 1 s, and each login asks it a dozen times: few of them may wait.
FROZEN_SECS = 30


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of our own, empty."""
    with running() as server:
        yield server


def log_in(site: Site, password: str) -> str:
    """Try to log in as Alice and return the page that answers."""
    # The limit is counted for each host: as behind a proxy, both processes are the same one.
    with httpx2.Client(base_url=site.url, timeout=20, headers={"Host": "localhost"}) as client:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)', client.get("/accounts/login/").text)
        assert token
        form = {"login": "alice", "password": password, "csrfmiddlewaretoken": token[1]}
        response = client.post("/accounts/login/", data=form)
        return "in" if response.status_code == 302 else response.text


def use_password_of_production(user: User) -> None:
    """Hash as the sites do: they do not know the hashes of the tests."""
    user.password = PBKDF2PasswordHasher().encode("alice-password", "salt", iterations=1000)
    user.save(update_fields=["password"])


@pytest.fixture
def pair(site: Site, redis_server: RedisServer) -> Iterator[list[Site]]:
    """Two processes that share Redis."""
    pair = [Site(**{**site.environment, "REDIS_URL": redis_server.url}) for _ in range(2)]
    with ThreadPoolExecutor() as both:
        list(both.map(Site.start, pair))
    yield pair
    for each in pair:
        each.kill()


def test_failed_logins_at_two_processes_count_together_and_without_redis_apart(
    pair: list[Site], redis_server: RedisServer, alice: User
):
    for attempt in range(FAILURES):
        assert "Too many" not in log_in(pair[attempt % 2], "wrong")
    assert all("Too many" in log_in(each, "alice-password") for each in pair)

    redis_server.freeze()
    started = time.monotonic()
    assert all("Too many" not in log_in(pair[0], "wrong") for _ in range(FAILURES))
    assert "Too many" in log_in(pair[0], "alice-password")
    assert time.monotonic() - started < FROZEN_SECS

    redis_server.kill()
    use_password_of_production(alice)
    assert log_in(pair[1], "alice-password") == "in"
