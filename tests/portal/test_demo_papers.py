"""Renewals of the demo: there is one to look at, whatever the day."""

from datetime import date

import pytest

from groups.models import Renewal
from portal.demo.load_papers import LOGISTICS, load_renewals
from tests.factories import EmployerGroupFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "today",
    [date(2026, 1, 1), date(2026, 10, 17), date(2026, 11, 21), date(2026, 12, 18), date(2026, 12, 31)],
    ids=str,
)  # fmt: skip
def test_cedar_ridge_logistics_can_accept_one_on_any_day(today):
    group = EmployerGroupFactory(group_id=LOGISTICS, renewal_date=date(2027, 1, 1))

    load_renewals([group], accepted_by=UserFactory(), today=today)

    assert [one.is_open(today) for one in Renewal.objects.all()] == [True, False]


def test_other_groups_have_theirs_in_its_weeks():
    group = EmployerGroupFactory(renewal_date=date(2027, 1, 1))

    for today in (date(2026, 10, 17), date(2026, 12, 18)):
        load_renewals([group], accepted_by=UserFactory(), today=today)
    assert not Renewal.objects.exists()
    load_renewals([group], accepted_by=UserFactory(), today=date(2026, 10, 18))
    assert Renewal.objects.get().is_open(date(2026, 10, 18))
