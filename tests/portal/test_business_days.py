from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.business_days import BusinessClock, is_business_day, next_business_day

ET = ZoneInfo("America/New_York")
CLOCK = BusinessClock(ET, 17)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ET)


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-11-17 14:14", "2026-11-19 17:00"),  # Tuesday to Thursday
        ("2026-11-17 16:59", "2026-11-19 17:00"),
        ("2026-11-17 17:00", "2026-11-20 17:00"),  # at closing time: counts from Wednesday
        ("2026-11-20 09:00", "2026-11-24 17:00"),  # over a weekend
        ("2026-11-21 09:00", "2026-11-25 17:00"),  # on a Saturday: counts from Monday
        ("2026-11-25 09:00", "2026-11-30 17:00"),  # over Thanksgiving and a weekend
        ("2026-12-31 09:00", "2027-01-05 17:00"),  # over New Year and a weekend
        ("2027-12-30 09:00", "2028-01-04 17:00"),  # New Year's Day 2028 is observed on December 31
        ("2026-03-06 09:00", "2026-03-10 17:00"),  # over the start of daylight saving time
    ],
)
def test_two_business_days(sent, due):
    assert CLOCK.due_at(at(sent), 2) == at(due)


@given(moments, st.integers(1, 10))
def test_a_promise_ends_on_a_business_day_and_spans_as_many(moment, count):
    days = CLOCK.days_after(moment, count)

    assert len(days) == count
    assert all(is_business_day(day) for day in days)
    assert days == sorted(set(days))
    assert days[0] > moment.astimezone(ET).date()
    assert CLOCK.due_at(moment, count).astimezone(ET).date() == days[-1]


@given(moments, st.timedeltas(timedelta(0), timedelta(days=20)), st.integers(1, 5))
def test_asking_later_never_ends_earlier(moment, later, count):
    assert CLOCK.due_at(moment, count) <= CLOCK.due_at(moment + later, count)


@given(st.dates(date(2020, 1, 1), date(2034, 12, 31)))
def test_next_business_day_skips_only_what_is_closed(day):
    following = next_business_day(day)

    between = [day + timedelta(days=n) for n in range(1, (following - day).days)]
    assert is_business_day(following)
    assert not any(is_business_day(other) for other in between)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-18 10:00", "2026-11-18 11:30", 90),
        ("2026-11-18 16:00", "2026-11-19 10:00", 120),
        ("2026-11-20 16:00", "2026-11-23 10:00", 120),
        ("2026-11-18 20:00", "2026-11-18 22:00", 0),
        ("2026-11-19 10:00", "2026-11-18 10:00", 0),
    ],
)
def test_working_minutes(start, end, minutes):
    assert CLOCK.minutes_between(at(start), at(end)) == minutes
