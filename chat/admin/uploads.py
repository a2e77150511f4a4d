"""Keeps an uploaded file while its editor looks at what it would do; any process of this machine finds it again."""

import os
import re
import secrets
import tempfile
import time
from pathlib import Path
from typing import IO

from chat.models import User

# So long an editor may look at what an import would do.
KEPT_SECS = 3600
_TOKEN = re.compile(r"[\w-]{20,60}")


def keep(file: IO[bytes], user: User) -> str:
    """Keep a copy for this user; return the word by which it is found again."""
    _forget_old()
    token = secrets.token_urlsafe(24)
    descriptor = os.open(_path(token, user), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as copy:
        file.seek(0)
        while piece := file.read(1 << 20):
            copy.write(piece)
    return token


def kept(token: str, user: User) -> Path | None:
    """Return where this user's file lies; None when it has been thrown away."""
    path = _path(token, user) if _TOKEN.fullmatch(token) else None
    return path if path and path.is_file() else None


def forget(token: str, user: User) -> None:
    """Throw a file away."""
    if _TOKEN.fullmatch(token):
        _path(token, user).unlink(missing_ok=True)


def _path(token: str, user: User) -> Path:
    return _folder() / f"{user.pk}-{token}.zip"


def _folder() -> Path:
    """Return this account's own folder for files in passing; raise PermissionError if somebody else made it."""
    folder = Path(tempfile.gettempdir()) / f"celebrations-imports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else.")
    return folder


def _forget_old() -> None:
    for path in _folder().glob("*.zip"):
        if path.stat().st_mtime < time.time() - KEPT_SECS:
            path.unlink(missing_ok=True)
