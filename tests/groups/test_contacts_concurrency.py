"""Two requests change how a group is reached at the same moment, on a real PostgreSQL."""

from uuid import uuid4

import pytest

from groups.actions import contacts
from groups.models import Address, Contact, Transaction
from tests.access import given, primary_of
from tests.accounts.test_access_concurrency import as_person, both_orders, in_line, refusal
from tests.factories import AddressFactory, ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)

DANA = {
    "first_name": "Dana",
    "last_name": "Webb",
    "title": "",
    "phone": "4135550177",
    "extension": "",
    "email": "dwebb@cedarworks.example",
}


@pytest.fixture
def primary():
    return primary_of()


@pytest.fixture
def billing(primary):
    return ContactFactory(group=primary.group, kind=Contact.Kind.BILLING)


def changing(grant, contact, *, key=None, **values):
    typed = {**DANA, **values}
    return as_person(
        grant,
        lambda: contacts.change_contact(
            contact, version=contact.version, form_key=key or uuid4(), by=grant.user, **typed
        ),
    )


def removing(grant, contact):
    return as_person(
        grant,
        lambda: contacts.remove_contact(
            contact, version=contact.version, form_key=uuid4(), by=grant.user
        ),
    )


@both_orders
def test_the_same_form_twice_at_once_is_one_transaction(primary, billing, order):
    key = uuid4()

    results = in_line(
        primary.group,
        [changing(primary, billing, key=key), changing(primary, billing, key=key)],
        order,
    )

    assert results == [Transaction.objects.get()] * 2


@both_orders
def test_of_two_changes_the_second_is_shown_the_first(primary, billing, order):
    colleague = given(primary.group, "administrator", parent=primary)

    results = in_line(
        primary.group,
        [
            changing(primary, billing, first_name="Ann"),
            changing(colleague, billing, first_name="Bo"),
        ],
        order,
    )

    billing.refresh_from_db()
    assert [refusal(results[place]) for place in order] == [None, "stale"]
    assert billing.first_name == ["Ann", "Bo"][order[0]]


@both_orders
def test_two_who_remove_the_last_two_leave_one(primary, billing, order):
    second = ContactFactory(group=primary.group, kind=Contact.Kind.BILLING, first_name="Ann")

    results = in_line(primary.group, [removing(primary, billing), removing(primary, second)], order)

    assert [refusal(results[place]) for place in order] == [None, "last"]
    assert Contact.objects.filter(kind=Contact.Kind.BILLING).count() == 1


@both_orders
def test_of_two_moves_one_waits_for_us(primary, order):
    AddressFactory(group=primary.group, kind=Address.Kind.PHYSICAL)

    def moving(street):
        place = {"line2": "", "city": "Holyoke", "state": "MA", "zip_code": "01040", "county": ""}
        return as_person(
            primary,
            lambda: contacts.change_address(
                primary.group, subgroup=None, kind="physical", line1=street, version=1, form_key=uuid4(),
                by=primary.user, **place,
            ),
        )  # fmt: skip

    results = in_line(primary.group, [moving("1 Elm Street"), moving("2 Oak Street")], order)

    assert [refusal(results[place]) for place in order] == [None, "waits"]
    assert Transaction.objects.get().status == "pending"
