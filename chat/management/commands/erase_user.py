"""`erase_user`: the end of an account, as its owner can have it on the account page."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from chat.management.people import find_user
from chat.models import User
from chat.models.belongings import count_belongings
from chat.models.search import forget_all
from chat.replies.erasing import end_sessions, erase


class Command(BaseCommand):
    """Say what would go, have the user name typed, and leave no row that mentions the person."""

    help = "Erase an account with everything in it; afterwards nothing in the database mentions the person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="user name or e-mail address")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, user: str, yes: bool, **options: object) -> None:
        person = find_user(user)
        self.stdout.write(f"The account {person.username}, joined on {person.date_joined:%Y-%m-%d}, has:")
        for name, count in count_belongings(person).items():
            self.stdout.write(f"  {name:<36} {count}")
        if not yes and asked(person) != person.username:
            raise CommandError("That is not the user name. Nothing was erased.")
        end_sessions(person)
        erase(person)
        forget_all()
        self.stdout.write("Erased. Backups made before still have it, until you delete them.")


def asked(person: User) -> str:
    """Return what is typed at the terminal; "" where nobody sits."""
    try:
        return input(f"It cannot be had back. To erase it, type its user name ({person.username}): ").strip()
    except EOFError:
        return ""
