"""`prune`: remove what has been kept as long as the settings want."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from chat.models.search import forget_all
from chat.replies.pruning import KINDS, Kind


class Command(BaseCommand):
    """Count first; delete only when told to. Beside the running site, and as often as one likes."""

    help = "Remove what has been kept as long as the settings KEEP_…_DAYS want. Without --delete it only counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete; without it nothing is changed")

    def handle(self, *, delete: bool, **options: object) -> None:
        try:
            for kind in KINDS:
                self.stdout.write(f"{kind.name:<26} {deleted(kind) if delete else counted(kind)}")
            if delete:
                forget_all()
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            raise CommandError(f"The database cannot be used ({reason}). What was deleted so far is gone.") from error
        if not delete:
            self.stdout.write("This was a dry run: nothing was deleted. To delete, add --delete.")


def deleted(kind: Kind) -> str:
    """Delete what is due of a kind; return what became of it."""
    return for_ever(kind) if kind.days is None else f"{kind.prune()} deleted{after(kind)}"


def counted(kind: Kind) -> str:
    """Return how many rows of a kind would go."""
    return for_ever(kind) if kind.days is None else f"would delete {kind.rows().count()}{after(kind)}"


def after(kind: Kind) -> str:
    return f" (older than {kind.days} {'day' if kind.days == 1 else 'days'})" if kind.setting else ""


def for_ever(kind: Kind) -> str:
    return f"kept for ever ({kind.setting} is not set)"
