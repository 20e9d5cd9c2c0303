"""One plan of a group: what it is, and what it cost over time."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from groups.models import Rate
from tests.access import given, primary_of
from tests.factories import (
    EmployerGroupFactory,
    PlanFactory,
    PlanOfferFactory,
    RateFactory,
    SubgroupFactory,
)
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
PAGE = "/g/cedar/plans/SILVER/"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21T15:00:00Z"):
        yield


@pytest.fixture
def group():
    return EmployerGroupFactory(slug="cedar", group_id="20418A")


@pytest.fixture
def owner(group, client):
    client.force_login(primary_of(group).user)
    return client


@pytest.fixture
def silver(group):
    """Return a plan that cost 480.00 in 2025 and costs 498.20 since 2026."""
    plan = PlanFactory(code="SILVER", name="Silver HMO 3000", pcp_required=True)
    PlanOfferFactory(group=group, plan=plan)
    old = {"effective_from": date(2025, 1, 1), "effective_to": date(2025, 12, 31)}
    RateFactory(group=group, plan=plan, amount=Decimal("480.00"), **old)
    RateFactory(group=group, plan=plan, amount=Decimal("498.20"), effective_from=date(2026, 1, 1))
    return plan


def rows(page, table=0):
    tables = select(page, "table")
    return [
        " ".join(" ".join(row.itertext()).split()) for row in tables[table].cssselect("tbody tr")
    ]


def test_what_it_cost_the_latest_first(owner, silver):
    page = owner.get(PAGE)

    assert rows(page) == [
        "Jan 1, 2026 On the chosen day Open $498.20 – – – +3.8%",
        "Jan 1, 2025 Dec 31, 2025 $480.00 – – –",
    ]
    assert text(page, "[role=status]") == (
        "On Saturday, November 21, 2026 the rates since January 1, 2026 are in force."
    )
    assert "Each member chooses one" in text(page, "main .ep-grid")
    assert "All classesSince Jan 1, 2024" in text(page, "main .ep-grid")


def test_the_list_leads_here_and_back_to_the_same_day(owner, silver):
    [link] = select(owner.get("/g/cedar/plans/", {"on": "2025-05-01"}), "tbody th a")

    page = owner.get(link.get("href"))

    assert "On Thursday, May 1, 2025 the rates since January 1, 2025" in text(page, "[role=status]")
    assert select(page, "a[href='/g/cedar/plans/?on=2025-05-01']")


def test_a_day_without_a_rate(owner, silver):
    page = owner.get(PAGE, {"on": "2024-06-01"})

    assert text(page, "[role=status]") == "On Saturday, June 1, 2024 no rate is in force."
    assert len(rows(page)) == 2


def test_a_billing_unit_has_its_own_history(owner, group, silver):
    unit = SubgroupFactory(group=group, code="0002", name="Warehouse")
    own = {"subgroup": unit, "amount": Decimal("513.15"), "effective_from": date(2026, 7, 1)}
    RateFactory(group=group, plan=silver, **own)

    page = owner.get(PAGE, {"unit": "0002"})

    assert [row.split("$")[1][:6] for row in rows(page)] == ["513.15", "498.20", "480.00"]
    assert len(rows(owner.get(PAGE))) == 2


def test_rates_by_age_stand_beside_those_before(owner, group):
    plan = PlanFactory(code="SILVER")
    PlanOfferFactory(group=group, plan=plan)
    for first, last, amount in [(0, 14, "400.00"), (15, 15, "500.00"), (64, 120, "900.00")]:
        shared = {
            "tier": Rate.Tier.BY_AGE,
            "age_from": first,
            "age_to": last,
            "group": group,
            "plan": plan,
        }
        before = {"effective_from": date(2025, 1, 1), "effective_to": date(2025, 12, 31)}
        RateFactory(**shared, amount=Decimal(amount), **before)
        RateFactory(**shared, amount=Decimal(amount) + 10, effective_from=date(2026, 1, 1))

    page = owner.get(PAGE)

    assert rows(page) == [
        "0 to 14 $410.00 $400.00 +2.5%",
        "15 $510.00 $500.00 +2.0%",
        "64 and over $910.00 $900.00 +1.1%",
    ]
    assert rows(page, 1)[0] == "Jan 1, 2026 On the chosen day Open By age, $410.00 to $910.00 +2.5%"


def test_without_the_right_to_rates_the_plan_is_shown_alone(client, group, silver):
    client.force_login(given(group, atoms=["plans_view"]).user)

    page = client.get(PAGE)

    assert text(page, "h1") == "Silver HMO 3000"
    assert b"$" not in page.content
    assert not select(page, "table")
    assert "See rates" in text(page, ".ep-panel--quiet")


def test_a_plan_that_the_group_never_offered_is_not_found(owner, silver):
    PlanOfferFactory(plan__code="OTHER")

    assert owner.get("/g/cedar/plans/OTHER/").status_code == 404
    assert owner.get("/g/cedar/plans/NOWHERE/").status_code == 404


def test_a_plan_of_another_unit_is_not_found(client, group):
    mine, other = (SubgroupFactory(group=group, code=code) for code in ("0001", "0002"))
    PlanOfferFactory(group=group, subgroup=other, plan__code="SILVER")
    client.force_login(given(group, atoms=["rates_view"], units=[mine.pk]).user)

    assert client.get(PAGE).status_code == 404


def test_a_day_that_makes_no_sense_is_told(owner, silver):
    page = owner.get(PAGE, {"on": "soon"})

    assert errors(page) == ["Enter a date, such as 11/17/2026."]
    assert not select(page, "table")
    part = owner.get(
        PAGE, {"on": "soon"}, headers={"HX-Request": "true", "HX-Target": "plan-rates"}
    )
    assert part["HX-Redirect"] == f"{PAGE}?on=soon"


def test_an_offer_without_rates_says_so(owner, group):
    PlanOfferFactory(group=group, plan__code="SILVER")

    assert text(owner.get(PAGE), ".ep-empty h2") == "No rates on file"


@pytest.mark.parametrize("count", [1, 6])
def test_any_number_of_rates_costs_the_same(owner, group, silver, count, django_assert_num_queries):
    for _ in range(count):
        unit = SubgroupFactory(group=group)
        RateFactory(group=group, plan=silver, subgroup=unit)
        PlanOfferFactory(group=group, plan=silver, subgroup=unit)
    owner.get(PAGE)

    with django_assert_num_queries(13):
        assert len(rows(owner.get(PAGE))) == 2
