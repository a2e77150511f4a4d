"""The cache that several processes share, for as long as Redis answers."""

import logging
import time
from typing import Any, ClassVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# One request in this time waits for a Redis that does not answer; the others go on at once.
AWAY_SECS = 10.0


class SharedCache(BaseCache):
    """Keeps everything in Redis; while that is away, in the process's own memory.

    It counts logins and sign-ups. Refusing everybody without Redis would make it a part that the site cannot run
    without; counting nothing would let passwords be guessed. Counted by each process, a limit holds still, if loosely.
    """

    away_until: ClassVar[float] = 0.0  # Django makes a cache for each request; Redis is away for all of them

    def __init__(self, location: str, params: dict[str, Any]) -> None:  # Any: Django's options
        super().__init__(params)
        self._shared = RedisCache(location, params)
        self._own = LocMemCache("while Redis is away", {})

    def _call(self, method: str, *args: object, **options: object) -> Any:  # Any: whatever was kept
        if time.monotonic() >= SharedCache.away_until:
            try:
                return getattr(self._shared, method)(*args, **options)
            except RedisError as error:
                logger.warning("The cache does without Redis for %s s: %r", AWAY_SECS, error)
                SharedCache.away_until = time.monotonic() + AWAY_SECS
        return getattr(self._own, method)(*args, **options)

    # BaseCache makes all its other methods of these.

    def add(self, key: str, value: object, timeout: object = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._call("add", key, value, timeout=timeout, version=version))

    def get(self, key: str, default: object = None, version: int | None = None) -> Any:  # Any: as in BaseCache
        return self._call("get", key, default, version=version)

    def set(self, key: str, value: object, timeout: object = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._call("set", key, value, timeout=timeout, version=version)

    def touch(self, key: str, timeout: object = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._call("touch", key, timeout=timeout, version=version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._call("delete", key, version=version))

    def clear(self) -> None:
        self._call("clear")
