"""Two people of staff draft the same renewal at the same moment, on a real PostgreSQL."""

from datetime import date
from decimal import Decimal

import pytest

from groups.actions.renewals import Offered, draft_renewal
from groups.models import Renewal
from tests.accounts.test_access_concurrency import as_carrier, both_orders, in_line, refusal
from tests.factories import EmployerGroupFactory, PlanFactory, StaffFactory

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
