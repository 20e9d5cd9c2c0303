"""What a plan costs on a day. Pure: rows of rates go in, whoever read them.

A rate of a billing unit goes before the group's, tier by tier and, for rates by age, year of age by year of age.
Source: domain handbook, "Plan, rate".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from groups.models import Rate

DAY = timedelta(days=1)
OLDEST = 120  # years; what a range without an upper end ends with


@dataclass(frozen=True)
class Price:
    """What one month of a plan costs from *since* to *until* (inclusive; None: for good).

    *ages* are the first and last year of age, both inclusive, of a rate by age. *is_own* marks a billing unit's own.
    """

    plan_id: int
    tier: str
    amount: Decimal
    since: date
    until: date | None
    ages: tuple[int, int] | None = None
    is_own: bool = False

    def is_for(self, tier: str, age: int | None = None) -> bool:
        """Tell whether people of *tier*, or for rates by age of this *age* in years, pay it."""
        if tier != self.tier:
            return False
        return self.ages is None or (age is not None and self.ages[0] <= age <= self.ages[1])


def prices_on(rates: Iterable[Rate], day: date, *, unit: int | None = None) -> list[Price]:
    """Return what the billing unit with the id *unit* pays on *day*; None asks for the group's own rates.

    By plan, then tier in the order of the trade, then age. *rates* are of one group.
    """
    in_force = [rate for rate in rates if holds_on(rate, day)]
    own = [_price(rate) for rate in in_force if unit is not None and rate.subgroup_id == unit]
    shared = [_price(rate) for rate in in_force if rate.subgroup_id is None]
    rest = [piece for price in shared for piece in _not_in(own, price)]
    return sorted([*own, *rest], key=_place)


def rate_on(
    rates: Iterable[Rate],
    day: date,
    *,
    plan: int,
    tier: str,
    age: int | None = None,
    unit: int | None = None,
) -> Decimal | None:
    """Return what one month of *plan* costs somebody of *tier* (and *age*) in *unit* on *day*, in dollars; None: no rate.

    *plan* and *unit* are ids; *age* is in full years and counts for rates by age alone.
    """
    of_plan = (rate for rate in rates if rate.plan_id == plan)
    prices = prices_on(of_plan, day, unit=unit)
    return next((price.amount for price in prices if price.is_for(tier, age)), None)


@dataclass(frozen=True)
class Stretch:
    """Days from *first* to *last* (inclusive; None: for good) on which the *prices* of a plan stay the same."""

    first: date
    last: date | None
    prices: list[Price]


def history(rates: Iterable[Rate], *, unit: int | None = None) -> list[Stretch]:
    """Return what one plan cost the billing unit *unit* (an id; None: the group) over time, the latest first.

    *rates* are of one plan. Days without a rate are left out.
    """
    counted = [rate for rate in rates if rate.subgroup_id in {None, unit}]
    begins = {rate.effective_from for rate in counted}
    begins |= {rate.effective_to + DAY for rate in counted if rate.effective_to}
    firsts = sorted(begins)
    lasts = [*(following - DAY for following in firsts[1:]), None]
    stretches = [
        Stretch(first, last, prices_on(counted, first, unit=unit))
        for first, last in zip(firsts, lasts, strict=False)  # without rates there is no first day
    ]
    return [one for one in reversed(stretches) if one.prices]


def holds_on(rate: Rate, day: date) -> bool:
    """Tell whether *rate* is in force on *day*."""
    return rate.effective_from <= day and (rate.effective_to is None or day <= rate.effective_to)


def _price(rate: Rate) -> Price:
    ages = None if rate.age_from is None or rate.age_to is None else (rate.age_from, rate.age_to)
    return Price(
        rate.plan_id,
        rate.tier,
        rate.amount,
        rate.effective_from,
        rate.effective_to,
        ages,
        is_own=rate.subgroup_id is not None,
    )


def _not_in(own: Iterable[Price], price: Price) -> Iterator[Price]:
    """Yield what is left of the group's *price* where a unit has *own* ones: all, nothing, or ranges of ages."""
    same = [one for one in own if (one.plan_id, one.tier) == (price.plan_id, price.tier)]
    if price.ages is None:
        if not same:
            yield price
        return
    first, last = price.ages
    for start, end in sorted(one.ages for one in same if one.ages):
        if first <= min(start - 1, last):
            yield replace(price, ages=(first, min(start - 1, last)))
        first = max(first, end + 1)
    if first <= last:
        yield replace(price, ages=(first, last))


def _place(price: Price) -> tuple[int, int, tuple[int, int]]:
    return price.plan_id, list(Rate.Tier.values).index(price.tier), price.ages or (0, 0)
