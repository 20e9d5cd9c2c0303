"""Users of an old portal, taken over: what becomes of each line, and that it happens once."""

import json
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.actions import agencies, codes
from accounts.actions.grants import offer_grant, revoke_grant
from accounts.actions.imports import (
    commit_import,
    drop_import,
    prepare_import,
    take_group,
    take_over,
)
from accounts.models import AccessCode, AccessImport, AccessImportRow, Grant
from accounts.old_users import COLUMNS, OldUser, users_of
from accounts.tasks import take_over_imports
from groups.models import EmployerGroup
from portal import csv_lists, mail
from portal.models import AuditEvent, OutboundEmail
from portal.sealed import unseal
from tests.access import given, primary_of
from tests.accounts.test_codes_concurrency import at_once
from tests.factories import EmployerGroupFactory, UserFactory
from tests.staff import staff_with
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db
HEAD = "old_user_id;name;email;group;old_role\n"


@pytest.fixture
def boss():
    return staff_with("am_supervisor")


@pytest.fixture
def cedar():
    return EmployerGroupFactory(group_id="20418A", slug="20418a", policyholder_id="000519880")


def prepared(lines, boss):
    """Return a list of *lines*, judged."""
    return prepare_import(
        "users.csv", users=users_of(csv_lists.read((HEAD + lines).encode(), COLUMNS)), by=boss
    )


def taken(batch, boss):
    """Decide to take the list over and let the queue do it; return how many grants there are of it."""
    commit_import(batch, by=boss, primaries_confirmed=True)
    take_over_imports()
    return batch.rows.exclude(grant=None).count()


def verdicts(batch):
    return list(batch.rows.values_list("verdict", flat=True))


def test_every_line_gets_its_verdict(boss, cedar):
    given(cedar, "viewer", user=UserFactory(email="has@cedar.example"))
    offer_grant(cedar, email="invited@cedar.example", role="viewer", by=None)
    EmployerGroupFactory(group_id="77777A", status=EmployerGroup.Status.TERMINATED)

    batch = prepared(
        "a;Teresa Quinn;TQuinn@cedar.example;20418a;bill PAYER\n"
        "b;Ann Lee;other@cedar.example;0005-19880;Wizard\n"
        "c;Ann Lee;HAS@cedar.example;20418A;Broker\n"
        "d;Ann Lee;invited@cedar.example;20418A;Broker\n"
        "e;Ann Lee;tquinn@CEDAR.example;519880;Broker\n"
        "f;Ann Lee;x@cedar.example;99999Z;Broker\n"
        "g;Ann Lee;x@cedar.example;77777A;Broker\n"
        "h;Ann Lee;no address;20418A;Broker\n",
        boss,
    )

    rows = list(batch.rows.all())
    assert [(row.line, row.verdict, row.role) for row in rows] == [
        (2, "new", "billing_manager"),
        (3, "unknown_role", "viewer"),
        (4, "has_access", "broker_full"),
        (5, "has_access", "broker_full"),
        (6, "twice", "broker_full"),
        (7, "unknown_group", "broker_full"),
        (8, "unknown_group", "broker_full"),
        (9, "unreadable", ""),
    ]
    assert [row.problem for row in rows[6:]] == [
        "This group has ended.", "This is no email address.",
    ]  # fmt: skip
    assert {row.group for row in rows[:5]} == {cedar}
    assert rows[0].email == "tquinn@cedar.example"
    assert Grant.objects.filter(source="import").count() == 0
    assert OutboundEmail.objects.count() == 0


def test_the_same_person_in_two_groups_is_no_repeat(boss, cedar):
    EmployerGroupFactory(group_id="20533A")

    batch = prepared(
        "a;Ann Lee;t@c.example;20418A;Viewer\nb;Ann Lee;t@c.example;20533A;Broker\n", boss
    )

    assert verdicts(batch) == ["unknown_role", "new"]


def test_access_that_has_ended_is_no_access(boss, cedar):
    grant = given(cedar, "viewer", user=UserFactory(email="t@c.example"))
    revoke_grant(grant, by=None)

    assert verdicts(prepared("a;Ann Lee;t@c.example;20418A;Read only\n", boss)) == ["new"]


def test_taking_over_makes_pending_grants_with_a_key_by_mail(boss, cedar):
    batch = prepared("a;Quinn, Teresa;t@c.example;20418A;Group administrator\n", boss)

    count = taken(batch, boss)

    grant = Grant.objects.get()
    letter = OutboundEmail.objects.get(template="accounts/import_welcome")
    assert (count, grant.state, grant.source, grant.role) == (
        1,
        "pending",
        "import",
        "primary_administrator",
    )
    assert (grant.person, grant.granted_by, grant.parent, grant.orphaned_at) == (
        "Teresa Quinn",
        boss,
        None,
        None,
    )
    assert batch.rows.get().grant == grant
    batch.refresh_from_db()
    assert (batch.state, batch.decided_by) == ("committed", boss)
    assert letter.to == "t@c.example"
    key = json.loads(unseal(letter.sealed, place=f"mail:{letter.key}"))["access_key"]
    subject, body, _html = mail.render(letter)
    assert key in body
    assert subject.startswith("Welcome")
    assert "Quinn" not in body
    guest = UserFactory(email="t@c.example")
    redeemed = codes.redeem_code(
        codes.find_code_for_person(key.replace("-", "")), user=guest, by=guest
    )
    assert redeemed.state == "active"


