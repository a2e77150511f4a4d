"""Fill a fresh database for a benchmark: tables, the articles that ship with the site, readers who are logged in.

Prints the readers' session keys as JSON. Run in a process of its own, with DATABASE_URL in the environment.
"""

import argparse
import json
import os
from datetime import timedelta
from importlib import import_module

import django


def fill(count: int) -> list[str]:
    """Return the session keys of so many new readers."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.models import Session
    from django.core.management import call_command
    from django.utils import timezone

    from chat.models import User

    call_command("migrate", interactive=False, verbosity=0)
    with open(os.devnull, "w") as nowhere:
        call_command("seed_article", stdout=nowhere)
    names = [f"reader-{number}" for number in range(count)]
    users = User.objects.bulk_create(
        User(username=name, email=f"{name}@example.org", password="!never") for name in names
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    sessions = []
    for user in users:
        content = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        key = f"bench{user.pk:027d}"
        end = timezone.now() + timedelta(days=1)
        sessions.append(Session(session_key=key, session_data=store.encode(content), expire_date=end))
    Session.objects.bulk_create(sessions)
    return [session.session_key for session in sessions]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", type=int)
    readers = parser.parse_args().readers
    django.setup()
    print(json.dumps(fill(readers)))
