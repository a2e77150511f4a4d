"""Makes a database ready for histories, `python -m tests.faults.histories.cast`: tables, readers and their sessions."""

import json

import django

NAMES = ("anna", "ben", "cleo", "dora", "emil", "fritz")


def cast() -> dict[str, str]:
    """Create the readers; return the session cookie of each."""
    from chat.models import User
    from tests.reader import session_cookie

    return {name: session_cookie(User.objects.create_user(name, f"{name}@example.org")) for name in NAMES}


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(cast()))  # noqa: T201 - read by whoever started this


if __name__ == "__main__":
    main()
