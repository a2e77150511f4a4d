"""`restore`: make the database what it was when a backup was made."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from chat.backup.restoring import restore
from chat.backup.trouble import Trouble


class Command(BaseCommand):
    """Look at everything first; then put it back, or leave the database as it was."""

    help = "Put a backup into an empty database, or with --replace in the place of what is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what `backup` wrote")
        parser.add_argument("--replace", action="store_true", help="lose what is in the database now")

    def handle(self, *, file: Path, replace: bool, **options: object) -> None:
        try:
            told, count = restore(file, is_replacing=replace)
        except Trouble as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        except OSError as error:  # no place for the data, or no right to put them there
            raise CommandError(f"{error.filename or file}: {error.strerror}. Nothing was changed.") from error
        self.stdout.write(f"Restored: {told.summary}.")
        if count:
            what = "1 answer was" if count == 1 else f"{count} answers were"
            self.stdout.write(f"{what} being written then: the site goes on with them when it starts.")
