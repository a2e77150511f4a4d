"""The site as it runs in public: DEBUG off, hashed static files, behind a proxy that speaks HTTPS."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from django.conf import settings

from chat.models import Article, User
from tests.reader import Reader
from tests.site import ROOT, Site, database_url

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def public(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A public site, with its static files collected into a folder of the test's."""
    environment = {
        "DEBUG": "false",
        "SECRET_KEY": settings.SECRET_KEY,  # sessions are signed with it, and the tests make theirs themselves
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXY_COUNT": "1",
        "DATABASE_URL": database_url(),
        "STATIC_ROOT": str(tmp_path_factory.mktemp("static")),
        "DJANGO_SETTINGS_MODULE": "celebrations_site.settings",
    }
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)
    site = Site(**environment).start()
    yield site
    site.stop()


@pytest.fixture
def visitor(public: Site, transactional_db: None, article: Article) -> Iterator[httpx2.Client]:
    """A visitor whose requests come through the proxy."""
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    with httpx2.Client(base_url=public.url, headers=headers, timeout=20) as client:
        yield client


def test_without_https_the_visitor_is_sent_there(public: Site, visitor: httpx2.Client):
    response = httpx2.get(f"{public.url}/")
    assert (response.status_code, response.headers["location"]) == (301, f"https://127.0.0.1:{public.port}/")


def test_pages_say_what_browsers_may_do(visitor: httpx2.Client):
    headers = visitor.get("/articles/feasts/").headers
    assert "require-trusted-types-for 'script'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_cookies_are_for_https_only(visitor: httpx2.Client):
    cookies = visitor.get("/accounts/login/").headers.get_list("set-cookie")
    assert cookies
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_static_files_are_hashed_and_kept_for_ever(visitor: httpx2.Client):
    page = visitor.get("/articles/feasts/").text
    names = re.findall(r"(?:href|src)=\"(/static/[^\"]+\.(?:css|js|svg))\"", page)
    assert len(names) > 3
    for name in names:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name)
        response = visitor.get(name)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]


def test_modules_import_hashed_modules(visitor: httpx2.Client):
    page = visitor.get("/articles/feasts/").text
    queue, seen = re.findall(r"src=\"(/static/js/[^\"]+)\"", page), set()
    while queue:
        name = queue.pop()
        seen.add(name)
        imports = re.findall(r"from\s*\"(\./[^\"]+)\"", visitor.get(name).raise_for_status().text)
        assert all(re.search(r"\.[0-9a-f]{12}\.js$", each) for each in imports)
        queue += {f"/static/js/{each.removeprefix('./')}" for each in imports} - seen
    assert len(seen) == len(list(Path(ROOT, "static/js").glob("*.js")))


def test_a_missing_page_is_a_page_of_ours(visitor: httpx2.Client):
    response = visitor.get("/articles/nowhere/")
    assert response.status_code == 404
    assert "Traceback" not in response.text
    assert "Celebrations" in response.text


def test_one_can_ask(public: Site, visitor: httpx2.Client, alice: User):
    with Reader(public.url, alice) as reader:
        reader.client.headers |= {"X-Forwarded-Proto": "https", "Referer": f"https://127.0.0.1:{public.port}/"}
        received = reader.ask("When is Bastille Day?", article="feasts")
    assert [citation["verdict"] for citation in received.citations] == ["verified"]
    assert "14 July" in received.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("DEBUG", "yes"),
        ("DATABASE_URL", "nonsense"),
        ("QUOTA_QUESTIONS_PER_DAY", "many"),
        ("OPENAI_TEMPERATURE", "3"),
        ("MODEL_IDLE_SECS", "-1"),
        ("REDIS_URL", "localhost"),
    ],
)
def test_a_bad_setting_stops_the_start_and_is_named(name: str, value: str):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "celebrations_site.settings", "DEBUG": "false"}
    command = [sys.executable, "manage.py", "check"]
    environment |= {"SECRET_KEY": "x" * 50, name: value}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert name in result.stderr.strip().splitlines()[-1]
