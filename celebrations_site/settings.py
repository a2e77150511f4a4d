"""All settings: the environment is read here and nowhere else. docs/settings.md lists every variable."""

import contextlib
import operator
import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent

Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
# A hundred years at most: beyond, databases cannot count back from now.
Days = Annotated[int, Field(gt=0, le=36_500)]


class Env(BaseSettings):
    """The variables, their types and defaults; a bad value stops the start and is named."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    SECRET_KEY: str = ""
    DEBUG: Literal["true", "false"] = "false"
    ALLOWED_HOSTS: Annotated[list[str], NoDecode] = []
    CSRF_TRUSTED_ORIGINS: Annotated[list[str], NoDecode] = []
    TRUSTED_PROXY_COUNT: Annotated[int, Field(ge=0)] = 0
    SITE_NAME: Annotated[str, Field(max_length=60)] = "Celebrations"
    DATABASE_URL: str = f"sqlite:///{quote(str(BASE_DIR / 'db.sqlite3'))}"
    STATIC_ROOT: Path | None = None
    REDIS_URL: Annotated[str, Field(pattern=r"^(rediss?|unix)://")] | None = None
    OPENAI_API_KEY: str = ""
    OPENAI_BASE_URL: Annotated[str, Field(pattern=r"^https?://")] | None = None
    OPENAI_MODEL: str = "gpt-4o-mini"
    OPENAI_TEMPERATURE: Annotated[float, Field(ge=0, le=2)] = 0.8
    MODEL_CONNECT_SECS: Seconds = 5
    MODEL_FIRST_WORD_SECS: Seconds = 90
    MODEL_IDLE_SECS: Seconds = 90
    MODEL_TOTAL_SECS: Seconds = 900
    MODEL_QUEUE_SECS: Seconds = 120
    MODEL_MAX_CALLS: Positive = 500
    MODEL_RETRIES: Annotated[int, Field(ge=0, le=10)] = 2
    MODEL_CONTEXT_CHARS: Positive = 300_000
    MODEL_MAX_TOKENS: Positive | None = None
    MODEL_MAX_TOKENS_FIELD: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    MODEL_USAGE: Literal["auto", "on", "off"] = "auto"
    MODEL_FINISH: Literal["reason", "done", "eof"] = "done"
    QUOTA_QUESTIONS_PER_DAY: Positive = 200
    QUOTA_TOKENS_PER_DAY: Positive = 1_000_000
    QUOTA_TOKENS_PER_MONTH: Positive = 10_000_000
    CURRENCY: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    ACTIVE_REPLIES_PER_USER: Positive = 3
    INSIGHT_MIN_READERS: Positive = 3
    MESSAGE_MAX_CHARS: Positive = 8_000
    REPLY_MAX_CHARS: Positive = 200_000
    FIRST_WORD_WAIT_SECS: Seconds = 10
    HEARTBEAT_SECS: Seconds = 15
    DRAIN_SECS: Seconds = 20
    STALL_SECS: Seconds = 30
    REQUEST_SECS: Seconds = 60
    KEEP_CONVERSATIONS_DAYS: Days | None = None
    KEEP_SHARES_DAYS: Days | None = None
    KEEP_USAGE_DAYS: Annotated[int, Field(ge=32, le=36_500)] | None = None
    KEEP_LOG_DAYS: Days | None = None
    KEEP_UNCONFIRMED_DAYS: Days | None = None
    DISK_MIN_FREE_MB: Positive = 1_000
    METRICS_TOKEN: str = ""
    PROMETHEUS_MULTIPROC_DIR: Path | None = None
    EMAIL_HOST: str = ""
    EMAIL_PORT: Annotated[int, Field(gt=0, lt=65536)] = 587
    EMAIL_HOST_USER: str = ""
    EMAIL_HOST_PASSWORD: str = ""
    EMAIL_USE_TLS: Literal["true", "false"] = "true"
    EMAIL_FROM: str = "Celebrations <noreply@localhost>"

    @field_validator("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", mode="before")
    @classmethod
    def split_at_commas(cls, value: str | list[str]) -> list[str]:
        """Turn "a, b" into ["a", "b"]."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def read_environment() -> Env:
    """Return the variables. Raise ImproperlyConfigured naming each bad one and what was expected."""
    try:
        return Env()
    except ValidationError as error:
        bad = "; ".join(f"{'.'.join(map(str, e['loc'][:1]))}: {e['msg']}" for e in error.errors())
        raise ImproperlyConfigured(f"Bad setting in the environment. {bad}.") from None


def read_secret_key() -> str:
    """Return SECRET_KEY; while developing, make one and keep it in a git-ignored file."""
    if env.SECRET_KEY or not DEBUG:
        if not env.SECRET_KEY:
            raise ImproperlyConfigured("SECRET_KEY: a long random string is needed when DEBUG is not true.")
        return env.SECRET_KEY
    path = BASE_DIR / ".secret-key"
    if not path.exists():
        # Written whole under a name of its own: of several processes that start at once the first one's key counts.
        with NamedTemporaryFile("w", dir=BASE_DIR, prefix=".secret-key-") as own:
            own.write(secrets.token_urlsafe(50))
            own.flush()
            with contextlib.suppress(FileExistsError):
                os.link(own.name, path)
    return path.read_text().strip()


