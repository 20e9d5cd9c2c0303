"""Differences of money in percent. Pure."""

from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")


def percent_more(before: Decimal, after: Decimal) -> Decimal:
    """Return by how many percent of *before*, which is not zero, *after* is more: to a tenth, halves away from zero."""
    return ((after - before) * 100 / before).quantize(TENTH, ROUND_HALF_UP)
