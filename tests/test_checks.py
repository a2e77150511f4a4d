"""System checks: each dangerous setting is found by its name, and a site that is set up well has none."""

import pytest

from tests.elsewhere import manage

PUBLIC = {
    "DEBUG": "false",
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789",
    "ALLOWED_HOSTS": "news.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "OPENAI_API_KEY": "sk-1",
    "OPENAI_BASE_URL": "https://models.example.org/v1",
    "METRICS_TOKEN": "0123456789abcdef0123456789abcdef",
    "CSRF_TRUSTED_ORIGINS": "https://news.example.org",
    "EMAIL_HOST": "mail.example.org",
    "EMAIL_HOST_PASSWORD": "secret",
}
LOCAL = {"DEBUG": "true", "OPENAI_API_KEY": "x", "OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}
DANGERS = [
    ("chat.W001", {"ALLOWED_HOSTS": "news.example.org,*"}),
    ("chat.W002", {"DEBUG": "true"}),
    ("chat.W003", {"TRUSTED_PROXY_COUNT": "0"}),
    ("chat.W004", {"CSRF_TRUSTED_ORIGINS": "https://*.example.org"}),
    ("chat.W004", {"CSRF_TRUSTED_ORIGINS": "http://news.example.org"}),
    ("chat.W005", {"OPENAI_BASE_URL": "http://models.example.org/v1"}),
    ("chat.W006", {"EMAIL_USE_TLS": "false"}),
    ("chat.W007", {"METRICS_TOKEN": "short"}),
]


def warnings(**environment: str) -> str:
    """Return what the checks of a public site say."""
    return manage("sqlite:///:memory:", "check", "--deploy", **environment).stderr


@pytest.mark.parametrize(("code", "danger"), DANGERS)
def test_a_dangerous_setting_is_found(code: str, danger: dict[str, str]):
    assert f"({code})" in warnings(**{**PUBLIC, **danger})


def test_a_public_site_that_is_set_up_well_has_none():
    assert "WARNINGS" not in warnings(**PUBLIC)


@pytest.mark.parametrize("more", [{}, {"ALLOWED_HOSTS": "localhost,127.0.0.1,192.168.1.5,[::1]"}])
def test_a_laptop_has_none(more: dict[str, str]):
    assert "(chat." not in manage("sqlite:///:memory:", "check", **LOCAL, **more).stderr
