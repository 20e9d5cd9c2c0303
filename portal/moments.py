"""Dates and times in the words of the portal."""

import re
from datetime import datetime

from django.utils import timezone


def written(moment: datetime) -> str:
    """Return *moment* in the carrier's time zone: "Thursday, November 19, 2026, 5:00 p.m. ET"."""
    local = timezone.localtime(moment)
    return f"{local:%A, %B} {local.day}, {local.year}, {clock_time(moment)}"


def clock_time(moment: datetime) -> str:
    """Return the hour of *moment* in the carrier's time zone: "5:00 p.m. ET"."""
    local = timezone.localtime(moment)
    half = "a.m." if local.hour < 12 else "p.m."
    # People in the US write ET all year round, not EST and EDT.
    zone = re.sub(r"^([ECMP])[SD]T$", r"\1T", local.tzname() or "")
    return f"{local.strftime('%I:%M').lstrip('0')} {half} {zone}"
