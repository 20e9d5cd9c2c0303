"""Calendar quarters."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.quarters import Quarter

EASTERN = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("day", "written", "first", "last"),
    [
        (date(2026, 1, 1), "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 6, 30), "2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), "2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 12, 31), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), "2028-Q1", date(2028, 1, 1), date(2028, 3, 31)),
    ],
)
def test_quarter_of_a_day(day, written, first, last):
    quarter = Quarter.of(day)

    assert (str(quarter), quarter.first_day, quarter.last_day) == (written, first, last)


@given(st.dates(min_value=date(1, 1, 1), max_value=date(9998, 12, 31)))
def test_every_day_lies_in_its_quarter_and_quarters_touch(day):
    quarter = Quarter.of(day)

    assert quarter.first_day <= day <= quarter.last_day
    assert Quarter.of(quarter.last_day + timedelta(days=1)) > quarter
    assert Quarter.parse(str(quarter).zfill(7)) == quarter


def test_end_is_midnight_where_the_carrier_is():
    assert Quarter(2026, 4).ends_at(EASTERN).astimezone(UTC) == datetime(2027, 1, 1, 5, tzinfo=UTC)
    assert Quarter(2026, 2).ends_at(EASTERN).astimezone(UTC) == datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-Q0", "2026-Q5", "2026-q1", " 2026-Q1", "26-Q1", "0000-Q1", "٢٠٢٦-Q1"]
)
def test_anything_else_is_no_quarter(text):
    with pytest.raises(ValueError, match="is no quarter"):
        Quarter.parse(text)
