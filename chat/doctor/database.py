"""Whether the database answers, has its tables, takes what is written, and has room for more connections."""

from pathlib import Path

from django.db import DatabaseError, connection, transaction

from chat.doctor import clock
from chat.doctor.findings import Finding, error, warning
from chat.doctor.migrations import missing_migrations

PART = "database"
# Of the connections that the server allows: beyond, a second process of the site may find none.
CROWDED = 0.8
# SQLite's locks do not work on them.
NETWORK_FILE_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph")


def examine() -> list[Finding]:
    """Look at it in a few queries; nothing is changed."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as failure:
        remedy = "Start it, or correct DATABASE_URL. Without it no page works."
        return [error(PART, f"It does not answer at {place()}: {reason(failure)}.", remedy)]
    if missing := missing_migrations():
        what = f"{len(missing)} migrations are missing, the first is {missing[0]}."
        return [error(PART, what, "Run `manage.py migrate`; make a backup before.")]
    engine = of_sqlite if connection.vendor == "sqlite" else of_postgresql
    return [*writable(), *engine()]


def place() -> str:
    """Return where it is; without the password."""
    told = connection.settings_dict
    return f"{told['HOST'] or 'localhost'}:{told['PORT'] or 5432}" if told["HOST"] else str(told["NAME"])


def reason(failure: Exception) -> str:
    """Return the first line of what the driver says; a password is never in it."""
    return str(failure).strip().partition("\n")[0].rstrip(".") or type(failure).__name__


def writable() -> list[Finding]:
    """Begin to write, and take it back."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("UPDATE django_migrations SET name = name WHERE id = 0")
            transaction.set_rollback(True)
    except DatabaseError as failure:
        remedy = "Look whether it is a copy that only follows another, locked by another program, or its disk is full."
        return [error(PART, f"It takes nothing that is written: {reason(failure)}.", remedy)]
    return []


def of_sqlite() -> list[Finding]:
    """Look at the file system under the file."""
    folder = Path(connection.settings_dict["NAME"]).resolve().parent
    kind = file_system(folder)
    if kind not in NETWORK_FILE_SYSTEMS:
        return []
    remedy = "Put the file on a disk of this machine, or use PostgreSQL."
    return [error(PART, f"The file lies on a network file system ({kind}), where SQLite's locks fail.", remedy)]


def file_system(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Return the kind of file system of a folder, "" where the system does not tell."""
    try:
        lines = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    under = [(point, kind) for _, point, kind, *_ in lines if folder.is_relative_to(point)]
    return max(under, key=lambda each: len(each[0]), default=("", ""))[1]


def of_postgresql() -> list[Finding]:
    """Look at how many connections there are, and at the server's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
            " current_setting('max_connections')::int, extract(epoch FROM clock_timestamp())"
        )
        used, most, seconds = cursor.fetchone()
    found = clock.compare(float(seconds), "the database server")
    if used >= CROWDED * most:
        remedy = "Each process of the site takes up to 8: raise max_connections, or run fewer processes."
        found.append(warning(PART, f"{used} of its {most} connections are in use.", remedy))
    return found
