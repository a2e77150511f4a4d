"""`first_run`: make a new checkout ready to try out, or say again how to get in."""

import json
import os
import secrets
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from chat.answering import choose
from chat.models import User

ACCOUNTS = {"admin": "Administrator", "reader": "Reader"}


class Command(BaseCommand):
    """Migrate, load the articles and make two accounts; a second run changes nothing and prints the same."""

    help = "Prepare a site for trying it out: tables, articles, an administrator and a reader."
    # The tables may not exist yet; the checks run when the server starts.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port that the printed address names")

    def handle(self, *, port: int, **options: object) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "first_run is for trying the site out (DEBUG=true). In public: manage.py createsuperuser."
            )
        call_command("migrate", interactive=False, verbosity=0)
        call_command("seed_article", stdout=self.stdout, stderr=self.stderr)
        passwords = remember()
        for name in ACCOUNTS:
            make_account(name, passwords[name])
        self.stdout.write(summary(f"http://127.0.0.1:{port}/", passwords))


def remember() -> dict[str, str]:
    """Return the password of each account: from the file, or new ones written to it.

    They are stored before the accounts are made: a run that dies in between loses none.
    """
    path = Path(settings.BASE_DIR) / ".first-run.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = {name: secrets.token_urlsafe(12) for name in ACCOUNTS if name not in known}
    if missing:
        fresh = path.with_suffix(".new")
        # Readable by the owner alone from its first byte on, and put in place whole.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(known | missing, file, indent=2)
        fresh.replace(path)
    return known | missing


def make_account(name: str, password: str) -> None:
    """Make the user, with a verified address so that nothing asks for it; leave an existing one alone."""
    with transaction.atomic():
        if User.objects.filter(username=name).exists():
            return
        make = User.objects.create_superuser if name == "admin" else User.objects.create_user
        user = make(name, f"{name}@example.org", password)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def summary(address: str, passwords: dict[str, str]) -> str:
    """Return what a person needs to begin."""
    stored = dict(User.objects.filter(username__in=ACCOUNTS).values_list("username", "password"))
    lines = [f"{settings.SITE_NAME} is ready: {address}", ""]
    for name, role in ACCOUNTS.items():
        # A password that was changed on the site is not known here, and the first one would mislead.
        password = passwords[name] if check_password(passwords[name], stored[name]) else "(changed since)"
        lines.append(f"  {role:<15} {name:<8} {password}")
    lines += [f"  {'Admin pages':<15} {address}admin/", f"  {'Answers':<15} {answers()}", ""]
    return "\n".join(lines)


def answers() -> str:
    """Return who answers questions."""
    if choose.has_model():
        return f"written by the model {choose.setup().model}"
    return "quotations from the articles only; set OPENAI_API_KEY or OPENAI_BASE_URL to connect a language model"
