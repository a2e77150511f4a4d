"""System checks for settings that are allowed and dangerous; `manage.py check --deploy` and `doctor` say them."""

import ipaddress
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

# A token that guessing does not find: what `openssl rand -hex 16` makes has 32.
TOKEN_MIN_CHARS = 20
LOCAL_NAMES = ("localhost", "")


@checks.register(checks.Tags.security)
def check_names(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[checks.CheckMessage]:
    """Under which names the site answers, and whom it shows its code."""
    found: list[checks.CheckMessage] = []
    if "*" in settings.ALLOWED_HOSTS:
        what = "ALLOWED_HOSTS has *: links in the site's e-mails lead to whatever name a visitor asked for."
        found.append(checks.Warning(what, hint="Set ALLOWED_HOSTS to the site's names.", id="chat.W001"))
    elif settings.DEBUG and not all(map(is_local, settings.ALLOWED_HOSTS)):
        what = "DEBUG is true on a site with a public name: its error pages show code and settings."
        found.append(checks.Warning(what, hint="Set DEBUG=false.", id="chat.W002"))
    return found


@checks.register(checks.Tags.security, deploy=True)
def check_public(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[checks.CheckMessage]:
    """What only a public site has to care for."""
    if not settings.TRUSTED_PROXY_COUNT:
        what = (
            "TRUSTED_PROXY_COUNT is 0: the site speaks plain HTTP, so without a trusted proxy that speaks HTTPS "
            "each page leads to its HTTPS address for ever, and limits on logins take all readers for one."
        )
        yield checks.Warning(what, hint="Put a proxy in front and set TRUSTED_PROXY_COUNT=1.", id="chat.W003")
    if bad := [origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" in origin or not origin.startswith("https:")]:
        what = f"CSRF_TRUSTED_ORIGINS lets strangers send forms in readers' names: {', '.join(bad)}."
        yield checks.Warning(what, hint="Name each origin, with https://.", id="chat.W004")


@checks.register(checks.Tags.security)
def check_secrets(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> Iterator[checks.CheckMessage]:
    """Secrets that others could read on their way, or guess."""
    model = urlsplit(settings.OPENAI_BASE_URL or "")
    if settings.OPENAI_API_KEY and model.scheme == "http" and not is_local(model.hostname or ""):
        what = "OPENAI_API_KEY, questions and answers go to OPENAI_BASE_URL without encryption."
        yield checks.Warning(what, hint="Use an https:// address.", id="chat.W005")
    if settings.EMAIL_HOST_PASSWORD and not settings.EMAIL_USE_TLS and not is_local(settings.EMAIL_HOST):
        what = "EMAIL_HOST_PASSWORD and all e-mails go to EMAIL_HOST without encryption."
        yield checks.Warning(what, hint="Set EMAIL_USE_TLS=true.", id="chat.W006")
    if 0 < len(settings.METRICS_TOKEN) < TOKEN_MIN_CHARS:
        what = f"METRICS_TOKEN has {len(settings.METRICS_TOKEN)} characters: it can be guessed."
        yield checks.Warning(what, hint=f"Set one of at least {TOKEN_MIN_CHARS} random characters.", id="chat.W007")


def is_local(host: str) -> bool:
    """Tell whether a host is this machine, or one of a network of one's own."""
    name = host.strip("[]").lower()
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name in LOCAL_NAMES or name.endswith(".localhost")
    return address.is_loopback or address.is_private
