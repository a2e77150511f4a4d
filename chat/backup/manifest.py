"""What a backup says about itself, and whether this site can take it."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from chat.backup.trouble import Trouble

# Raised when an older `restore` could not make sense of a newer file.
FORMAT = 1
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Manifest:
    """Everything that `restore` has to know before it touches anything."""

    format: int
    made: str  # when it was begun: what was stored before is in it
    engine: str
    server: str  # its version
    migrations: list[str]  # that were applied
    rows: dict[str, int]  # of each table
    data_bytes: int
    data_sha256: str

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @property
    def summary(self) -> str:
        return f"{ENGINES[self.engine]}, {len(self.rows)} tables, {sum(self.rows.values())} rows, made {self.made}"


def read(text: bytes) -> Manifest:
    """Return what a manifest says; raise Trouble for one that is none, or is newer than this code."""
    try:
        told: dict[str, Any] = json.loads(text)  # Any: values of JSON
        if told["format"] > FORMAT:
            raise Trouble("The backup was made by a newer version of the site. Update the code first.")
        return Manifest(**told)
    except (ValueError, TypeError, KeyError) as error:
        raise Trouble("The backup's manifest cannot be read: the file is damaged.") from error


def applied_migrations() -> list[str]:
    """Return the names of the migrations that the database has had."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def refuse_foreign(manifest: Manifest) -> None:
    """Raise Trouble for a backup of another engine, or of newer code than this."""
    if manifest.engine != connection.vendor:
        here, there = ENGINES.get(connection.vendor, connection.vendor), ENGINES.get(manifest.engine, manifest.engine)
        raise Trouble(
            f"The backup was made from {there}, and DATABASE_URL names {here}: it goes back into {there} only."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest.migrations) - known):
        some = ", ".join(unknown[:3])
        raise Trouble(f"The backup was made by newer code: this one does not know {some}. Update the code first.")


def now() -> str:
    return timezone.now().isoformat(timespec="seconds")
