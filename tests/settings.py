"""The site's settings as the tests see them: a developer's, with nothing taken from the caller's model or Redis."""

import os
import tempfile
from pathlib import Path

os.environ["DEBUG"] = "true"
for _name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "SITE_NAME"):
    os.environ.pop(_name, None)

from celebrations_site.settings import *  # noqa: E402, F403

# Hashing is slow on purpose; the tests log in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Threads share an in-memory SQLite database badly, and server processes not at all: the tests use a file.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"celebrations-{os.getpid()}.sqlite3")}  # noqa: F405
