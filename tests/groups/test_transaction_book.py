"""The transactions of all groups of a person."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.actions import grants
from groups.transaction_kinds import TransactionKind, register
from tests.access import given, primary_of
from tests.factories import SubgroupFactory, TransactionFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
URL = "/transactions/"
NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)


@pytest.fixture
def broker(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def two(broker):
    """Give two groups in which the broker works, and one in which they do not."""
    first, second, foreign = primary_of(), primary_of(), primary_of()
    given(first.group, "broker_full", user=broker, parent=first)
    given(second.group, "broker_full", user=broker, parent=second)
    TransactionFactory(group=foreign.group)
    return first.group, second.group


def numbers(response):
    return [link.text for link in select(response, "#transaction-list tbody th a")]


def test_all_groups_together_the_newest_first(client, two):
    first, second = two
    old = TransactionFactory(group=first, submitted_at=NOON - timedelta(days=1))
    new = TransactionFactory(group=second, submitted_at=NOON)

    response = client.get(URL)

    assert numbers(response) == [new.number, old.number]
    assert second.name in text(response, "tbody tr")
    assert select(response, f"a[href='/g/{first.slug}/transactions/{old.number}/']")


def test_a_group_whose_transactions_one_may_not_see_is_left_out(client, broker, two):
    other = primary_of()
    given(other.group, atoms=["group_view"], user=broker, parent=other)
    TransactionFactory(group=other.group)
    seen = TransactionFactory(group=two[0])

    assert numbers(client.get(URL)) == [seen.number]


def test_a_kind_is_seen_in_the_groups_whose_right_one_holds(client, broker):
    register(TransactionKind("tests.bill_paid", "Bill paid", right="payment_history"))
    with_right, without = primary_of(), primary_of()
    both = ["transactions_view", "payment_history"]
    given(with_right.group, atoms=both, user=broker, parent=with_right)
    given(without.group, atoms=["transactions_view"], user=broker, parent=without)
    seen = TransactionFactory(group=with_right.group, kind="tests.bill_paid")
    TransactionFactory(group=without.group, kind="tests.bill_paid")
    plain = TransactionFactory(group=without.group)

    response = client.get(URL)

    assert set(numbers(response)) == {seen.number, plain.number}
    assert "Bill paid" in text(response, "#id_kind")


def test_a_kind_whose_right_one_holds_nowhere_is_not_offered(client, two):
    register(TransactionKind("tests.user_added", "User added", right="users_manage"))

    response = client.get(URL)
    refused = errors(client.get(f"{URL}?kind=tests.user_added"))

    assert "User added" not in text(response, "#id_kind")
    assert refused


def test_of_single_billing_units_only_theirs(client, broker, two):
    limited = primary_of()
    unit, other = SubgroupFactory.create_batch(2, group=limited.group)
    given(limited.group, atoms=["transactions_view"], units=[unit.pk], user=broker, parent=limited)
    mine = TransactionFactory(group=limited.group, subgroup=unit)
    TransactionFactory(group=limited.group, subgroup=other)
    TransactionFactory(group=limited.group)
    whole = TransactionFactory(group=two[0])

    assert set(numbers(client.get(URL))) == {mine.number, whole.number}


def test_access_that_ended_shows_nothing(client, broker):
    primary = primary_of()
    grant = given(primary.group, "broker_full", user=broker, parent=primary)
    TransactionFactory(group=primary.group)
    grants.revoke_grant(grant, by=None)

    response = client.get(URL)

    assert "Your access does not include transactions" in text(response, "main")


def test_filters_and_pages(client, two):
    for number in range(60):
        TransactionFactory(
            group=two[number % 2], submitted_at=NOON - timedelta(minutes=number),
            status="pending" if number % 3 else "completed",
        )  # fmt: skip

    response = client.get(URL)
    older = select(response, "a[rel=next]")[0].get("href")

    assert len(numbers(response)) == 50
    assert len(numbers(client.get(URL + older))) == 10
    assert len(numbers(client.get(f"{URL}?status=pending"))) == 40
    assert errors(client.get(f"{URL}?first_day=x"))
    assert "Nothing fits" in text(client.get(f"{URL}?member=zz"), "#transaction-list")


def test_the_number_of_statements_does_not_grow_with_the_groups(
    client, broker, two, django_assert_max_num_queries
):
    def statements():
        with django_assert_max_num_queries(20) as counted:
            client.get(URL)
        return len(counted)

    TransactionFactory(group=two[0])
    client.get(URL)
    few = statements()
    for _ in range(5):
        primary = primary_of()
        given(primary.group, "broker_view", user=broker, parent=primary)
        TransactionFactory(group=primary.group)

    assert statements() == few


def test_visitors_sign_in_first(client):
    assert client.get(URL).url.startswith("/sign-in/")
