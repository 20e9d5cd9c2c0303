"""How near a promise is, in the words of the queue: "2 days late", "Due today, 5:00 p.m.", "In 1 business day"."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.business_days import is_business_day


@dataclass(frozen=True)
class DueMark:
    """A promise in two short lines; *level* is late, soon or empty, as the due component takes it."""

    distance: str
    day: str
    level: str


def due_mark(due_at: datetime, now: datetime) -> DueMark:
    """Return how a promise for *due_at* reads at *now*, in the carrier's time zone.

    Late by whole hours on the same day, by calendar days after it; ahead by business days, the last one included.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    due, local = due_at.astimezone(zone), now.astimezone(zone)
    day = date_format(due, "D, M j")
    if now > due_at:
        return DueMark(_late(due, local), day, "late")
    if due.date() == local.date():
        time = date_format(due, "g:i a")
        return DueMark(_("Due today, %(time)s") % {"time": time}, day, "soon")
    count = _business_days(local.date(), due.date())
    words = ngettext("In %(count)d business day", "In %(count)d business days", count)
    return DueMark(words % {"count": count}, day, "soon" if count <= 1 else "")


def _late(due: datetime, local: datetime) -> str:
    days = (local.date() - due.date()).days
    if days:
        return ngettext("%(count)d day late", "%(count)d days late", days) % {"count": days}
    hours = int((local - due).total_seconds() // 3600)
    if not hours:
        return _("Just late")
    return ngettext("%(count)d hour late", "%(count)d hours late", hours) % {"count": hours}


def _business_days(after: date, last: date) -> int:
    """Return how many business days lie after *after*, up to and including *last*."""
    span = (last - after).days
    return sum(is_business_day(after + timedelta(days=step)) for step in range(1, span + 1))


def end_of_today(now: datetime) -> datetime:
    """Return the first moment of the carrier's next day: what is due before it and not late is due today."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)
