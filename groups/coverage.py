"""What a group offers on a day, as its pages show it: plans with what they cost, and classes of employees."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from groups.models import EmployeeClass, EmployerGroup, Plan, PlanOffer, Rate, Subgroup
from groups.percents import percent_more
from groups.rates import DAY, OLDEST, Price, Stretch, history, prices_on

TIERS = tuple(tier for tier in Rate.Tier if tier != Rate.Tier.BY_AGE)


@dataclass
class OfferedPlan:
    """A plan on a day: the offers by which people may choose it, and its prices.

    *apart* are the billing units that pay rates of their own, where the group's are shown.
    """

    plan: Plan
    offers: list[PlanOffer] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    apart: list[Subgroup] = field(default_factory=list)

    @property
    def is_for_everybody(self) -> bool:
        """Tell whether one of the offers is to all classes of all billing units."""
        return any(not offer.class_code and not offer.subgroup_id for offer in self.offers)

    @property
    def tiers(self) -> list[Decimal | None]:
        """Return what each of TIERS costs, None where there is no rate; empty for a plan without rates by tier."""
        amounts = {price.tier: price.amount for price in self.prices if price.ages is None}
        return [amounts.get(tier) for tier in TIERS] if amounts else []

    @property
    def by_age(self) -> list[Price]:
        """Return the prices by age, the youngest first."""
        return [price for price in self.prices if price.ages]

    @property
    def since(self) -> date | None:
        """Return the day from which all these prices hold, None without a price."""
        return max((price.since for price in self.prices), default=None)

    @property
    def has_own(self) -> bool:
        """Tell whether a price is the billing unit's own."""
        return any(price.is_own for price in self.prices)


def offered_plans(
    group: EmployerGroup, day: date, *, unit: Subgroup | None, with_rates: bool
) -> list[OfferedPlan]:
    """Return what the people of *unit* can choose from on *day*; None finds the offers of every unit.

    By line of coverage, then name. Two statements, one without rates; PostgreSQL leaves out what the reader may not
    see.
    """
    found: dict[int, OfferedPlan] = {}
    for offer in _offers_on(group, day, unit):
        found.setdefault(offer.plan_id, OfferedPlan(offer.plan)).offers.append(offer)
    if with_rates and found:
        _add_prices(group, found, day, unit)
    order = list(Plan.Line.values)
    return sorted(found.values(), key=lambda one: (order.index(one.plan.line), one.plan.name))


@dataclass(frozen=True)
class Change:
    """A price with the one before it, None where there was none."""

    label: str
    amount: Decimal | None
    before: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        """Return by how many percent the price rose, to a tenth, halves away from zero; None without both."""
        return percent_more(self.before, self.amount) if self.amount and self.before else None


@dataclass(frozen=True)
class Period:
    """Days of one price list in the history of a plan, latest first; *is_shown* marks the day that was asked for."""

    first: date
    last: date | None
    tiers: list[Change]
    by_age: list[Change]
    is_shown: bool


def plan_history(
    group: EmployerGroup, plan: Plan, *, unit: Subgroup | None, day: date
) -> list[Period]:
    """Return what *plan* cost *unit*, or the group, over time; one statement."""
    rates = list(Rate.objects.filter(group=group, plan=plan))
    stretches = history(rates, unit=unit.pk if unit else None)
    before: list[Stretch | None] = [*stretches[1:], None]
    return [_period(*pair, day) for pair in zip(stretches, before, strict=False)]


def _period(stretch: Stretch, before: Stretch | None, day: date) -> Period:
    """Return *stretch* for the page, beside the one *before* it where that ended on the day before."""
    if before and before.last != stretch.first - DAY:
        before = None
    known = {price.tier for price in stretch.prices}
    return Period(
        stretch.first,
        stretch.last,
        [_change(str(tier.label), stretch, before, tier) for tier in TIERS if known & set(TIERS)],
        [
            _change(_years(*price.ages), stretch, before, price.tier, price.ages[0])
            for price in stretch.prices
            if price.ages
        ],
        is_shown=stretch.first <= day and (stretch.last is None or day <= stretch.last),
    )


def _change(
    label: str, stretch: Stretch, before: Stretch | None, tier: str, age: int | None = None
) -> Change:
    return Change(
        label, _amount(stretch, tier, age), _amount(before, tier, age) if before else None
    )


def _amount(stretch: Stretch, tier: str, age: int | None) -> Decimal | None:
    return next((price.amount for price in stretch.prices if price.is_for(tier, age)), None)


def _years(first: int, last: int) -> str:
    """Return a range of ages as people write it: 15, 0 to 14, 64 and over."""
    if first == last:
        return str(first)
    if last >= OLDEST:
        return _("%(age)d and over") % {"age": first}
    return _("%(first)d to %(last)d") % {"first": first, "last": last}


def classes_on(group: EmployerGroup, day: date) -> list[EmployeeClass]:
    """Return the classes of employees in force on *day*, by code."""
    return list(EmployeeClass.objects.filter(group=group).on(day))


def days_of_change(group: EmployerGroup, *, with_rates: bool = True) -> list[date]:
    """Return the days on which offers of *group*, and *with_rates* its rates, begin, the latest first."""
    days = PlanOffer.objects.filter(group=group).order_by().values_list("effective_from")
    if with_rates:
        days = days.union(Rate.objects.filter(group=group).order_by().values_list("effective_from"))
    return sorted({day for (day,) in days}, reverse=True)


def _offers_on(group: EmployerGroup, day: date, unit: Subgroup | None) -> QuerySet[PlanOffer]:
    """Return the offers in force of plans that the carrier still has on *day*."""
    offers = PlanOffer.objects.filter(
        Q(plan__term_date=None) | Q(plan__term_date__gte=day),
        group=group,
        plan__effective_date__lte=day,
    ).on(day)
    if unit is not None:
        offers = offers.filter(Q(subgroup=None) | Q(subgroup=unit))
    return offers.select_related("plan", "subgroup").order_by("subgroup__code", "class_code")


def _add_prices(
    group: EmployerGroup, found: dict[int, OfferedPlan], day: date, unit: Subgroup | None
) -> None:
    rates = Rate.objects.filter(group=group, plan__in=found).on(day).select_related("subgroup")
    read = list(rates.order_by("subgroup__code"))
    for price in prices_on(read, day, unit=unit.pk if unit else None):
        found[price.plan_id].prices.append(price)
    if unit is None:
        for rate in read:
            apart = found[rate.plan_id].apart
            if rate.subgroup and rate.subgroup not in apart:
                apart.append(rate.subgroup)
