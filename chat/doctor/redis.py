"""Whether Redis answers, and whether a hint that one process sends arrives at another."""

import asyncio

from channels.layers import get_channel_layer
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from chat.doctor.findings import Finding, error

PART = "redis"
GROUP = "doctor"
WAIT_SECS = 3.0
WITHOUT = "Until then answers of other processes come up to 0.6 s late, and each process counts logins for itself."


def examine() -> list[Finding]:
    """Look at it, if the site has one."""
    if not settings.REDIS_URL:
        return []
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=WAIT_SECS, socket_connect_timeout=WAIT_SECS) as client:
            client.ping()
    except (RedisError, OSError) as failure:
        what = f"It does not answer: {type(failure).__name__}."
        return [error(PART, what, f"Start it, or correct REDIS_URL. {WITHOUT}")]
    return asyncio.run(hint())


async def hint() -> list[Finding]:
    """Send a hint to oneself through the channel layer."""
    layer = get_channel_layer()
    try:
        async with asyncio.timeout(WAIT_SECS):
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
            await layer.group_send(GROUP, {"type": "hint"})
            await layer.receive(channel)
            await layer.flush()
    except (RedisError, OSError, TimeoutError) as failure:
        what = f"It answers, but what is published there does not arrive: {type(failure).__name__}."
        return [error(PART, what, f"Let its user publish and subscribe (ACL). {WITHOUT}")]
    return []
