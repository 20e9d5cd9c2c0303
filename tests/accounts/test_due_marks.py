from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.due_marks import DueMark, due_mark, end_of_today

BOSTON = ZoneInfo("America/New_York")


def at(day, hour, minute=0):
    """Return a moment of November 2026; the 17th is a Tuesday, the 26th Thanksgiving."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BOSTON)


@pytest.mark.parametrize(
    ("now", "due", "mark"),
    [
        (at(19, 9), at(17, 17), DueMark("2 days late", "Tue, Nov 17", "late")),
        (at(18, 8), at(17, 17), DueMark("1 day late", "Tue, Nov 17", "late")),
        (at(17, 20, 30), at(17, 17), DueMark("3 hours late", "Tue, Nov 17", "late")),
        (at(17, 17, 20), at(17, 17), DueMark("Just late", "Tue, Nov 17", "late")),
        (at(17, 17), at(17, 17), DueMark("Due today, 5:00 p.m.", "Tue, Nov 17", "soon")),
        (at(17, 0), at(17, 17), DueMark("Due today, 5:00 p.m.", "Tue, Nov 17", "soon")),
        (at(16, 23, 59), at(17, 17), DueMark("In 1 business day", "Tue, Nov 17", "soon")),
        (at(20, 12), at(23, 17), DueMark("In 1 business day", "Mon, Nov 23", "soon")),
        (at(21, 12), at(24, 17), DueMark("In 2 business days", "Tue, Nov 24", "")),
        (at(25, 12), at(27, 17), DueMark("In 1 business day", "Fri, Nov 27", "soon")),
    ],
)
def test_how_near_a_promise_is(now, due, mark):
    assert due_mark(due, now) == mark


def test_the_day_ends_at_midnight_of_the_carrier():
    late_in_london = datetime(2026, 11, 18, 3, 0, tzinfo=ZoneInfo("Europe/London"))

    assert end_of_today(late_in_london) == at(18, 0)
