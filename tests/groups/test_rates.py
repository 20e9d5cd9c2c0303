"""What a plan costs on a day, against an oracle that asks every rate by itself."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.models import Rate
from groups.rates import history, prices_on, rate_on

UNIT, OTHER, PLAN = 7, 8, 3
days = st.dates(min_value=date(2025, 1, 1), max_value=date(2025, 1, 31))


def rate(
    amount="100.00", *, unit=None, plan=PLAN, tier="EE", ages=(None, None), since=1, until=None
):
    """Return a rate of January 2025, from the day *since* to the day *until*."""
    return Rate(
        plan_id=plan,
        subgroup_id=unit,
        tier=tier,
        age_from=ages[0],
        age_to=ages[1],
        amount=Decimal(amount),
        effective_from=date(2025, 1, since),
        effective_to=until and date(2025, 1, until),
    )


def overlap(one, other):
    """Tell whether PostgreSQL would refuse to hold both: same thing, same unit, a common day and age."""
    same = ("plan_id", "subgroup_id", "tier")
    if any(getattr(one, name) != getattr(other, name) for name in same):
        return False
    days = one.effective_from <= (other.effective_to or date.max) and other.effective_from <= (
        one.effective_to or date.max
    )
    return days and (
        one.age_from is None or (one.age_from <= other.age_to and other.age_from <= one.age_to)
    )


@st.composite
def tables(draw):
    """Return rates as PostgreSQL may hold them: of two plans, the group and two units, by tier and by age."""
    found = []
    for at in range(draw(st.integers(0, 12))):
        tier = draw(st.sampled_from(["EE", "FAM", "AGE"]))
        ages = sorted(draw(st.tuples(*[st.integers(0, 9)] * 2))) if tier == "AGE" else (None, None)
        since, until = sorted(draw(st.tuples(*[st.integers(1, 31)] * 2)))
        made = rate(
            f"{at + 1}.00",
            unit=draw(st.sampled_from([None, UNIT, OTHER])),
            plan=draw(st.sampled_from([PLAN, 4])),
            tier=tier,
            ages=ages,
            since=since,
            until=draw(st.sampled_from([None, until])),
        )
        if not any(overlap(made, other) for other in found):
            found.append(made)
    return found


def oracle(rates, day, *, plan, tier, age, unit):
    """Return what is asked for, the slow way: every rate is looked at, the unit's first."""
    for owner in [unit, None] if unit else [None]:
        for one in rates:
            is_meant = one.plan_id == plan and one.tier == tier and one.subgroup_id == owner
            is_old_enough = one.age_from is None or one.age_from <= age <= one.age_to
            is_in_force = one.effective_from <= day and (
                one.effective_to is None or one.effective_to >= day
            )
            if is_meant and is_old_enough and is_in_force:
                return one.amount
    return None


@given(
    rates=tables(),
    day=days,
    plan=st.sampled_from([PLAN, 4]),
    tier=st.sampled_from(["EE", "FAM", "AGE"]),
    age=st.integers(0, 10),
    unit=st.sampled_from([None, UNIT, OTHER]),
)
def test_the_rate_on_a_date_is_what_a_naive_search_finds(rates, day, plan, tier, age, unit):
    asked = {"plan": plan, "tier": tier, "age": age, "unit": unit}

    assert rate_on(rates, day, **asked) == oracle(rates, day, **asked)


@given(rates=tables(), day=days, unit=st.sampled_from([None, UNIT]))
def test_nobody_finds_two_prices(rates, day, unit):
    prices = prices_on(rates, day, unit=unit)

    for age in range(11):
        for plan in (PLAN, 4):
            for tier in ("EE", "FAM", "AGE"):
                fit = [one for one in prices if one.plan_id == plan and one.is_for(tier, age)]
                assert len(fit) <= 1


@pytest.mark.parametrize(
    ("day", "amount"),
    [(9, None), (10, "100.00"), (20, "100.00"), (21, "120.00"), (31, "120.00")],
)
def test_first_and_last_day_are_in_force(day, amount):
    rates = [rate("100.00", since=10, until=20), rate("120.00", since=21)]

    found = rate_on(rates, date(2025, 1, day), plan=PLAN, tier="EE")

    assert found == (amount and Decimal(amount))


def test_ages_of_a_unit_cut_those_of_the_group():
    rates = [
        rate("10.00", tier="AGE", ages=(0, 120)),
        rate("20.00", tier="AGE", ages=(15, 20), unit=UNIT),
        rate("30.00", tier="AGE", ages=(64, 120), unit=UNIT),
    ]

    prices = prices_on(rates, date(2025, 1, 1), unit=UNIT)

    assert [(one.ages, str(one.amount), one.is_own) for one in prices] == [
        ((0, 14), "10.00", False),
        ((15, 20), "20.00", True),
        ((21, 63), "10.00", False),
        ((64, 120), "30.00", True),
    ]


def test_tiers_stand_in_the_order_of_the_trade():
    rates = [rate(tier=tier) for tier in ("FAM", "EC", "EE", "ES")]

    prices = prices_on(rates, date(2025, 1, 1))

    assert [one.tier for one in prices] == ["EE", "ES", "EC", "FAM"]


@given(rates=tables(), day=days, unit=st.sampled_from([None, UNIT]))
def test_the_history_says_of_every_day_what_it_cost(rates, day, unit):
    of_plan = [one for one in rates if one.plan_id == PLAN]
    stretches = history(of_plan, unit=unit)

    [prices] = [
        one.prices for one in stretches if one.first <= day and day <= (one.last or date.max)
    ] or [[]]

    assert prices == prices_on(of_plan, day, unit=unit)


def test_the_history_leaves_gaps_out_and_ends_with_the_first_rate():
    rates = [rate("100.00", since=1, until=9), rate("120.00", since=20)]

    stretches = history(rates)

    assert [
        (one.first.day, one.last and one.last.day, str(one.prices[0].amount)) for one in stretches
    ] == [
        (20, None, "120.00"),
        (1, 9, "100.00"),
    ]
