"""What the demo's groups offer and pay: the real ratios, and other rates in other years."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from groups.coverage import classes_on, days_of_change, offered_plans
from groups.models import EmployerGroup, Rate, Subgroup
from groups.rates import rate_on
from portal.demo.coverage_data import LOGISTICS, plan_years, rated_by_age
from portal.demo.seed import seed_demo

START, RENEWAL = date(2021, 7, 1), date(2027, 7, 1)


def test_three_plan_years_the_last_one_open():
    years = plan_years(START, RENEWAL, ended=False)

    assert [(year.first, year.last, year.ago) for year in years] == [
        (date(2024, 7, 1), date(2025, 6, 30), 2),
        (date(2025, 7, 1), date(2026, 6, 30), 1),
        (date(2026, 7, 1), None, 0),
    ]


def test_a_young_contract_has_the_years_it_had():
    [only] = plan_years(date(2026, 12, 1), date(2027, 12, 1), ended=False)

    assert (only.first, only.last, only.ago) == (date(2026, 12, 1), None, 0)


def test_an_ended_contract_leaves_no_open_rate():
    assert plan_years(START, RENEWAL, ended=True)[-1].last == date(2027, 6, 30)


@pytest.mark.django_db
def test_the_demo_has_rates_for_every_group():
    seed_demo()
    today = timezone.localdate()
    cedar = EmployerGroup.objects.get(group_id="20418A")
    gold, silver = (
        next(
            one
            for one in offered_plans(cedar, today, unit=None, with_rates=True)
            if one.plan.code == code
        )
        for code in ("GOLD-PPO-1500", "SILVER-HMO-3000")
    )

    assert [str(amount) for amount in gold.tiers] == ["612.47", "1224.94", "1133.07", "1745.54"]
    assert [unit.code for unit in silver.apart] == ["0002"]
    assert [one.code for one in classes_on(cedar, today)] == ["EX", "FT", "PT"]
    first = days_of_change(cedar)[-1]
    before = offered_plans(cedar, first, unit=None, with_rates=True)
    assert "GOLD-PPO-1000" in {one.plan.code for one in before}
    rates = list(Rate.objects.filter(group=cedar))
    asked = {"plan": silver.plan.pk, "tier": "EE"}
    unit = Subgroup.objects.get(group=cedar, code="0002").pk
    assert rate_on(rates, today, **asked) == Decimal("498.20")
    assert rate_on(rates, today, **asked, unit=unit) == Decimal("513.15")
    assert rate_on(rates, first, **asked, unit=unit) < Decimal("498.20")
    assert set(EmployerGroup.objects.values_list("pk", flat=True)) == set(
        Rate.objects.values_list("group", flat=True)
    )
    by_age = set(Rate.objects.filter(tier="AGE").values_list("group__group_id", flat=True))
    assert LOGISTICS in by_age
    assert all(rated_by_age(group_id, "small") for group_id in by_age - {LOGISTICS})
    assert Rate.objects.get(
        group__group_id="20677A", age_from=0, effective_to=None
    ).amount == Decimal("441.16")