def read_database() -> dict[str, object]:
    """Return Django's entry for DATABASE_URL with the options that each engine needs under ASGI."""
    try:
        database: dict[str, object] = {**dj_database_url.parse(env.DATABASE_URL)}
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(
            "DATABASE_URL: expected sqlite:///path or postgres://user:password@host:port/name."
        ) from error
    if str(database["ENGINE"]).endswith("sqlite3"):
        # IMMEDIATE: a deferred transaction that turns into a write fails at once when another one writes.
        # NORMAL: with WAL a commit survives the death of the process; FULL would only add power loss.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA journal_size_limit=67108864",
        }
        # Kept open: the threads that use one are few and stay (asgi.py), and opening one costs as much as ten queries.
        database["CONN_MAX_AGE"] = None
    else:
        # A pool: CONN_MAX_AGE would leak connections under ASGI, and a new one for each request costs milliseconds.
        database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}}
        # Looks itself whether a connection lives; CONN_HEALTH_CHECKS would ask the server once more for each request.
        database["ENGINE"] = "celebrations_site.postgresql"
    return database


env = read_environment()
DEBUG = env.DEBUG == "true"
SECRET_KEY = read_secret_key()

ALLOWED_HOSTS = env.ALLOWED_HOSTS or (["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.CSRF_TRUSTED_ORIGINS
SITE_NAME = env.SITE_NAME

INSTALLED_APPS = [
    "chat",  # before staticfiles, for its runserver
    "servestatic",
    "chat.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

# Every entry stays in the event loop (tests/test_layers.py): one that does not would put each open stream on a thread.
MIDDLEWARE = [
    "celebrations_site.middleware.WatchMiddleware",
    "celebrations_site.middleware.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "celebrations_site.middleware.ContentSecurityPolicyMiddleware",
    "celebrations_site.middleware.SessionMiddleware",
    "celebrations_site.middleware.CommonMiddleware",
    "celebrations_site.middleware.CsrfViewMiddleware",
    "celebrations_site.middleware.AuthenticationMiddleware",
    "celebrations_site.middleware.PreferencesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "celebrations_site.middleware.MessageMiddleware",
]

ROOT_URLCONF = "celebrations_site.urls"
ASGI_APPLICATION = "celebrations_site.asgi.application"
CSRF_FAILURE_VIEW = "chat.api.chat.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chat.views.context.site",
            ],
        },
    },
]

DATABASES = {"default": read_database()}

REDIS_URL = env.REDIS_URL
CHANNEL_LAYERS: dict[str, dict[str, object]] = {}
if env.REDIS_URL:
    # A frozen Redis takes connections and answers nothing: without these, whoever asks it waits with it.
    redis_timeouts = {"socket_timeout": 1, "socket_connect_timeout": 1}
    CACHES = {
        "default": {
            "BACKEND": "celebrations_site.cache.SharedCache",
            "LOCATION": env.REDIS_URL,
            "OPTIONS": redis_timeouts,
        }
    }
    # Redis's channels know no database numbers: the prefix keeps two sites on one server apart.
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": env.REDIS_URL, **redis_timeouts}],
            "prefix": f"celebrations-{urlsplit(env.REDIS_URL).path.strip('/') or 0}-",
        },
    }

# --- Accounts -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "chat:front"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "chat:front"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_ADAPTER = "chat.views.arrival.AccountAdapter"
ACCOUNT_USER_DISPLAY = operator.attrgetter("display_name")
# Whoever has got into an account must not be able to change its locks unnoticed.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.TRUSTED_PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
# One step of 30 s early or late: telephones' clocks are off by seconds, and people type slowly.
MFA_TOTP_TOLERANCE = 1
# Without a mail server nobody can confirm an address, which a second factor would otherwise wait for.
MFA_ALLOW_UNVERIFIED_EMAIL = not env.EMAIL_HOST

# --- E-mail: to the console until SMTP is set ------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.EMAIL_FROM
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if env.EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_HOST = env.EMAIL_HOST
EMAIL_PORT = env.EMAIL_PORT
EMAIL_HOST_USER = env.EMAIL_HOST_USER
EMAIL_HOST_PASSWORD = env.EMAIL_HOST_PASSWORD
EMAIL_USE_TLS = env.EMAIL_USE_TLS == "true"
EMAIL_TIMEOUT = 20

