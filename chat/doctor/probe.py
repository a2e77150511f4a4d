"""A stream of pieces at known moments, which the doctor listens to through the public address."""

import asyncio
import json
from collections.abc import AsyncGenerator

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest

# Only who has the site's SECRET_KEY can have the stream: it takes as long as a heartbeat.
_signer = TimestampSigner(salt="chat.doctor.probe")
VALID_SECS = 60
PIECES = 4
GAP_SECS = 0.25
END = "end"


def token() -> str:
    """Return what opens the stream for a minute."""
    return _signer.sign("probe")


def is_valid(given: str) -> bool:
    """Tell whether it does."""
    try:
        return _signer.unsign(given, max_age=VALID_SECS) == "probe"
    except BadSignature:
        return False


async def pieces(request: HttpRequest) -> AsyncGenerator[bytes, None]:
    """Yield a few pieces one after the other, then, after the longest silence of a reply's stream, the end.

    The first one tells how the request looks here, at the end of all proxies.
    """
    seen = {"secure": request.is_secure(), "host": request.get_host()}
    for _ in range(PIECES):
        yield f"data: {json.dumps(seen)}\n\n".encode()
        await asyncio.sleep(GAP_SECS)
    await asyncio.sleep(settings.HEARTBEAT_SECS)
    yield f"data: {END}\n\n".encode()
