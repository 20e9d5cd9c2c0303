"""A cache that is never the reason for an error page."""

import logging
from collections.abc import Callable, Iterable
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
        return _forgive(
            lambda: super(ForgivingRedisCache, self).get(key, default, version), default
        )

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        """Store the value, or nothing without Redis."""
        _forgive(lambda: super(ForgivingRedisCache, self).set(key, value, *args, **kwargs), None)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Store the value if there is none; True without Redis, as for an empty cache."""
        return bool(
            _forgive(
                lambda: super(ForgivingRedisCache, self).add(key, value, *args, **kwargs), True
            )
        )

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """Keep the value longer; False without Redis."""
        return bool(
            _forgive(lambda: super(ForgivingRedisCache, self).touch(key, *args, **kwargs), False)
        )

    def delete(self, key: Any, version: Any = None) -> bool:
        """Forget the value; False without Redis."""
        return bool(_forgive(lambda: super(ForgivingRedisCache, self).delete(key, version), False))

    def has_key(self, key: Any, version: Any = None) -> bool:
        """Tell whether there is a value; False without Redis."""
        return bool(_forgive(lambda: super(ForgivingRedisCache, self).has_key(key, version), False))

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Add to a number; raises ValueError when there is none, as without Redis."""
        found = _forgive(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), None)
        if found is None:
            raise ValueError("Key not found")
        return int(found)

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        """Return what there is of the *keys*; nothing without Redis."""
        found = _forgive(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})
        return dict(found)

    def set_many(self, data: dict[Any, Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Store the values; return the keys that were not, which is all of them without Redis."""
        failed = _forgive(
            lambda: super(ForgivingRedisCache, self).set_many(data, *args, **kwargs), list(data)
        )
        return list(failed)

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        """Forget the values."""
        _forgive(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def clear(self) -> None:
        """Forget everything."""
        _forgive(super().clear, None)


def _forgive(call: Callable[[], Any], answer: Any) -> Any:
    """Return what *call* returns, or *answer* when Redis cannot be reached."""
    try:
        return call()
    except RedisError as error:
        logger.warning("cache unreachable", extra={"error": type(error).__name__})
        return answer
