"""All examinations side by side, each with the same limited time."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connections

from chat.doctor import database, disk, mail, model, public, redis, replies, settings, staff
from chat.doctor.findings import Finding, error

logger = logging.getLogger(__name__)

Examine = Callable[[], list[Finding]]
# Longer than each wait within an examination; somebody sits before the screen.
LIMIT_SECS = 30.0


def examinations(url: str) -> dict[str, Examine]:
    """Return what there is to look at; through the public address only where that is known."""
    found: dict[str, Examine] = {
        "settings": settings.examine,
        "database": database.examine,
        "replies": replies.examine,
        "staff": staff.examine,
        "redis": redis.examine,
        "model": model.examine,
        "mail": mail.examine,
        "disk": disk.examine,
    }
    return found | ({"public address": lambda: public.examine(url)} if url else {})


def examine(url: str = "", limit_secs: float = LIMIT_SECS) -> list[Finding]:
    """Return everything that is wrong. What does not come to an end in time is a finding, too."""
    examined = [Examination(part, look) for part, look in examinations(url).items()]
    deadline = time.monotonic() + limit_secs
    for examination in examined:
        examination.join(max(0.0, deadline - time.monotonic()))
    return [finding for examination in examined for finding in examination.findings(limit_secs)]


class Examination(threading.Thread):
    """One examination in a thread of its own, which no end of the process waits for."""

    def __init__(self, part: str, look: Examine) -> None:
        super().__init__(name=f"doctor-{part}", daemon=True)
        self._part, self._look = part, look
        self._found: list[Finding] | None = None
        self.start()

    def run(self) -> None:
        try:
            self._found = self._look()
        except Exception as failure:  # of whatever is looked at: the others are looked at all the same
            logger.debug("An examination failed.", exc_info=True)
            remedy = "If the other findings do not explain it, it is a bug: report it."
            self._found = [error(self._part, f"It cannot be looked at: {type(failure).__name__}.", remedy)]
        finally:
            connections.close_all()

    def findings(self, limit_secs: float) -> list[Finding]:
        """Return what was found so far."""
        if self._found is not None:
            return self._found
        what = f"Looking at it did not come to an end within {limit_secs:.0f} s."
        return [error(self._part, what, "Something takes connections and does not answer: look at its own log.")]
