"""Confirmation numbers people can read out on the phone: REG-261117-0042."""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def next_number(prefix: str, now: datetime) -> str:
    """Return the next number of the carrier's day under *prefix*; two callers never get the same.

    Taken in the caller's transaction: the row lock on the counter lasts until its end, and a rolled-back
    caller leaves no gap.
    """
    day = timezone.localtime(now).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_dailynumber (prefix, day, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (prefix, day) DO UPDATE SET last = portal_dailynumber.last + 1 RETURNING last",
            [prefix, day],
        )
        row = cursor.fetchone()
    return f"{prefix}-{day:%y%m%d}-{int(row[0]):04d}"
