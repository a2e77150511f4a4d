"""Whether there are replies that nobody writes and nobody ends."""

from datetime import timedelta

from django.db import DatabaseError
from django.db.models.functions import Now

from chat.doctor.findings import Finding, error
from chat.models import Message

# A server that lives takes over what is stale within seconds.
LONG = timedelta(minutes=1)


def examine() -> list[Finding]:
    """Count replies that have been without a writer for long. One query."""
    try:
        count = Message.objects.stale().filter(created__lt=Now() - LONG).exclude(heartbeat_at__gt=Now() - LONG).count()
    except DatabaseError:
        return []  # the database's own finding
    if not count:
        return []
    remedy = "Start the site (`manage.py serve`), which takes them over, or end them with `manage.py recover_replies`."
    return [error("replies", f"{count} replies are unfinished, and nobody has written them for over a minute.", remedy)]
