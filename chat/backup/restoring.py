"""Puts a backup back, after everything has been looked at that can be looked at before."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.db import DatabaseError

from chat.backup import archive, manifest
from chat.backup.engine import engine
from chat.backup.making import refuse_difference
from chat.backup.manifest import Manifest
from chat.backup.trouble import Trouble
from chat.models import Message


def restore(path: Path, is_replacing: bool) -> tuple[Manifest, int]:
    """Make the database what it was; return the manifest, and how many answers were being written then.

    Those count as left behind by a writer that died: the next process continues them, or says that they broke off.
    Raises Trouble or OSError; the database is then as it was before. The site must not run on it meanwhile.
    """
    told, target = archive.manifest_of(path), engine()
    manifest.refuse_foreign(told)
    if not is_replacing and not target.is_empty():
        raise Trouble("The database is not empty. To lose what is in it, add --replace.")
    with TemporaryDirectory(dir=target.scratch(), prefix=".restore-") as folder:
        data = archive.take(path, told, Path(folder))
        with target.replaced(data) as rows:
            refuse_difference(told, rows)
            try:
                # It may be older than the code.
                call_command("migrate", interactive=False, verbosity=0)
                return told, Message.objects.release_all()
            except (DatabaseError, CommandError) as error:
                raise Trouble(f"The backup could not be brought up to date: {error}") from error
