"""What an authenticator app does: the code that belongs to a key and a moment (RFC 6238)."""

import base64
import hashlib
import hmac
import time

STEP_SECS = 30


def code(secret: str, steps_ahead: int = 0) -> str:
    """Return the six digits that the app shows now, or so many half minutes later."""
    counter = int(time.time()) // STEP_SECS + steps_ahead
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
