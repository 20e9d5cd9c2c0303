"""A renewal that is carried out: its plans and rates hold from the renewal date, or staff read why they cannot."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from groups.actions import renewals
from groups.models import PlanOffer, Rate
from portal.models import AuditEvent
from tests.access import primary_of
from tests.factories import (
    PlanFactory,
    PlanOfferFactory,
    RateFactory,
    RenewalFactory,
    RenewalRateFactory,
    SubgroupFactory,
)
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
BEFORE, DAY = date(2026, 12, 31), date(2027, 1, 1)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21 12:00 -0500", tick=False):
        yield


@pytest.fixture
def renewal():
    """Return a renewal of silver, which stays, and of gold for one class of one unit, which platinum follows."""
    found = RenewalFactory()
    group, unit = found.group, SubgroupFactory(group=found.group)
    silver, gold, platinum = (PlanFactory(code=code, name=code) for code in ("SILVER", "GOLD", "PLATINUM"))  # fmt: skip
    PlanOfferFactory(group=group, plan=silver)
    PlanOfferFactory(group=group, plan=gold, subgroup=unit, class_code="FT")
    RateFactory(group=group, plan=silver, amount=Decimal("498.20"))
    RateFactory(group=group, plan=gold, amount=Decimal("684.10"))
    RenewalRateFactory(renewal=found, current_plan=silver, renewal_amount=Decimal("529.09"))
    RenewalRateFactory(renewal=found, current_plan=gold, renewal_plan=platinum, renewal_amount=Decimal("677.94"))  # fmt: skip
    return found


def completed(renewal):
    """Accept *renewal* and let staff complete it on their page; return the page that they read then."""
    person = primary_of(renewal.group).user
    sent = renewals.accept_renewal(renewal, version=1, form_key=None, by=person)
    path = f"/staff/groups/transaction/{sent.pk}/complete/"
    page = browser_of(staff_with("am_supervisor")).post(path, {"version": 1}, follow=True)
    renewal.refresh_from_db()
    return page


def rates():
    found = Rate.objects.order_by("plan__code", "effective_from")
    return [(one.plan.code, str(one.amount), one.effective_from, one.effective_to) for one in found]


def test_new_rates_and_offers_hold_from_the_renewal_date(renewal):
    completed(renewal)

    assert renewal.state == "accepted"
    start = date(2024, 1, 1)
    assert rates() == [
        ("GOLD", "684.10", start, BEFORE),
        ("PLATINUM", "677.94", DAY, None),
        ("SILVER", "498.20", start, BEFORE),
        ("SILVER", "529.09", DAY, None),
    ]
    offers = PlanOffer.objects.order_by("plan__code")
    assert [(one.plan.code, one.class_code, one.effective_from, one.effective_to) for one in offers] == [
        ("GOLD", "FT", start, BEFORE),
        ("PLATINUM", "FT", DAY, None),
        ("SILVER", "", start, None),
    ]  # fmt: skip
    platinum, gold = offers[1], offers[0]
    assert platinum.subgroup == gold.subgroup
    event = AuditEvent.objects.get(kind="groups.rates_loaded")
    assert (event.group_key, event.note) == (renewal.group.pk, "2 rates, 1 offers")


def test_staff_read_what_completing_does_and_find_the_renewal(renewal):
    person = primary_of(renewal.group).user
    sent = renewals.accept_renewal(renewal, version=1, form_key=None, by=person)

    page = browser_of(staff_with("am_specialist")).get(
        f"/staff/groups/transaction/{sent.pk}/change/"
    )

    assert "puts the plans and rates of the renewal in force from its day on" in text(page, "main")
    [link] = select(page, "main a[href*='/groups/renewal/']")
    assert link.get("href") == f"/staff/groups/renewal/{renewal.pk}/change/"


def test_rates_that_are_loaded_already_stay_as_they_are(renewal):
    silver = renewal.rates.get(current_plan__code="SILVER").current_plan
    Rate.objects.filter(plan=silver).update(effective_to=BEFORE)
    RateFactory(group=renewal.group, plan=silver, amount=Decimal("529.09"), effective_from=DAY)

    completed(renewal)

    assert renewal.state == "accepted"
    assert Rate.objects.filter(plan=silver).count() == 2


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        ({"amount": Decimal("500.00"), "effective_from": DAY}, "SILVER (SILVER), Employee: Another rate begins on this day, $500.00."),
        ({"effective_from": date(2027, 2, 1)}, "SILVER (SILVER), Employee: Another rate follows: from Feb 1, 2027."),
        ({"tier": "AGE", "age_from": 0, "age_to": 20, "effective_from": DAY}, "SILVER (SILVER), Employee: The group pays for this plan in another way"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_told_to_staff_and_nothing_is_done(renewal, held, problem):
    silver = renewal.rates.get(current_plan__code="SILVER").current_plan
    Rate.objects.filter(plan=silver).update(effective_to=BEFORE)
    RateFactory(group=renewal.group, plan=silver, **held)
    before = rates()

    page = completed(renewal)

    said = text(page, ".ep-messages")
    assert said.startswith(f"The plans and rates of this renewal cannot be written. {problem}")
    assert said.endswith("Load a rate file that mends this, then complete it.")
    assert (renewal.state, rates()) == ("offered", before)


def test_a_plan_that_ends_before_the_renewal_is_told(renewal):
    platinum = renewal.rates.get(current_plan__code="GOLD").renewal_plan
    platinum.term_date = BEFORE
    platinum.save()

    page = completed(renewal)

    said = text(page, ".ep-messages")
    assert "PLATINUM (PLATINUM): We do not have this plan on Jan 1, 2027." in said
    assert renewal.state == "offered"
