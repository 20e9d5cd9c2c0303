"""The promise made with a registration: by when, how far along, how late."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from portal.business_days import BusinessClock, business_days_until


def carrier_clock() -> BusinessClock:
    """Return the business-day clock of the carrier's settings."""
    return BusinessClock(ZoneInfo(settings.TIME_ZONE), settings.BUSINESS_DAY_ENDS)


@dataclass(frozen=True)
class Promise:
    """A promise as shown to applicant and staff."""

    due_at: datetime
    days: list[date]
    minutes_left: int  # working minutes, 0 when late
    share: list[int]  # per business day, how much of it has passed, in percent
    late_by: timedelta  # zero when in time
    is_due_today: bool  # the last hour is today, and still ahead

    @property
    def is_late(self) -> bool:
        """Tell whether the promised hour has passed."""
        return self.late_by > timedelta()

    @property
    def days_left(self) -> int:
        """Return the whole working days that are left."""
        return self.minutes_left // _day_minutes()

    @property
    def hours_left(self) -> int:
        """Return the whole hours beyond the days left."""
        return self.minutes_left % _day_minutes() // 60


def promise(due_at: datetime, now: datetime) -> Promise:
    """Return how a promise for *due_at* stands at *now*, with the business days it runs over."""
    clock = carrier_clock()
    zone = ZoneInfo(settings.TIME_ZONE)
    last = due_at.astimezone(zone).date()
    days = business_days_until(last, settings.REGISTRATION_BUSINESS_DAYS)
    local = now.astimezone(zone)
    return Promise(
        due_at=due_at,
        days=days,
        minutes_left=clock.minutes_between(now, due_at),
        share=[_share(day, local) for day in days],
        late_by=max(now - due_at, timedelta()),
        is_due_today=now <= due_at and local.date() == last,
    )


def _share(day: date, local: datetime) -> int:
    """Return how much of the working day (9 to the closing hour) has passed, in percent."""
    if day != local.date():
        return 100 if day < local.date() else 0
    passed = (local.hour - 9) * 60 + local.minute
    return max(0, min(100, passed * 100 // _day_minutes()))


def _day_minutes() -> int:
    """Return the length of a working day, from 9 to the closing hour."""
    return int((settings.BUSINESS_DAY_ENDS - 9) * 60)
