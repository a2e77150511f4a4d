"""Numbers that are looked at once a second instead of being kept up by those who change them."""

import asyncio
import logging

from django.db import connections

from chat import measures
from chat.replies import writer
from chat.replies.journal import lag_secs
from chat.replies.tasks import spawn

logger = logging.getLogger(__name__)

# Prometheus asks every 15 s or so; a person who looks at a stuck site wants to see it now.
EVERY_SECS = 1.0


def start() -> None:
    """Begin to look, for as long as the running event loop runs."""
    spawn(for_ever(), name="numbers")


async def for_ever() -> None:
    """Take the numbers again and again."""
    while True:
        take()
        await asyncio.sleep(EVERY_SECS)


def take() -> None:
    """Take the numbers once. In the event loop, and without any I/O."""
    measures.LIVE_REPLIES.set(len(writer.written()))
    measures.JOURNAL_LAG.set(lag_secs())
    # Only PostgreSQL has a pool. Whoever looks at it opens no connection.
    if pool := getattr(connections["default"], "pool", None):
        stats = pool.get_stats()
        measures.POOL_IN_USE.set(stats.get("pool_size", 0) - stats.get("pool_available", 0))
