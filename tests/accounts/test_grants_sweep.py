"""What the clock sweeps, it sweeps one by one, and in the order of all other locks."""

import logging
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import tasks
from accounts.actions import agencies, codes, delegation, grants, review
from accounts.models import AccessCode, Grant, RegistrationRequest
from groups.models import EmployerGroup
from portal.tenancy import on_behalf_of_carrier
from tests.access import given, primary_of
from tests.ambient import nobody, owner
from tests.factories import (
    BrokerFactory,
    EmployerGroupFactory,
    RegistrationRequestFactory,
    StaffFactory,
    UserFactory,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "poison_of_the_test"


@contextmanager
def poisoned(table, key):
    """Let the database refuse every change of one row, in words that hold personal data."""
    with owner() as database:
        database.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'row of %', NEW.email; END $$"
        )
        database.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {table} FOR EACH ROW"
            f" WHEN (OLD.id = {int(key)}) EXECUTE FUNCTION {NAME}()"
        )
        try:
            yield
        finally:
            database.execute(f"DROP FUNCTION {NAME}() CASCADE")


class Caller(threading.Thread):
    """Somebody who works in a connection of their own; *error* is what was raised."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.process, self.error = call, 0, None

    def run(self):
        try:
            with nobody():
                connection.ensure_connection()
                self.process = connection.connection.info.backend_pid
                self.call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        finally:
            connection.close()

    def waits_or_is_done(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)",
                [self.process],
            )
            return cursor.fetchone()[0] or (self.process and not self.is_alive())


def while_held(group, call, *, then):
    """Hold *group*, let *call* come up against that, do *then* in the same transaction; return what *call* raised."""
    caller = Caller(call)
    with transaction.atomic():
        grants.lock_group(group.pk)
        caller.start()
        wait_for(caller.waits_or_is_done, "the caller to wait", seconds=20)
        then()
    caller.join(timeout=30)
    assert not caller.is_alive()
    return caller.error


def overdue():
    """Return a grant on a group of its own that ended yesterday."""
    primary = primary_of()
    grant = given(primary.group, "viewer", parent=primary)
    now = timezone.now()
    Grant.objects.filter(pk=grant.pk).update(
        created_at=now - timedelta(days=2), ends_at=now - timedelta(days=1)
    )
    return grant


def states(rows):
    return [type(row).objects.get(pk=row.pk).state for row in rows]


@pytest.mark.parametrize("bad", [0, 1], ids=["the first", "the last"])
def test_a_grant_that_fails_stops_no_other(bad, caplog):
    swept = [overdue(), overdue()]

    with (
        poisoned("accounts_grant", swept[bad].pk),
        caplog.at_level(logging.ERROR, "accounts"),
        nobody(),
    ):
        tasks.expire_grants()

    assert states(swept)[bad] == Grant.State.ACTIVE
    assert states(swept)[1 - bad] == Grant.State.EXPIRED
    assert [record.getMessage() for record in caplog.records] == [
        f"grant {swept[bad].pk} not expired"
    ]
    with nobody():
        tasks.expire_grants()
    assert states(swept) == [Grant.State.EXPIRED] * 2


def test_a_group_is_let_go_before_the_next_is_swept():
    first, second = overdue(), overdue()

    def look():
        # the sweep waits for the second group; the first one's is committed and free
        assert states([first]) == [Grant.State.EXPIRED]
        EmployerGroup.objects.select_for_update(nowait=True).get(pk=first.group_id)

    assert while_held(second.group, tasks.expire_grants, then=look) is None
    assert states([first, second]) == [Grant.State.EXPIRED] * 2


def unused():
    """Return an approved request whose key ended long ago."""
    now, staff = timezone.now(), StaffFactory()
    request = RegistrationRequestFactory(group=EmployerGroupFactory())
    grant = grants.offer_grant(request.group, email=request.email, role="viewer", by=None)
    code = codes.issue_code(grant, by=None)
    AccessCode.objects.filter(pk=code.pk).update(
        issued_at=now - timedelta(days=80), expires_at=now - timedelta(days=70)
    )
    RegistrationRequest.objects.filter(pk=request.pk).update(
        state=RegistrationRequest.State.APPROVED, grant=grant, decided_at=now, decided_by=staff
    )
    return RegistrationRequest.objects.get(pk=request.pk)


@pytest.mark.parametrize("bad", [0, 1], ids=["the first", "the last"])
def test_a_request_that_fails_stops_no_other(bad, caplog):
    closed = [unused(), unused()]

    with (
        poisoned("accounts_registrationrequest", closed[bad].pk),
        caplog.at_level(logging.ERROR, "accounts"),
        nobody(),
    ):
        tasks.expire_access_codes()

    assert states(closed)[bad] == RegistrationRequest.State.APPROVED
    assert states(closed)[1 - bad] == RegistrationRequest.State.EXPIRED
    assert states([closed[bad].grant]) == [Grant.State.PENDING]
    assert [record.getMessage() for record in caplog.records] == [
        f"registration request {closed[bad].pk} not closed"
    ]


def test_codes_are_swept_while_an_administrator_sends_a_new_one():
    """The sweep once held the codes while it waited for the group, whose holder waited for a code."""
    request = unused()
    primary = primary_of(request.group)
    invited = grants.offer_grant(
        request.group,
        email="ann@cedarworks.example",
        role="viewer",
        source=Grant.Source.DELEGATION,
        parent=primary,
        by=primary.user,
    )
    old = codes.issue_code(invited, by=primary.user)
    now = timezone.now()
    AccessCode.objects.filter(pk=old.pk).update(
        issued_at=now - timedelta(days=8), expires_at=now - timedelta(days=1)
    )
    version = Grant.objects.get(pk=invited.pk).version

    error = while_held(
        request.group,
        tasks.expire_access_codes,
        then=lambda: delegation.resend_invitation(invited, version=version, by=primary.user),
    )

    assert error is None
    assert invited.codes.filter(state=AccessCode.State.ISSUED).count() == 1
    assert states([request, request.grant]) == ["expired", "revoked"]


def test_a_code_that_somebody_holds_is_left_to_them():
    held, free = unused().grant.codes.get(), unused().grant.codes.get()
    sweep = Caller(tasks.expire_access_codes)

    with transaction.atomic():
        AccessCode.objects.select_for_update().get(pk=held.pk)
        RegistrationRequest.objects.select_for_update().get(grant=held.grant_id)
        sweep.start()
        sweep.join(timeout=30)
        assert not sweep.is_alive()

    assert sweep.error is None
    assert states([held, free]) == [AccessCode.State.ISSUED, AccessCode.State.EXPIRED]


def test_a_request_with_a_new_key_stays_open():
    """The sweep had seen only the old key when it came to wait for the group."""
    request = unused()

    def new_key():
        codes.issue_code(request.grant, by=None)

    assert while_held(request.group, review.close_unused_requests, then=new_key) is None
    assert states([request, request.grant]) == ["approved", "pending"]


def test_an_agency_is_stopped_while_its_broker_is_authorized():
    """The stop once held the agency against the new grant that points to it, and waited for its group."""
    primary, staff = primary_of(), StaffFactory()
    known = BrokerFactory()
    new = BrokerFactory(agency=known.agency)
    given(
        primary.group,
        "broker_full",
        user=UserFactory(email=known.email),
        parent=primary,
        agency=known.agency,
    )

    error = while_held(
        primary.group,
        on_behalf_of_carrier(lambda: agencies.stop_agency(known.agency, reason="x", by=staff)),
        then=lambda: delegation.add_user(
            primary.group,
            first_name="",
            last_name="",
            email="",
            role="broker_view",
            broker=new,
            by=primary.user,
        ),
    )

    assert error is None
    assert not Grant.objects.filter(agency=known.agency, state=Grant.State.ACTIVE).exists()
