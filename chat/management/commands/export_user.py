"""`export_user`: everything the site keeps of one reader, as the reader can download it."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.text import slugify

from chat.backup.trouble import Trouble
from chat.backup.whole_file import whole_file
from chat.management.people import find_user
from chat.replies import takeout


class Command(BaseCommand):
    """Write the zip of the account page into a file that only its owner can read."""

    help = "Write everything that is kept of a reader into a zip, as the reader's account page offers it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="user name or e-mail address")
        parser.add_argument("file", nargs="?", type=Path, help="where to write it (default: NAME-DATE.zip, here)")
        parser.add_argument("--site", default="", help="the site's address, to be put before those in the files")

    def handle(self, *, user: str, file: Path | None, site: str, **options: object) -> None:
        reader = find_user(user)
        path = file or Path(f"{slugify(reader.username) or 'reader'}-{timezone.now():%Y-%m-%d}.zip")
        try:
            with whole_file(path) as archive:
                count = takeout.write(archive, reader, site.rstrip("/"))
        except Trouble as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{path}: {count} {'conversation' if count == 1 else 'conversations'} and the account.")
