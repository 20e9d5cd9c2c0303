"""Dates and times in the words of the portal."""

from datetime import datetime

from django.utils import timezone


def written(moment: datetime) -> str:
    """Return *moment* in the carrier's time zone: "Thursday, November 19, 2026, 5:00 p.m. EST"."""
    local = timezone.localtime(moment)
    hour = local.strftime("%I:%M").lstrip("0")
    half = "a.m." if local.hour < 12 else "p.m."
    return f"{local:%A, %B} {local.day}, {local.year}, {hour} {half} {local.tzname()}"
