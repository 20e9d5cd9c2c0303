import pytest
from django.db import IntegrityError, connection

from groups.models import EmployerGroup, IdentifiedBy
from tests.factories import EmployerGroupFactory, RenewalFactory, RenewalRateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    main = EmployerGroupFactory(group_id="20418A", slug="20418a", policyholder_id="000020418")
    unit = EmployerGroupFactory(
        group_id="20418B", slug="20418b", policyholder_id="000020418", main_group=main
    )
    return main, unit


@pytest.mark.parametrize("typed", ["20418A", "20418B"])
def test_a_letter_other_than_a_leads_to_the_a_group(company, typed):
    assert EmployerGroup.objects.identified_by(IdentifiedBy.GROUP_ID, typed).get() == company[0]


def test_policyholder_id_leads_to_the_main_group(company):
    found = EmployerGroup.objects.identified_by(IdentifiedBy.POLICYHOLDER_ID, "000020418")

    assert found.get() == company[0]


def test_single_group_ending_in_another_letter_is_itself(db):
    group = EmployerGroupFactory(group_id="77777C", slug="77777c")

    assert EmployerGroup.objects.identified_by(IdentifiedBy.GROUP_ID, "77777C").get() == group


@pytest.mark.parametrize(
    "wrong",
    [{"group_id": "2041A"}, {"group_id": "20418a"}, {"policyholder_id": "12"}, {"fein": "1"}],
)
def test_the_database_refuses_malformed_identifiers(wrong):
    with pytest.raises(IntegrityError):
        EmployerGroupFactory(**wrong)


def test_the_database_refuses_a_tier_of_the_renewal_of_another_group():
    RenewalRateFactory(renewal=RenewalFactory(), group=EmployerGroupFactory())

    with pytest.raises(IntegrityError):
        connection.check_constraints()