# --- Language and time -----------------------------------------------------------------------------------------
# One text, in English; what readers choose is how dates are written (celebrations_site/formats).
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "25 November 2026, 14:30"), ("en-us", "November 25, 2026, 2:30 p.m.")]
FORMAT_MODULE_PATH = "celebrations_site.formats"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Static files: hashed and served by ServeStatic -----------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.STATIC_ROOT or BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_FINDERS = DEBUG
SERVESTATIC_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "celebrations_site.storage.HashedStaticFilesStorage"
    },
}

# --- Security -------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
# W005, W021: whether other names under the domain speak HTTPS too is for the operator's proxy to say.
# W002: frame-ancestors in the policy below says it, without another middleware.
# W001, W003: MIDDLEWARE has subclasses of those that are looked for; tests/test_production.py reads their answers.
SILENCED_SYSTEM_CHECKS = [f"security.{check}" for check in ("W001", "W002", "W003", "W005", "W021")]
SECURE_REFERRER_POLICY = "same-origin"
if env.TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# An article of the largest kind (2 MB) fits into the admin's form, the longest message in JSON escapes into a request.
DATA_UPLOAD_MAX_MEMORY_SIZE = max(3_000_000, env.MESSAGE_MAX_CHARS * 12)

# Directive -> sources, as in Django 6's setting of the same name. Nothing inline, nothing from elsewhere; HTML enters
# a page by script only through the one Trusted Types policy of static/js/blocks.js.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["server-html"],
}
# The admin's own jQuery writes HTML as strings, which Trusted Types forbids.
SECURE_CSP_ADMIN = {name: sources for name, sources in SECURE_CSP.items() if "trusted-types" not in name}

# --- Asking ---------------------------------------------------------------------------------------------------
OPENAI_API_KEY = env.OPENAI_API_KEY
OPENAI_BASE_URL = env.OPENAI_BASE_URL
OPENAI_MODEL = env.OPENAI_MODEL
OPENAI_TEMPERATURE = env.OPENAI_TEMPERATURE
MODEL_CONNECT_SECS = env.MODEL_CONNECT_SECS
MODEL_FIRST_WORD_SECS = env.MODEL_FIRST_WORD_SECS
MODEL_IDLE_SECS = env.MODEL_IDLE_SECS
MODEL_TOTAL_SECS = env.MODEL_TOTAL_SECS
MODEL_QUEUE_SECS = env.MODEL_QUEUE_SECS
MODEL_MAX_CALLS = env.MODEL_MAX_CALLS
MODEL_RETRIES = env.MODEL_RETRIES
MODEL_CONTEXT_CHARS = env.MODEL_CONTEXT_CHARS
MODEL_MAX_TOKENS = env.MODEL_MAX_TOKENS
MODEL_MAX_TOKENS_FIELD = env.MODEL_MAX_TOKENS_FIELD
MODEL_USAGE = env.MODEL_USAGE
MODEL_FINISH = env.MODEL_FINISH
QUOTA_QUESTIONS_PER_DAY = env.QUOTA_QUESTIONS_PER_DAY
QUOTA_TOKENS_PER_DAY = env.QUOTA_TOKENS_PER_DAY
QUOTA_TOKENS_PER_MONTH = env.QUOTA_TOKENS_PER_MONTH
CURRENCY = env.CURRENCY
ACTIVE_REPLIES_PER_USER = env.ACTIVE_REPLIES_PER_USER
INSIGHT_MIN_READERS = env.INSIGHT_MIN_READERS
MESSAGE_MAX_CHARS = env.MESSAGE_MAX_CHARS
REPLY_MAX_CHARS = env.REPLY_MAX_CHARS
FIRST_WORD_WAIT_SECS = env.FIRST_WORD_WAIT_SECS
HEARTBEAT_SECS = env.HEARTBEAT_SECS
DRAIN_SECS = env.DRAIN_SECS
STALL_SECS = env.STALL_SECS
REQUEST_SECS = env.REQUEST_SECS

# --- Keeping: for how many days, None for ever; `manage.py prune` reads these ------------------------------------
KEEP_CONVERSATIONS_DAYS = env.KEEP_CONVERSATIONS_DAYS
KEEP_SHARES_DAYS = env.KEEP_SHARES_DAYS
KEEP_USAGE_DAYS = env.KEEP_USAGE_DAYS
KEEP_LOG_DAYS = env.KEEP_LOG_DAYS
KEEP_UNCONFIRMED_DAYS = env.KEEP_UNCONFIRMED_DAYS

# --- Watching ---------------------------------------------------------------------------------------------------
DISK_MIN_FREE_MB = env.DISK_MIN_FREE_MB
METRICS_TOKEN = env.METRICS_TOKEN
# The library looks for it in the environment, too, when it is imported.
PROMETHEUS_MULTIPROC_DIR = env.PROMETHEUS_MULTIPROC_DIR

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # One line a request at INFO would hide what matters; the proxy keeps the access log. httpx2 names addresses.
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("daphne", "httpx2", "httpcore2", "openai", "twisted")},
        # While Redis is away it logs a traceback a second; chat.replies.hints says it once.
        "channels_redis": {"level": "CRITICAL"},
    },
}
