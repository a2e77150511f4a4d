"""With REDIS_URL several processes count together: a limit reached at one holds at the other."""

import os
import re

import httpx2
import pytest
import redis

from chat.models import User
from tests.site import Site

pytestmark = pytest.mark.server

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
# allauth's limit of failed logins for one account: 5 in 300 s.
FAILURES = 5


@pytest.fixture
def shared_cache():
    """An empty Redis database of our own."""
    client = redis.Redis.from_url(REDIS_URL)
    try:
        client.flushdb()
    except redis.ConnectionError:
        pytest.skip("No Redis on 127.0.0.1:6379; start one (Debian: apt install redis-server).")
    yield
    client.flushdb()
    client.close()


def log_in(site: Site, password: str) -> str:
    """Try to log in as Alice and return the page that answers."""
    # The limit is counted for each host: as behind a proxy, both processes are the same one.
    with httpx2.Client(base_url=site.url, timeout=20, headers={"Host": "localhost"}) as client:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)', client.get("/accounts/login/").text)
        assert token
        form = {"login": "alice", "password": password, "csrfmiddlewaretoken": token[1]}
        response = client.post("/accounts/login/", data=form)
        return "in" if response.status_code == 302 else response.text


def test_failed_logins_at_two_processes_count_together(site: Site, shared_cache: None, alice: User):
    sites = [Site(**site.environment, REDIS_URL=REDIS_URL).start() for _ in range(2)]
    try:
        for attempt in range(FAILURES):
            assert "Too many" not in log_in(sites[attempt % 2], "wrong")
        assert "Too many" in log_in(sites[0], "alice-password")
        assert "Too many" in log_in(sites[1], "alice-password")
    finally:
        for each in sites:
            each.stop()
