"""Writes what the demo's groups offer into the tables of coverage, in a handful of statements."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from groups.models import EmployeeClass, EmployerGroup, Plan, PlanOffer, Rate, Subgroup
from portal.demo.coverage_data import (
    CEDAR_RIDGE,
    CENT,
    PLANS,
    SILVER,
    PlanData,
    YearData,
    amounts,
    class_codes_of,
    classes_of,
    plan_years,
    plans_of,
)

FIRST_DAY = date(2005, 1, 1)  # of all plans
# A billing unit with rates of its own since the running year: (Group ID, code), and how they stand to the group's
APART = (CEDAR_RIDGE, "0002")
APART_LEVEL = Decimal("1.03")


def load_coverage(groups: Iterable[EmployerGroup]) -> None:
    """Store the carrier's plans, and for each of *groups* classes, offers and rates."""
    groups = list(groups)
    plans = {row.code: row for row in Plan.objects.bulk_create(map(_plan, PLANS))}
    EmployeeClass.objects.bulk_create(row for group in groups for row in _classes(group))
    PlanOffer.objects.bulk_create(row for group in groups for row in _offers(group, plans))
    rates = [row for group in groups for row in _rates(group, plans)]
    Rate.objects.bulk_create([*rates, *_rates_apart(groups, plans)], batch_size=2000)


def _plan(plan: PlanData) -> Plan:
    return Plan(
        code=plan.code,
        name=plan.name,
        line=plan.line,
        product=plan.product,
        metal=plan.metal,
        hios_id=plan.hios_id,
        pcp_required=plan.pcp_required,
        effective_date=FIRST_DAY,
    )


def _years(group: EmployerGroup) -> list[YearData]:
    ended = group.status == EmployerGroup.Status.TERMINATED
    return plan_years(group.effective_date, group.renewal_date, ended=ended)


def _plans_by_year(group: EmployerGroup) -> Iterator[tuple[YearData, PlanData]]:
    years = _years(group)
    for year in years:
        for plan in plans_of(group.group_id, group.market, year=year, years=len(years)):  # type: ignore[arg-type]
            yield year, plan


def _classes(group: EmployerGroup) -> Iterator[EmployeeClass]:
    years = _years(group)
    for one in classes_of(group.market):  # type: ignore[arg-type]
        yield EmployeeClass(
            group=group,
            code=one.code,
            name=one.name,
            waiting_rule=one.waiting_rule,
            min_hours=one.min_hours,
            contribution=one.contribution,
            effective_from=years[0].first,
            effective_to=years[-1].last,
        )


def _offers(group: EmployerGroup, plans: dict[str, Plan]) -> Iterator[PlanOffer]:
    """Yield one offer of each plan and class, from its first to its last year."""
    spans: dict[PlanData, list[YearData]] = {}
    for year, plan in _plans_by_year(group):
        spans.setdefault(plan, []).append(year)
    for plan, years in spans.items():
        for code in class_codes_of(plan, group.market):  # type: ignore[arg-type]
            yield PlanOffer(
                group=group,
                plan=plans[plan.code],
                class_code=code,
                effective_from=years[0].first,
                effective_to=years[-1].last,
            )


def _rates(group: EmployerGroup, plans: dict[str, Plan]) -> Iterator[Rate]:
    for year, plan in _plans_by_year(group):
        yield from _rates_of_year(group, plans[plan.code], plan, year)


def _rates_of_year(
    group: EmployerGroup,
    row: Plan,
    plan: PlanData,
    year: YearData,
    *,
    unit: Subgroup | None = None,
    level: Decimal = Decimal(1),
) -> Iterator[Rate]:
    for (tier, first, last), amount in amounts(plan, group.group_id, year).items():
        yield Rate(
            group=group,
            plan=row,
            subgroup=unit,
            tier=tier,
            age_from=first,
            age_to=last,
            amount=(amount * level).quantize(CENT),
            effective_from=year.first,
            effective_to=year.last,
        )


def _rates_apart(groups: Iterable[EmployerGroup], plans: dict[str, Plan]) -> Iterator[Rate]:
    """Yield the rates of the one billing unit that has its own."""
    group_id, code = APART
    for group in groups:
        if group.group_id == group_id:
            unit = Subgroup.objects.get(group=group, code=code)
            yield from _rates_of_year(
                group, plans[SILVER.code], SILVER, _years(group)[-1], unit=unit, level=APART_LEVEL
            )
