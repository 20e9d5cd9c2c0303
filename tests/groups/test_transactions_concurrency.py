"""Two members of staff decide about one transaction at the same moment, on a real PostgreSQL."""

import pytest
from django.db import transaction

from groups.actions import transactions
from groups.transaction_kinds import TransactionKind, register
from portal.models import AuditEvent
from tests.accounts.test_access_concurrency import as_carrier, both_orders, refusal
from tests.factories import StaffFactory, TransactionFactory
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
DECIDED = ["groups.transaction_completed", "groups.transaction_rejected"]


@pytest.fixture
def waiting():
    register(TransactionKind("tests.moved", "Moved"))
    return TransactionFactory(kind="tests.moved", status="pending")


def in_line_for(row, callers, order):
    """Let *callers* come to *row* one after the other while it is held; return their results."""
    with transaction.atomic():
        type(row).objects.select_for_update().get(pk=row.pk)
        for place in order:
            callers[place].start()
            wait_for(lambda: callers[place].waits, "somebody to wait", seconds=20)  # noqa: B023
    for caller in callers:
        caller.join(timeout=30)
    return [caller.result for caller in callers]


@both_orders
def test_of_two_decisions_the_first_counts(waiting, order):
    nora, ben = StaffFactory(), StaffFactory()
    complete = as_carrier(lambda: transactions.complete(waiting, by=nora, version=1))
    reject = as_carrier(lambda: transactions.reject(waiting, reason="No.", by=ben, version=1))

    results = in_line_for(waiting, [complete, reject], order)

    waiting.refresh_from_db()
    assert [refusal(results[place]) for place in order] == [None, "stale"]
    assert waiting.status == ["completed", "rejected"][order[0]]
    assert AuditEvent.objects.filter(kind__in=DECIDED).count() == 1
