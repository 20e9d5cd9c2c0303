"""Plans and rates of a group, as its people see them on a day."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from groups.models import Rate
from tests.access import given, primary_of
from tests.factories import (
    EmployeeClassFactory,
    EmployerGroupFactory,
    PlanFactory,
    PlanOfferFactory,
    RateFactory,
    SubgroupFactory,
)
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


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
    plan = PlanFactory(code="SILVER", name="Silver HMO 3000")
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


def test_today_is_shown_unless_another_day_is_asked_for(owner, silver):
    page = owner.get("/g/cedar/plans/")

    assert text(page, "[role=status]") == "In force on Saturday, November 21, 2026. That is today."
    assert select(page, "#id_on")[0].get("value") == "2026-11-21"
    assert rows(page) == ["Silver HMO 3000 SILVER Everybody $498.20 – – – Jan 1, 2026"]


def test_a_past_day_shows_the_rate_of_that_day(owner, silver):
    page = owner.get("/g/cedar/plans/", {"on": "2025-12-31"})

    assert text(page, "[role=status]") == "In force on Wednesday, December 31, 2025."
    assert rows(page) == ["Silver HMO 3000 SILVER Everybody $480.00 – – – Jan 1, 2025"]


@pytest.mark.parametrize(
    ("on", "is_said"), [("2026-12-31", False), ("2027-01-01", True), ("2027-06-01", True)]
)
def test_beyond_the_renewal_it_says_that_rates_may_change(owner, group, silver, on, is_said):
    group.renewal_date = date(2027, 1, 1)
    group.save(update_fields=["renewal_date"])

    page = owner.get("/g/cedar/plans/", {"on": on})

    assert ("renews on January 1, 2027" in text(page, "#plans-list")) == is_said


def test_once_renewed_it_says_so_no_more(owner, group, silver):
    group.renewal_date = date(2027, 1, 1)
    group.save(update_fields=["renewal_date"])
    Rate.objects.filter(effective_to=None).update(effective_to=date(2026, 12, 31))
    RateFactory(group=group, plan=silver, amount=Decimal("510.00"), effective_from=date(2027, 1, 1))

    page = owner.get("/g/cedar/plans/", {"on": "2027-06-01"})

    assert "renews on" not in text(page, "#plans-list")


def test_the_days_of_change_lead_there(owner, silver):
    page = owner.get("/g/cedar/plans/")

    links = [link.get("href") for link in select(page, ".ep-days a")]
    assert links == [
        f"/g/cedar/plans/?on={day}" for day in ("2026-01-01", "2025-01-01", "2024-01-01")
    ]


def test_a_billing_unit_pays_its_own_rate_before_the_groups(owner, group, silver):
    unit = SubgroupFactory(group=group, code="0002", name="Warehouse")
    RateFactory(group=group, plan=silver, subgroup=unit, amount=Decimal("513.15"))

    whole = owner.get("/g/cedar/plans/")
    of_unit = owner.get("/g/cedar/plans/", {"unit": "0002"})

    assert rows(whole) == [
        "Silver HMO 3000 SILVER Unit 0002 pays its own rate Everybody $498.20 – – – Jan 1, 2026"
    ]
    assert rows(of_unit) == [
        "Silver HMO 3000 SILVER Everybody $513.15 – – – Jan 1, 2024 This billing unit’s own rate"
    ]
    assert "in billing unit 0002 Warehouse" in text(of_unit, "[role=status]")


def test_a_plan_of_one_unit_is_no_plan_of_another(owner, group):
    here, there = SubgroupFactory.create_batch(2, group=group)
    PlanOfferFactory(
        group=group, subgroup=there, class_code="FT", plan__name="Gold", plan__code="GOLD"
    )

    assert select(owner.get("/g/cedar/plans/", {"unit": here.code}), ".ep-empty")
    assert rows(owner.get("/g/cedar/plans/")) == [
        f"Gold GOLD Class FT, {there} No rate on file for this day"
    ]


def test_rates_by_age_are_shown_by_their_ends(owner, group):
    plan = PlanFactory(code="CHOICE", name="Choice EPO")
    PlanOfferFactory(group=group, plan=plan)
    for first, last, amount in [(0, 14, "441.16"), (15, 63, "576.68"), (64, 120, "1730.04")]:
        ages = {"tier": Rate.Tier.BY_AGE, "age_from": first, "age_to": last}
        RateFactory(group=group, plan=plan, amount=Decimal(amount), **ages)

    [row] = rows(owner.get("/g/cedar/plans/"))

    assert "By age: $441.16 at age 0 to $1,730.04 from age 64" in row


def test_a_plan_that_the_carrier_ended_is_gone(owner, silver):
    silver.term_date = date(2026, 6, 30)
    silver.save()

    assert select(owner.get("/g/cedar/plans/"), ".ep-empty")
    assert len(rows(owner.get("/g/cedar/plans/", {"on": "2026-06-30"}))) == 1


def test_classes_of_the_day(owner, group, silver):
    EmployeeClassFactory(group=group, min_hours=Decimal("30.0"), contribution="80%")
    EmployeeClassFactory(group=group, code="PT", effective_from=date(2027, 1, 1))

    assert rows(owner.get("/g/cedar/plans/"), table=1) == [
        "Full time FT First of the month after the date of hire 30 or more 80%"
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"on": "soon"}, "Enter a date, such as 11/17/2026."),
        ({"on": "1215-06-15"}, "Check the year."),
        ({"on": "\0"}, "Enter a date, such as 11/17/2026."),
        ({"unit": "9999"}, "Choose a billing unit from the list."),
    ],
)
def test_what_makes_no_sense_is_told_and_shows_nothing(owner, silver, asked, message):
    page = owner.get("/g/cedar/plans/", asked)

    assert errors(page) == [message]
    assert text(page, "title").startswith("Error:")
    assert not select(page, "table")


def test_htmx_gets_the_list_alone(owner, silver):
    headers = {"HX-Request": "true", "HX-Target": "plans-list"}

    part = owner.get("/g/cedar/plans/", {"on": "2025-06-01"}, headers=headers)
    wrong = owner.get("/g/cedar/plans/", {"on": "x"}, headers=headers)

    assert not select(part, "h1")
    assert rows(part) == rows(owner.get("/g/cedar/plans/", {"on": "2025-06-01"}))
    assert wrong["HX-Redirect"] == "/g/cedar/plans/?on=x"


def test_rates_are_for_those_who_may_see_them(client, group, silver):
    client.force_login(given(group, atoms=["plans_view"]).user)

    page = client.get("/g/cedar/plans/")

    assert rows(page) == ["Silver HMO 3000 SILVER Everybody"]
    assert b"$" not in page.content


def test_without_the_right_to_see_plans_there_is_no_page(client, group):
    client.force_login(given(group, atoms=["roster_view"]).user)

    assert client.get("/g/cedar/plans/").status_code == 403
    assert not select(client.get("/g/cedar/"), "a[href='/g/cedar/plans/']")


def test_people_of_one_unit_see_it_and_nothing_of_the_others(client, group, silver):
    mine, other = (SubgroupFactory(group=group, code=code) for code in ("0001", "0002"))
    RateFactory(group=group, plan=silver, subgroup=other, amount=Decimal("999.99"))
    client.force_login(given(group, atoms=["rates_view"], units=[mine.pk]).user)

    page = client.get("/g/cedar/plans/")

    options = [option.get("value") for option in select(page, "#id_unit option")]
    assert options == ["0001"]
    assert rows(page) == ["Silver HMO 3000 SILVER Everybody $498.20 – – – Jan 1, 2026"]
    assert errors(client.get("/g/cedar/plans/", {"unit": "0002"})) == [
        "Choose a billing unit from the list."
    ]


@pytest.mark.parametrize("count", [1, 5])
def test_any_number_of_plans_costs_the_same(owner, group, count, django_assert_num_queries):
    for _ in range(count):
        offer = PlanOfferFactory(group=group)
        unit = SubgroupFactory(group=group)
        RateFactory(group=group, plan=offer.plan)
        RateFactory(group=group, plan=offer.plan, subgroup=unit)
    owner.get("/g/cedar/plans/")

    with django_assert_num_queries(15):
        assert len(rows(owner.get("/g/cedar/plans/"))) == count
