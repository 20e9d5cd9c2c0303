"""What a renewal does not compare is named beside it."""

from datetime import date

import pytest
import time_machine

from groups.models import PlanOffer
from tests.access import primary_of
from tests.factories import PlanOfferFactory, RateFactory, RenewalRateFactory
from tests.html import text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db


@time_machine.travel("2026-11-21 12:00 -0500", tick=False)
def test_a_plan_by_age_on_offer_is_named_beside_the_comparison(client):
    renewal = RenewalRateFactory().renewal
    PlanOfferFactory(group=renewal.group, plan=renewal.rates.get().current_plan)
    by_age = PlanOfferFactory(
        group=renewal.group, plan__name="Choice EPO", plan__code="CHOICE"
    ).plan
    RateFactory(group=renewal.group, plan=by_age, tier="AGE", age_from=0, age_to=20)
    PlanOfferFactory(group=renewal.group, plan__name="Long gone", effective_to=date(2024, 12, 31))
    PlanOfferFactory(plan__name="Of others")
    client.force_login(primary_of(renewal.group).user)
    words = (
        "Also on offer, but not compared here: Choice EPO (CHOICE)."
        " Plans and rates shows what they cost on a day."
    )

    page = f"/g/{renewal.group.slug}/renewals/{renewal.key}/"
    staff = browser_of(staff_with("am_supervisor"))

    assert words in text(client.get(page), "main")
    assert words in text(staff.get(f"/staff/groups/renewal/{renewal.pk}/change/"), "main")
    PlanOffer.objects.filter(plan=by_age).delete()
    assert "not compared here" not in text(client.get(page), "main")
