import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from portal import audit
from portal.models import AuditEvent, OutboundEmail
from portal.request_info import RequestInfo, current
from tests.ambient import owner
from tests.factories import EmployerGroupFactory, UserFactory

pytestmark = pytest.mark.django_db
CHANGES = ["UPDATE portal_auditevent SET note = 'other'", "DELETE FROM portal_auditevent"]


@pytest.fixture
def event():
    audit.record("groups.thing_done", by=None, target=EmployerGroupFactory())
    return AuditEvent.objects.get()


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses_to_change_history(event, statement):
    with (
        pytest.raises(DatabaseError, match="permission denied for table portal_auditevent"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.get().note == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", CHANGES)
def test_it_refuses_the_owner_of_the_table_too(event, statement):
    with owner() as database, pytest.raises(psycopg.Error, match="append-only"):
        database.execute(statement)


@pytest.mark.parametrize(
    "change", [lambda event: event.save(), lambda event: event.delete()], ids=["save", "delete"]
)
def test_nor_does_the_code_get_through(event, change):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        change(event)


def test_an_event_says_who_what_and_from_where():
    group, user = EmployerGroupFactory(), UserFactory(first_name="Teresa", last_name="Quinn")
    token = current.set(RequestInfo("abc-123", "203.0.113.7", "Firefox " * 50))
    audit.record(
        "groups.thing_done",
        by=user,
        target=group,
        group_id=group.pk,
        changes={"name": (None, 3)},
        note="why",
    )
    current.reset(token)
    event = AuditEvent.objects.get()

    assert (event.actor_key, event.actor_label) == (user.pk, "Teresa Quinn")
    assert (event.target_type, event.target_key) == ("groups.employergroup", str(group.pk))
    assert (event.group_key, event.note, event.changes) == (
        group.pk,
        "why",
        {"name": ["None", "3"]},
    )
    assert (event.request_id, event.ip_address, len(event.user_agent)) == (
        "abc-123",
        "203.0.113.7",
        200,
    )


def test_of_sensitive_fields_only_the_change_is_kept():
    letter = OutboundEmail.objects.create(key="a", to="t@cedar.example", template="accounts/x")
    changes = {"to": ("t@cedar.example", "u@cedar.example"), "attempts": (1, 2)}

    audit.record("portal.email_changed", by=None, target=letter, changes=changes)

    event = AuditEvent.objects.get()
    assert event.changes == {"to": ["…", "…"], "attempts": ["1", "2"]}


def test_history_outlives_the_row(event):
    EmployerGroupFactory._meta.model.objects.all().delete()

    assert AuditEvent.objects.get().target_label == event.target_label


def test_no_event_without_the_deed():
    with transaction.atomic():
        audit.record("groups.thing_done", by=None, target=EmployerGroupFactory())
        transaction.set_rollback(True)

    assert not AuditEvent.objects.exists()


def test_many_events_at_once(django_assert_num_queries):
    groups, user = EmployerGroupFactory.create_batch(3), UserFactory()

    with django_assert_num_queries(1):
        audit.record_many(
            "groups.thing_done",
            by=user,
            events=[audit.About(group, group.pk, {"name": (1, 2)}, "why") for group in groups],
        )
    audit.record_many("groups.thing_done", by=user, events=[])

    events = AuditEvent.objects.order_by("pk")
    assert [(event.group_key, event.target_label) for event in events] == [
        (group.pk, str(group)) for group in groups
    ]
    assert {(event.actor_key, event.note) for event in events} == {(user.pk, "why")}
    assert events[0].changes == {"name": ["1", "2"]}
