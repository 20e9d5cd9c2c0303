"""What a renewal costs: now and then side by side, for the contracts of the day of the offer. Dollars a month."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from groups.models import Plan, RenewalRate
from groups.percents import percent_more


@dataclass(frozen=True)
class Cost:
    """An amount now and after the renewal, exact to the cent."""

    now: Decimal = Decimal(0)
    then: Decimal = Decimal(0)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.now + other.now, self.then + other.then)

    def times(self, number: int) -> "Cost":
        """Return the cost of *number* of them."""
        return Cost(self.now * number, self.then * number)

    @property
    def difference(self) -> Decimal:
        """Return what it costs more; negative when it costs less."""
        return self.then - self.now

    @property
    def percent(self) -> Decimal | None:
        """Return the difference in percent of today's amount, to a tenth, halves away from zero; None of nothing."""
        return percent_more(self.now, self.then) if self.now else None


@dataclass(frozen=True)
class Line:
    """One tier of a plan: what one contract costs, and all that have it today."""

    label: str
    contracts: int
    each: Cost

    @property
    def month(self) -> Cost:
        """Return what all contracts together cost a month."""
        return self.each.times(self.contracts)


@dataclass(frozen=True)
class PlanCosts:
    """A plan of today, the plan that follows it, and the tiers."""

    current: Plan
    renewal: Plan
    tiers: list[Line] = field(default_factory=list)

    @property
    def month(self) -> Cost:
        """Return what the plan costs a month."""
        return total(line.month for line in self.tiers)

    @property
    def contracts(self) -> int:
        """Return the number of contracts with the plan."""
        return sum(line.contracts for line in self.tiers)


def side_by_side(rates: Iterable[RenewalRate]) -> list[PlanCosts]:
    """Return the plans of *rates*, which come plan by plan, each with its tiers in the order given."""
    return [
        PlanCosts(current, renewal, [_line(rate) for rate in found])
        for (current, renewal), found in groupby(
            rates, key=lambda rate: (rate.current_plan, rate.renewal_plan)
        )
    ]


def total(costs: Iterable[Cost]) -> Cost:
    """Return the sum of *costs*."""
    return sum(costs, Cost())


def _line(rate: RenewalRate) -> Line:
    return Line(
        rate.get_tier_display(), rate.contracts, Cost(rate.current_amount, rate.renewal_amount)
    )