def test_an_unknown_role_is_marked_for_the_primary_administrator(boss, cedar):
    primary = primary_of(cedar)

    taken(prepared("a;Ann Lee;t@c.example;20418A;Wizard\n", boss), boss)

    grant = Grant.objects.get(source="import")
    assert (grant.role, grant.orphaned_at is None) == ("viewer", False)
    assert AuditEvent.objects.get(kind="accounts.grant_offered", target_key=str(grant.pk)).note == (
        "viewer, old role unknown"
    )
    notice = OutboundEmail.objects.get(template="accounts/access_notice")
    assert (notice.to, notice.context) == (primary.user.email, {"slug": "20418a"})


def test_a_broker_comes_with_the_agency(boss, cedar):
    harbor = agencies.create_agency(name="Harbor", npn="", city="", state="", by=boss)
    ned = {"first_name": "Ned", "last_name": "Flint", "email": "Ned@harbor.example", "npn": "1"}
    agencies.add_broker(harbor, **ned, by=boss)

    taken(prepared("a;Ann Lee;ned@harbor.example;20418A;Broker\n", boss), boss)

    assert Grant.objects.get().agency == harbor


@pytest.mark.parametrize("before", [True, False])
def test_a_broker_of_a_stopped_agency_is_left_out(boss, cedar, before):
    harbor = agencies.create_agency(name="Harbor", npn="", city="", state="", by=boss)
    ned = {"first_name": "Ned", "last_name": "Flint", "email": "ned@harbor.example", "npn": "1"}
    agencies.add_broker(harbor, **ned, by=boss)
    lines = "a;Ann Lee;ned@harbor.example;20418A;Broker\n"

    batch = None if before else prepared(lines, boss)
    agencies.stop_agency(harbor, reason="A dispute.", by=boss)
    batch = batch or prepared(lines, boss)

    assert taken(batch, boss) == 0
    assert batch.rows.get().problem == "We have stopped all access of this person’s agency."
    assert not Grant.objects.exists()


def test_access_given_since_the_upload_is_not_given_twice(boss, cedar):
    batch = prepared(
        "a;Ann Lee;t@c.example;20418A;Broker\nb;Ann Lee;u@c.example;20418A;Broker\n", boss
    )
    given(cedar, "viewer", user=UserFactory(email="T@c.example"))

    assert taken(batch, boss) == 1
    assert verdicts(batch) == ["has_access", "new"]


def test_a_group_that_ended_since_the_upload_is_left_out(boss, cedar):
    batch = prepared("a;Ann Lee;t@c.example;20418A;Broker\n", boss)
    EmployerGroup.objects.filter(pk=cedar.pk).update(status=EmployerGroup.Status.TERMINATED)

    assert taken(batch, boss) == 0
    row = batch.rows.get()
    assert (row.verdict, row.problem) == ("unknown_group", "This group has ended.")
    assert not Grant.objects.exists()


def test_lines_that_were_not_taken_keep_nobodys_name(boss, cedar):
    batch = prepared(
        "tq;Teresa Quinn;t@c.example;20418A;Broker\nx1;Olga Brandt;o@c.example;99999Z;Broker\n"
        "x2;Olga Brandt;no address;20418A;Broker\n",
        boss,
    )

    taken(batch, boss)

    rows = [(r.line, r.verdict, r.name, r.email, r.old_user_id) for r in batch.rows.all()]
    assert rows == [
        (2, "new", "Teresa Quinn", "t@c.example", "tq"),
        (3, "unknown_group", "", "", ""),
        (4, "unreadable", "", "", ""),
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "The name is missing."),
        ("<script>alert(1)</script>", "This is no name"),
        ("=HYPERLINK(1)", "This is no name"),
        ("+1 413", "This is no name"),
        ("...", "This is no name"),
        ("Ana María O’Neil-Lee, Jr.", ""),
    ],
)
def test_names_follow_the_rule_of_the_forms(boss, cedar, name, problem):
    row = prepared(f"a;{name};t@c.example;20418A;Broker\n", boss).rows.get()

    assert row.problem.startswith(problem)
    assert row.verdict == ("unreadable" if problem else "new")


def test_a_new_primary_administrator_is_a_verdict_of_its_own_and_confirmed(boss, cedar):
    batch = prepared("a;Ann Lee;t@c.example;20418A;Group administrator\n", boss)

    with pytest.raises(ValidationError) as caught:
        commit_import(batch, by=boss)

    batch.refresh_from_db()
    assert (verdicts(batch), caught.value.code, batch.state) == (
        ["new_primary"],
        "unconfirmed",
        "preview",
    )


