"""How far away a duty is, and how wide the parts of a status bar are drawn."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.cards import due
from portal.status_bar import LEAST, Part, StatusBar, shares

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("days", "distance", "level"),
    [
        (-2, "2 days late", "late"),
        (-1, "1 day late", "late"),
        (0, "Today", "soon"),
        (1, "Tomorrow", "soon"),
        (10, "In 10 days", "soon"),
        (11, "In 11 days", ""),
        (14, "In 2 weeks", ""),
        (43, "In 6 weeks", ""),
    ],
)
def test_distance_of_a_duty(days, distance, level):
    found = due(TODAY + timedelta(days=days), TODAY)

    assert (found.distance, found.level) == (distance, level)


@given(st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=6))
def test_parts_fill_the_bar_and_none_is_too_narrow_to_see(counts):
    widths = shares(counts)

    assert sum(widths) == pytest.approx(100)
    assert min(widths) >= LEAST
    assert [sorted(widths).index(width) for width in widths] == [
        sorted(widths).index(widths[counts.index(count)]) for count in counts
    ]


def test_bar_draws_only_what_there_is_and_says_all_of_it():
    parts = [Part("Active", 3, "active", "solid"), Part("Waived", 0, "waived", "dotted"), Part("COBRA", 1, "cobra", "info")]  # fmt: skip
    bar = StatusBar("members", "Members today", "Status", parts)

    assert bar.total == 4
    assert bar.label == "Members today: 3 Active, 1 COBRA"
    assert [segment.part.label for segment in bar.segments] == ["Active", "COBRA"]
    assert [segment.start for segment in bar.segments] == ["0.00%", "74.00%"]
