"""What becomes of a change that a person submits."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from groups import tasks
from groups.actions import transactions
from groups.actions.transactions import Change
from groups.models import Transaction
from groups.transaction_kinds import TransactionKind, register
from portal import mail
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import EmployerGroupFactory, StaffFactory, TransactionFactory, UserFactory

pytestmark = pytest.mark.django_db
CHANGE = Change({"phone": "4135550115"}, {"phone": "4135550116"}, member_name="Ortega, Luis")


@pytest.fixture
def group():
    return EmployerGroupFactory()


@pytest.fixture
def karen(group):
    return primary_of(group).user


@pytest.fixture
def nora():
    return StaffFactory()


@pytest.fixture
def waiting(group, karen):
    register(TransactionKind("tests.moved", "Moved"))
    return transactions.submit("tests.moved", group, CHANGE, by=karen, waits_for="carrier")


def kinds_of_events():
    found = AuditEvent.objects.filter(kind__startswith="groups.transaction").order_by("pk")
    return list(found.values_list("kind", flat=True))


def letters():
    return list(OutboundEmail.objects.order_by("pk").values_list("template", "to"))


def test_what_waits_for_nobody_is_completed_at_once(group, karen):
    found = transactions.submit("tests.moved", group, CHANGE, by=karen)

    assert (found.status, found.waits_for, found.submitted_by) == ("completed", "", karen)
    assert found.decided_at == found.submitted_at
    assert found.member_search == "ortega, luis"
    assert kinds_of_events() == ["groups.transaction_submitted"]
    assert letters() == []


def test_numbers_of_a_day_count_up(group, karen):
    first, second = (transactions.submit("t.x", group, CHANGE, by=karen).number for _ in range(2))

    assert first.startswith("TX-")
    assert int(second[-4:]) == int(first[-4:]) + 1


def test_the_same_form_is_one_transaction(group, karen):
    key = uuid4()
    first = transactions.submit("tests.moved", group, CHANGE, by=karen, form_key=key)

    same = {"kind": "tests.moved", "by": karen}
    assert transactions.already_submitted(group, key, **same) == first
    assert transactions.already_submitted(group, uuid4(), **same) is None
    assert transactions.already_submitted(group, None, **same) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        transactions.submit("tests.moved", group, CHANGE, by=karen, form_key=key)


def test_the_key_of_another_form_or_person_is_a_form_of_its_own(group, karen):
    key = uuid4()
    transactions.submit("tests.moved", group, CHANGE, by=karen, form_key=key)

    for same in (
        {"kind": "tests.painted", "by": karen},
        {"kind": "tests.moved", "by": UserFactory()},
    ):
        assert transactions.already_submitted(group, key, **same) is None
        assert transactions.submit(same["kind"], group, CHANGE, by=same["by"], form_key=key)


def test_completing_carries_it_out_and_writes_to_whoever_submitted_it(waiting, karen, nora):
    done = []
    register(TransactionKind("tests.moved", "Moved", apply=lambda row: done.append(row.pk)))

    found = transactions.complete(waiting, by=nora, version=1)

    assert done == [waiting.pk]
    assert (found.status, found.waits_for, found.decided_by) == ("completed", "", nora)
    assert letters() == [("groups/transaction_completed", karen.email)]
    assert kinds_of_events()[-1] == "groups.transaction_completed"


def test_both_sides_are_kept_as_people_read_them(group, karen):
    contact = {"contact": "7", "kind": "billing", "first_name": "Dana", "phone": "4135550115"}
    said = {**contact, "title": 'CFO, "acting" {interim}'}

    found = transactions.submit("groups.contact_changed", group, Change(contact, said), by=karen)

    assert found.before_words == "For: Billing; First name: Dana; Phone: (413) 555-0115"
    assert found.after_words == (
        'For: Billing; First name: Dana; Title: CFO, "acting" {interim}; Phone: (413) 555-0115'
    )


def test_what_nobody_knows_how_to_carry_out_stays(group, karen, nora):
    waiting = transactions.submit("tests.gone", group, CHANGE, by=karen, waits_for="carrier")

    with pytest.raises(ValidationError, match="no longer know how"):
        transactions.complete(waiting, by=nora, version=1)

    waiting.refresh_from_db()
    assert waiting.status == "pending"


def test_what_cannot_be_carried_out_stays_as_it_was(waiting, nora):
    def refuse(_row):
        raise ValidationError("Changed meanwhile")

    register(TransactionKind("tests.moved", "Moved", apply=refuse))
    with pytest.raises(ValidationError, match="Changed meanwhile"):
        transactions.complete(waiting, by=nora, version=1)

    waiting.refresh_from_db()
    assert (waiting.status, letters()) == ("pending", [])


def test_rejecting_needs_a_reason(waiting, karen, nora):
    with pytest.raises(ValidationError):
        transactions.reject(waiting, reason="  ", by=nora, version=1)

    found = transactions.reject(waiting, reason=" No such street. ", by=nora, version=1)

    assert (found.status, found.reason) == ("rejected", "No such street.")
    assert letters() == [("groups/transaction_rejected", karen.email)]


def test_canceling_ones_own_writes_no_letter_and_a_colleagues_does(group, waiting, karen):
    transactions.cancel(waiting, by=karen, version=1)
    assert letters() == []

    other = transactions.submit("tests.moved", group, CHANGE, by=karen, waits_for="carrier")
    transactions.cancel(other, by=UserFactory(), version=1)

    assert letters() == [("groups/transaction_canceled", karen.email)]


@pytest.mark.parametrize("status", ["completed", "rejected", "canceled", "late"])
def test_letters_name_number_and_group_and_no_person(status, group):
    row = TransactionFactory(group=group, member_name="Ortega, Luis", submitted_by=UserFactory())
    mail.send_many(f"groups/transaction_{status}", [transactions._letter(row, status)])

    subject, body, _html = mail.render(OutboundEmail.objects.get())

    assert row.number in subject
    assert f"/g/{group.slug}/transactions/{row.number}/" in body
    assert group.name in body
    assert "Ortega" not in subject + body


@pytest.mark.parametrize("who", ["closed", "staff", "removed", "of another group"])
def test_letters_go_to_those_alone_who_still_work_in_the_group(group, nora, who):
    register(TransactionKind("tests.moved", "Moved"))
    person = StaffFactory() if who == "staff" else UserFactory(is_active=who != "closed")
    if who == "closed":
        given(group, "viewer", user=person)
    if who == "of another group":
        given(EmployerGroupFactory(), "viewer", user=person)
    row = transactions.submit("tests.moved", group, CHANGE, by=person, waits_for="carrier")

    transactions.complete(row, by=nora, version=1)

    assert letters() == []


def test_taking_says_who_has_it_and_whoever_was_second_is_told(waiting, nora):
    found = transactions.take(waiting, by=nora, version=1)

    assert (found.assigned_to, found.version) == (nora, 2)
    with pytest.raises(ValidationError):
        transactions.take(waiting, by=StaffFactory(), version=1)


@pytest.mark.parametrize("act", [transactions.complete, transactions.cancel, transactions.take])
def test_what_is_decided_stays_so(waiting, karen, nora, act):
    found = transactions.cancel(waiting, by=karen, version=1)

    with pytest.raises(ValidationError):
        act(found, by=nora, version=found.version)


def test_the_clock_escalates_once_what_waits_for_us_for_24_hours(group, karen):
    now = timezone.now()

    def submitted(hours, **more):
        at = now - timedelta(hours=hours)
        more = {"status": "pending", "submitted_by": karen, **more}
        return TransactionFactory(group=group, submitted_at=at, **more)

    late, _young, _theirs, _done = (
        submitted(24), submitted(23), submitted(30, waits_for="employer"), submitted(30, status="completed"),
    )  # fmt: skip

    assert transactions.escalate_pending(now) == 1
    assert transactions.escalate_pending(now) == 0

    assert list(Transaction.objects.filter(escalated_at=now)) == [late]
    assert letters() == [("groups/transaction_late", karen.email)]
    assert kinds_of_events() == ["groups.transaction_escalated"]


def test_the_task_of_the_clock(group, monkeypatch):
    monkeypatch.setattr(transactions, "BATCH", 2)
    TransactionFactory.create_batch(
        5, group=group, status="pending", submitted_at=timezone.now() - timedelta(days=3)
    )

    tasks.escalate_transactions()

    assert Transaction.objects.filter(escalated_at__isnull=False).count() == 5