def test_what_a_stopped_worker_left_is_taken_up(boss, cedar):
    other = EmployerGroupFactory(group_id="20533A")
    batch = prepared(
        "a;Ann Lee;t@c.example;20418A;Broker\nb;Ann Lee;t@c.example;20533A;Broker\n", boss
    )
    commit_import(batch, by=boss)
    take_group(batch, cedar.pk)
    batch.refresh_from_db()
    assert (batch.state, Grant.objects.get().group) == ("committing", cedar)

    take_over_imports()
    take_over_imports()

    batch.refresh_from_db()
    assert (batch.state, Grant.objects.exclude(group=cedar).get().group) == ("committed", other)
    assert AccessCode.objects.count() == Grant.objects.count() == 2
    assert AuditEvent.objects.get(kind="accounts.import_committed").note == "2"


@pytest.mark.django_db(transaction=True)
def test_one_group_is_held_for_its_own_lines_alone():
    """While somebody works in one group, the others are taken over, and their people can work."""
    boss = staff_with("am_supervisor")
    busy, free = EmployerGroupFactory(group_id="20418A"), EmployerGroupFactory(group_id="20533A")
    batch = prepared(
        "a;Ann Lee;t@c.example;20533A;Broker\nb;Ann Lee;t@c.example;20418A;Broker\n", boss
    )
    commit_import(batch, by=boss)
    worker = threading.Thread(target=_in_own_connection(take_over_imports), daemon=True)

    order = sorted([busy.pk, free.pk])
    with transaction.atomic():
        EmployerGroup.objects.select_for_update(no_key=True).get(pk=order[1])
        worker.start()
        first = Grant.objects.filter(group=order[0])
        wait_for(first.exists, "the first group to be taken over", seconds=20)
        held = EmployerGroup.objects.select_for_update(no_key=True, nowait=True)
        assert held.filter(pk=order[0]).exists()
    worker.join(timeout=30)

    assert Grant.objects.count() == 2
    assert AccessImport.objects.get().state == "committed"


def _in_own_connection(call):
    def run():
        try:
            call()
        finally:
            connection.close()

    return run


def test_a_list_is_decided_once(boss, cedar):
    batch = prepared("a;Ann Lee;t@c.example;20418A;Broker\n", boss)
    taken(batch, boss)

    for decide in (commit_import, drop_import):
        with pytest.raises(ValidationError) as caught:
            decide(batch, by=boss)
        assert caught.value.code == "stale"

    assert (Grant.objects.count(), AccessCode.objects.count()) == (1, 1)


def test_a_dropped_list_keeps_nobody(boss, cedar):
    batch = drop_import(prepared("a;Ann Lee;t@c.example;20418A;Broker\n", boss), by=boss)

    assert (batch.state, AccessImportRow.objects.count()) == ("dropped", 0)
    assert list(AuditEvent.objects.values_list("kind", flat=True).order_by("pk")) == [
        "accounts.import_uploaded", "accounts.import_dropped",
    ]  # fmt: skip


def test_the_history_names_nobody_of_the_list(boss, cedar):
    batch = prepared("tq01;Teresa Quinn;t@c.example;20418A;Broker\n", boss)
    taken(batch, boss)

    history = json.dumps(list(AuditEvent.objects.values()), default=str)
    for typed in ("tq01", "Quinn", "t@c.example"):
        assert typed not in history


def test_statements_do_not_grow_with_the_lines(boss):
    def statements(number, first):
        groups = [primary_of().group]
        users = [
            OldUser(
                line=at,
                name="Ann Lee",
                email=f"p{first}{at}@c.example",
                group=groups[0].group_id,
                old_role="Broker",
            )
            for at in range(number)
        ]
        with CaptureQueriesContext(connection) as upload:
            batch = prepare_import("x.csv", users=users, by=boss)
        with CaptureQueriesContext(connection) as taking:
            commit_import(batch, by=boss)
            take_over_imports()
        return len(upload), len(taking)

    assert statements(2, "a") == statements(9, "b")


@pytest.mark.django_db(transaction=True)
def test_a_double_click():
    boss, _cedar = staff_with("am_supervisor"), EmployerGroupFactory(group_id="20418A")
    batch = prepared("a;Ann Lee;t@c.example;20418A;Broker\n", boss)

    results = at_once(*[lambda: commit_import(batch, by=boss)] * 2)
    at_once(take_over_imports, take_over_imports)

    assert [result.code for result in results if isinstance(result, ValidationError)] == ["stale"]
    assert Grant.objects.count() == 1
    assert AccessImport.objects.get().state == "committed"


@pytest.mark.django_db(transaction=True)
def test_two_lists_with_the_same_person():
    boss, _cedar = staff_with("am_supervisor"), EmployerGroupFactory(group_id="20418A")
    batches = [prepared("a;Ann Lee;t@c.example;20418A;Broker\n", boss) for _ in range(2)]

    for batch in batches:
        commit_import(batch, by=boss)

    at_once(*[lambda batch=batch: take_over(batch.pk) for batch in batches])

    assert sorted(verdicts(batch) for batch in batches) == [["has_access"], ["new"]]
    assert Grant.objects.count() == 1
