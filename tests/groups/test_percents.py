"""A rise in percent is the same wherever it is shown."""

from decimal import Decimal

import pytest

from groups.coverage import Change
from groups.renewal_costs import Cost


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        ("1000.00", "1002.50", "0.3"),
        ("1000.00", "997.50", "-0.3"),
        ("1000.00", "1002.49", "0.2"),
        ("300.00", "400.00", "33.3"),
    ],
)
def test_halves_are_rounded_away_from_zero_on_the_plan_page_and_the_renewal(before, after, percent):
    now, then = Decimal(before), Decimal(after)

    shown = (Change("", then, now).percent, Cost(now, then).percent)

    assert shown == (Decimal(percent), Decimal(percent))
