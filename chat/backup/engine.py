"""Which database engine the site uses."""

from django.db import connection

from chat.backup.postgresql import PostgreSQL
from chat.backup.snapshot import Engine
from chat.backup.sqlite import SQLite


def engine() -> Engine:
    """Return the engine of DATABASE_URL."""
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite()
