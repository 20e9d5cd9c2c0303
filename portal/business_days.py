"""The business-day clock: Monday to Friday without federal holidays, in the carrier's time zone.

What arrives at or after the closing hour, or on a day that is no business day, counts from the next business day.
Pure: no settings, no database. Source: domain handbook, "SLA clock".
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays


@lru_cache(maxsize=32)
def _federal_holidays(year: int) -> frozenset[date]:
    """Return the days of *year* on which federal offices are closed, observed days included."""
    # New Year's Day of the next year is observed on December 31 when it falls on a Saturday.
    days = holidays.country_holidays("US", years=[year, year + 1], observed=True)
    return frozenset(day for day in days if day.year == year)


def is_business_day(day: date) -> bool:
    """Tell whether *day* is a weekday and no federal holiday."""
    return day.weekday() < 5 and day not in _federal_holidays(day.year)


def business_days_until(last: date, count: int) -> list[date]:
    """Return the *count* business days (1 or more) that end on *last*, itself one, in order."""
    days = [last]
    while len(days) < count:
        day = days[0] - timedelta(days=1)
        while not is_business_day(day):
            day -= timedelta(days=1)
        days.insert(0, day)
    return days


def next_business_day(day: date) -> date:
    """Return the first business day after *day*."""
    day += timedelta(days=1)
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


@dataclass(frozen=True)
class BusinessClock:
    """The carrier's working time: *zone* and the hour of the day (0-23) at which the day *ends*."""

    zone: ZoneInfo
    ends: int

    def days_after(self, moment: datetime, count: int) -> list[date]:
        """Return the *count* business days (1 or more) that a promise made at *moment* runs over, in order."""
        local = moment.astimezone(self.zone)
        day = local.date()
        if not is_business_day(day) or local.hour >= self.ends:
            day = next_business_day(day)
        days = []
        for _ in range(count):
            day = next_business_day(day)
            days.append(day)
        return days

    def due_at(self, moment: datetime, count: int) -> datetime:
        """Return the closing hour of the last of *count* business days after *moment*."""
        last = self.days_after(moment, count)[-1]
        return datetime.combine(last, time(self.ends), tzinfo=self.zone)

    def minutes_between(self, start: datetime, end: datetime, *, opens: int = 9) -> int:
        """Return the working minutes from *start* to *end*, the day running from *opens* to the closing hour.

        0 when *end* is not after *start*.
        """
        start, end = start.astimezone(self.zone), end.astimezone(self.zone)
        total = timedelta()
        day = start.date()
        while day <= end.date():
            if is_business_day(day):
                first = max(start, datetime.combine(day, time(opens), tzinfo=self.zone))
                last = min(end, datetime.combine(day, time(self.ends), tzinfo=self.zone))
                total += max(last - first, timedelta())
            day += timedelta(days=1)
        return int(total.total_seconds() // 60)
