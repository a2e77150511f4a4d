"""`backup`: everything in the database as one file, made while the site runs."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from chat.backup.making import make, try_out
from chat.backup.trouble import Trouble


class Command(BaseCommand):
    """Write the file, or nothing; perhaps try it out."""

    help = "Write everything in the database into one file, as it is at this moment; the site may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to write it; an older file of this name is replaced")
        parser.add_argument("--verify", action="store_true", help="restore it into a database to be thrown away")

    def handle(self, *, file: Path, verify: bool, **options: object) -> None:
        try:
            made = make(file)
            self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB. {made.summary}.")
            if verify:
                try_out(file)
                self.stdout.write("Restored for a try, and everything was there.")
        except Trouble as error:
            raise CommandError(str(error)) from error
        except OSError as error:  # no place to try it out
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        self.stdout.write("Not in it: SECRET_KEY and the other settings, and the site's code. Keep them elsewhere.")
