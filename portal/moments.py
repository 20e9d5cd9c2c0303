"""Dates and times in the words of the portal."""

import re
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def written(moment: datetime) -> str:
    """Return *moment* in the carrier's time zone: "Thursday, November 19, 2026, 5:00 p.m. ET"."""
    local = timezone.localtime(moment)
    # Translators: how a date is written, in the letters of Django's filter "date".
    day = date_format(local, _("l, F j, Y"))
    return _("%(day)s, %(time)s") % {"day": day, "time": clock_time(moment)}


def clock_time(moment: datetime) -> str:
    """Return the hour of *moment* in the carrier's time zone: "5:00 p.m. ET"."""
    local = timezone.localtime(moment)
    # People in the US write ET all year round, not EST and EDT.
    zone = re.sub(r"^([ECMP])[SD]T$", r"\1T", local.tzname() or "")
    # Translators: how a time of day is written, in the letters of Django's filter "date".
    return f"{date_format(local, _('g:i a'))} {zone}"
