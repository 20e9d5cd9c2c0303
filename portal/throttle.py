"""Slow down whoever tries too often: counters in PostgreSQL, so that a restart or a lost cache forgets nothing."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.db import connection
from django.utils import timezone

from portal.models import ThrottleWindow


class TooManyRequestsError(Exception):
    """Somebody must wait *seconds* before the next try; the middleware answers 429 with Retry-After."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds


def hit(name: str, who: str, *, seconds: int) -> int:
    """Count one try of *who* under *name*; return the tries in the running window of *seconds*.

    Where *who* is an IPv6 address, the whole network of its visitor counts (``one_visitor``).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_throttlewindow (bucket, window_start, hits) VALUES (%s, %s, 1)"
            " ON CONFLICT (bucket, window_start) DO UPDATE SET hits = portal_throttlewindow.hits + 1"
            " RETURNING hits",
            [_bucket(name, who), _window_start(timezone.now(), seconds)],
        )
        row = cursor.fetchone()
    return int(row[0])


def wait(name: str, who: str, *, tries: int, seconds: int) -> int:
    """Return how many seconds *who* must wait under *name*: 0 while fewer than *tries* tries were counted."""
    now = timezone.now()
    start = _window_start(now, seconds)
    full = ThrottleWindow.objects.filter(
        bucket=_bucket(name, who), window_start=start, hits__gte=tries
    ).exists()
    return int((start + timedelta(seconds=seconds) - now).total_seconds()) + 1 if full else 0


def limit(name: str, who: str, *, tries: int, seconds: int) -> None:
    """Count one try of *who* under *name* and refuse it beyond *tries* in the window of *seconds*.

    Raises TooManyRequestsError.
    """
    if hit(name, who, seconds=seconds) > tries:
        raise TooManyRequestsError(wait(name, who, tries=tries, seconds=seconds) or seconds)


def refuse_if_full(name: str, *who: str, tries: int, seconds: int) -> None:
    """Raise TooManyRequestsError while any of *who* has used up *tries* in the window of *seconds*; counts nothing."""
    longest = max(wait(name, one, tries=tries, seconds=seconds) for one in who)
    if longest:
        raise TooManyRequestsError(longest)


def forget_old() -> int:
    """Delete windows that are over: the longest is as long as an access key lives. Return how many."""
    days = settings.ACCESS_CODE_DAYS + 1
    return ThrottleWindow.objects.filter(
        window_start__lt=timezone.now() - timedelta(days=days)
    ).delete()[0]


def one_visitor(address: str) -> str:
    """Return what counts as one visitor: an IPv4 address, or the /64 that an IPv6 line is given whole.

    Any other text stays as it is.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(IPv6Network((int(known), 64), strict=False))


def _bucket(name: str, who: str) -> str:
    return hmac.new(
        settings.SECRET_KEY.encode(), f"{name}:{one_visitor(who)}".encode(), hashlib.sha256
    ).hexdigest()


def _window_start(now: datetime, seconds: int) -> datetime:
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)
