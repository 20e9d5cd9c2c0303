"""What counts as evidence: contacts the carrier vouches for, and nothing that an employer can put on file."""

from uuid import uuid4

import pytest

from accounts.evidence import score_of
from accounts.models import RegistrationRequest
from groups.actions import contacts, transactions
from groups.actions.vouching import stop_vouching_for, vouch_for
from groups.models import Contact, Transaction
from tests.access import given, primary_of
from tests.factories import (
    ContactFactory,
    RegistrationRequestFactory,
    StaffFactory,
    SubgroupFactory,
)
from tests.html import select
from tests.staff import browser_of, page_of, staff_with

pytestmark = pytest.mark.django_db
MALLORY = {
    "first_name": "Mallory", "last_name": "Moss", "title": "", "phone": "4135550166", "extension": "",
    "email": "mallory@evil.example",
}  # fmt: skip


@pytest.fixture
def primary():
    return primary_of()


@pytest.fixture
def planner(primary):
    """Somebody who may edit the contacts of one billing unit."""
    unit = SubgroupFactory(group=primary.group, code="0002", name="Warehouse")
    grant = given(primary.group, atoms=["group_contacts_edit"], units=[unit.pk], parent=primary)
    return unit, grant.user


@pytest.fixture
def nomination(primary):
    """The nomination that the planted contact is meant to carry."""
    ContactFactory(group=primary.group)
    return RegistrationRequestFactory(
        group=primary.group,
        nominated=True,
        email="accomplice@evil.example",
        phone="4135550166",
        officer_name="Mallory Moss",
        officer_email="mallory@evil.example",
        officer_phone="4135550166",
        signer_name="Mallory Moss",
        signer_email="mallory@evil.example",
    )


def points(case):
    return score_of(RegistrationRequest.objects.with_evidence().get(pk=case.pk)).points


def add(group, by, *, kind="billing", subgroup=None, **typed):
    values = {**MALLORY, **typed}
    contacts.add_contact(group, subgroup=subgroup, kind=kind, form_key=uuid4(), by=by, **values)
    return Contact.objects.get(email=values["email"])


def table(page, css):
    return [
        [" ".join(cell.text_content().split()) for cell in row] for row in select(page, f"{css} tbody tr")
    ]  # fmt: skip


def test_a_contact_of_a_unit_does_not_carry_a_nomination(planner, nomination):
    unit, user = planner
    before = points(nomination)

    add(nomination.group, user, subgroup=unit)

    assert points(nomination) == before


@pytest.mark.parametrize("kind", ["billing", "enrollment", "primary_admin"])
def test_nor_does_one_that_the_employer_names_for_the_group(primary, nomination, kind):
    before = points(nomination)

    add(primary.group, primary.user, kind=kind)

    assert points(nomination) == before


def test_a_changed_contact_is_evidence_no_longer(primary, nomination):
    billing = ContactFactory(group=primary.group, kind="billing", email="b@evil.example")
    with_it = points(nomination)

    contacts.change_contact(
        billing, version=1, form_key=uuid4(), by=primary.user, **(MALLORY | {"email": "m@evil.example"})
    )  # fmt: skip

    billing.refresh_from_db()
    assert points(nomination) < with_it
    assert (billing.vouched_at, billing.is_evidence) == (None, False)
    assert billing.named_at is not None


def test_staff_read_who_named_the_contact_and_that_it_does_not_count(planner, nomination):
    unit, user = planner
    add(nomination.group, user, subgroup=unit)

    page = browser_of(staff_with("am_specialist")).get(page_of(nomination))

    (line,) = table(page, "#not-evidence")
    assert line[:2] == ["Mallory Moss, billing", "Name, Email address, Phone"]
    assert line[2].startswith("Named by the employer on ")
    assert line[2].endswith(", not evidence")
    assert [row[3] for row in table(page, "section[aria-labelledby=officer]")] == 3 * [
        "Not evidence"
    ]


def test_what_staff_vouch_for_counts_until_they_stop(primary, nomination):
    before, staff = points(nomination), StaffFactory()
    named = add(primary.group, primary.user)

    vouch_for(named, version=named.version, by=staff)
    vouched = points(nomination)
    stop_vouching_for(named, version=named.version, by=staff)

    assert vouched > before
    assert points(nomination) == before


def test_a_contract_signer_a_supervisor_decided_on_is_evidence(primary, nomination):
    signer = Contact.objects.get(kind="contract_signer")
    contacts.change_contact(signer, version=1, form_key=uuid4(), by=primary.user, **MALLORY)
    waiting, before = Transaction.objects.get(), points(nomination)

    transactions.complete(waiting, by=staff_with("am_supervisor"), version=waiting.version)

    signer.refresh_from_db()
    assert signer.is_evidence
    assert points(nomination) > before


def test_a_vouched_contact_of_a_unit_says_why_it_does_not_count(planner, nomination):
    unit, _user = planner
    ContactFactory(group=nomination.group, subgroup=unit, kind="billing", **MALLORY)

    page = browser_of(staff_with("am_specialist")).get(page_of(nomination))

    (line,) = table(page, "#not-evidence")
    assert line[2].endswith("; of a billing unit, so not evidence")
