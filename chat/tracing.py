"""The request that a line of the log belongs to: its id stands in the line, and in the answer as X-Request-ID."""

import re
import secrets
from contextvars import ContextVar

# "" outside of requests: in sweeps, commands, and whatever else nobody asked for.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# What may stand in a header and in a line without meaning anything there; long enough to be one's own.
VALID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def begin(told: str = "") -> str:
    """Give the request that is being answered an id, the one that a proxy has told if it is one; return it."""
    chosen = told if VALID.fullmatch(told) else secrets.token_hex(8)
    request_id.set(chosen)
    return chosen
