"""Two people draft, accept or withdraw one renewal at the same moment, on a real PostgreSQL."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from groups.actions.renewals import Offered, accept_renewal, draft_renewal, withdraw_renewal
from groups.models import Renewal, Transaction
from tests.access import primary_of
from tests.accounts.test_access_concurrency import as_carrier, both_orders, in_line, refusal
from tests.factories import (
    EmployerGroupFactory,
    PlanFactory,
    RenewalFactory,
    RenewalRateFactory,
    StaffFactory,
)
from tests.groups.test_transactions_concurrency import in_line_for

pytestmark = pytest.mark.django_db(transaction=True)


@both_orders
def test_two_drafts_of_a_day_at_once_are_one_and_a_reason(order):
    group, plan = EmployerGroupFactory(), PlanFactory()
    line = Offered(plan, plan, "EE", Decimal("612.47"), Decimal("649.21"), 12)

    def drafting(by):
        days = (date(2027, 1, 1), date(2026, 10, 18), date(2026, 12, 15))
        names = ("renewal_date", "available_on", "respond_by")
        typed = dict(zip(names, days, strict=True))
        return as_carrier(lambda: draft_renewal(group, **typed, offered=[line], by=by))

    results = in_line(group, [drafting(StaffFactory()), drafting(StaffFactory())], order)

    assert [refusal(result) for result in results if not isinstance(result, Renewal)] == ["twice"]
    assert Renewal.objects.count() == 1


@both_orders
def test_an_acceptance_and_a_withdrawal_at_once_are_one_of_them(order):
    primary, staff = primary_of(), StaffFactory()
    last_day = timezone.localdate() + timedelta(days=4)
    offer = RenewalFactory(group=primary.group, respond_by=last_day, available_on=date(2020, 1, 1))
    RenewalRateFactory(renewal=offer)
    accept = as_carrier(
        lambda: accept_renewal(offer, version=offer.version, form_key=uuid4(), by=primary.user)
    )
    withdraw = as_carrier(
        lambda: withdraw_renewal(offer, version=offer.version, reason="Wrong rates.", by=staff)
    )

    results = in_line_for(offer, [accept, withdraw], order)

    offer.refresh_from_db()
    assert refusal(results[order[0]]) is None
    assert refusal(results[order[1]]) in {"stale", "waits"}
    assert (offer.state == "withdrawn") is not Transaction.objects.exists()
