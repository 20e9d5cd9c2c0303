"""Moments some business days back, so that the staff queue looks the same whenever it is loaded."""

import math
from datetime import date, datetime, time, timedelta

from portal.business_days import BusinessClock, is_business_day, next_business_day

OPENS = 8  # hour of the day at which applicants begin to write


def business_moment(ago: float, *, now: datetime, clock: BusinessClock) -> datetime:
    """Return the moment *ago* business days before *now*, never later than *now*.

    The whole part of *ago* counts business days back from today, or from the next business day once
    today is over; the fraction is the part of that day's work (from 8 a.m.) that was still to come.
    """
    fraction, whole = math.modf(ago)
    local = now.astimezone(clock.zone)
    day = local.date()
    if not is_business_day(day) or local.hour >= clock.ends:
        day = next_business_day(day)
    last_closing = _closing(_previous_business_day(day), clock)
    for _ in range(int(whole)):
        day = _previous_business_day(day)
    moment = _closing(day, clock) - fraction * timedelta(hours=clock.ends - OPENS)
    # Before that hour of today: within the last hour, but after what counts as yesterday.
    return min(moment, now - fraction * min(timedelta(hours=1), now - last_closing))


def _closing(day: date, clock: BusinessClock) -> datetime:
    return datetime.combine(day, time(clock.ends), tzinfo=clock.zone)


def _previous_business_day(day: date) -> date:
    day -= timedelta(days=1)
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day
