"""Whether there is room where the site writes."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection

from chat.doctor.findings import Finding, error, warning

PART = "disk"
MEGABYTE = 1_000_000
# Below a quarter of what an operator wants to see free it is urgent.
URGENT = 0.25


def examine() -> list[Finding]:
    """Try each folder: how much is free, and whether a file can be written."""
    return [finding for name, folder in folders().items() for finding in [*room(name, folder), *writable(name, folder)]]


def folders() -> dict[str, Path]:
    """Return where the site writes, by what it is for; a database server's disk is its own matter."""
    found = {"temporary files": Path(tempfile.gettempdir())}
    if connection.vendor == "sqlite":
        found["the database"] = Path(connection.settings_dict["NAME"]).resolve().parent
    return found


def room(name: str, folder: Path) -> list[Finding]:
    """Tell when too little is free."""
    try:
        free_mb = shutil.disk_usage(folder).free // MEGABYTE
    except OSError:
        return []  # the same is said about writing
    if free_mb >= settings.DISK_MIN_FREE_MB:
        return []
    level = error if free_mb < URGENT * settings.DISK_MIN_FREE_MB else warning
    what = f"Only {free_mb} MB are free for {name} ({folder}), less than DISK_MIN_FREE_MB."
    remedy = "Make room: delete old backups and logs, run `manage.py prune`, or enlarge the disk."
    return [level(PART, what, remedy)]


def writable(name: str, folder: Path) -> list[Finding]:
    """Tell when no file can be written."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"doctor")
    except OSError as failure:
        remedy = "Let the site's user write there; SQLite also needs the folder of its file."
        return [error(PART, f"Nothing can be written for {name} ({folder}): {failure.strerror}.", remedy)]
    return []
