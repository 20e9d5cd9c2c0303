"""A cache that is never the reason for an error page."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Redis, where a lost connection reads as an empty cache and writes nothing.

    What must not be forgotten (locks on access codes, throttles of our own) is kept in PostgreSQL.
    """

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """Return the value, or *default* without Redis."""
        try:
            return super().get(key, default, version)
        except RedisError as error:
            return self._forgive(error, default)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        """Store the value, or nothing without Redis."""
        try:
            super().set(key, value, *args, **kwargs)
        except RedisError as error:
            self._forgive(error, None)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Store the value if there is none; True without Redis, as for an empty cache."""
        try:
            return bool(super().add(key, value, *args, **kwargs))
        except RedisError as error:
            return bool(self._forgive(error, True))

    def delete(self, key: Any, version: Any = None) -> bool:
        """Forget the value."""
        try:
            return bool(super().delete(key, version))
        except RedisError as error:
            return bool(self._forgive(error, False))

    def _forgive(self, error: RedisError, answer: Any) -> Any:
        logger.warning("cache unreachable", extra={"error": type(error).__name__})
        return answer
