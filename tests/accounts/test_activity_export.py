"""The activity of a group as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.actions import grants
from accounts.authority import Access
from accounts.models import User
from accounts.views import activity
from groups.atoms import with_needs
from portal import audit
from portal.models import AuditEvent
from portal.tenancy import carrier_scope
from tests.access import given, primary_of
from tests.factories import SubgroupFactory, UserFactory
from tests.html import select

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def mark(primary):
    user = UserFactory(first_name="Mark", last_name="Johnson")
    return given(primary.group, "viewer", user=user, parent=primary)


@pytest.fixture
def browser(client, primary):
    client.force_login(primary.user)
    return client


def happened(group, at, *, target=None, **event):
    """Write one event of *group* as if it were *at*."""
    with time_machine.travel(at, tick=False):
        audit.record(by=event.pop("by", None), target=target or group, group_id=group.pk, **event)


def csv_of(response):
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_the_file_holds_what_the_list_shows(browser, primary, mark):
    happened(
        primary.group,
        NOON,
        by=primary.user,
        kind="accounts.grant_changed",
        target=mark,
        changes={"role": ("viewer", "custom")},
    )

    response = browser.get(
        f"/g/{primary.group.slug}/activity.csv",
        {"first_day": "2026-11-20", "last_day": "2026-11-20", "about": "mark"},
    )

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    head, *lines = csv_of(response)
    assert head == ["Date", "Time", "Who", "What", "About", "Details"]
    assert [
        "2026-11-20", "12:00:00 EST", "Karen Mitchell", "changed the access", "Mark Johnson, Viewer", "Role: Viewer, now Custom",
    ] in lines  # fmt: skip


def test_the_file_begins_with_the_mark_excel_needs_and_has_a_plain_name(browser, primary):
    with time_machine.travel(NOON):
        response = browser.get(f"/g/{primary.group.slug}/activity.csv")
        content = b"".join(response.streaming_content)

    assert content.startswith(b"\xef\xbb\xbfDate,Time")
    assert response["Content-Disposition"] == (
        f'attachment; filename="activity-{primary.group.slug}-2026-11-20.csv"'
    )


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)"])
def test_a_name_is_no_formula(browser, primary, mark, name):
    User.objects.filter(pk=mark.user_id).update(first_name=name)

    response = browser.get(f"/g/{primary.group.slug}/activity.csv")

    assert {row[4] for row in csv_of(response) if "Johnson" in row[4]} == {
        f"'{name} Johnson, Viewer"
    }


def test_an_export_is_written_down_before_it_begins(browser, primary):
    response = browser.get(
        f"/g/{primary.group.slug}/activity.csv", {"about": "karen", "area": "access"}
    )
    with carrier_scope():
        event = AuditEvent.objects.get(kind="accounts.activity_exported")

    assert (event.actor_key, event.group_key, event.note) == (
        primary.user_id,
        primary.group.pk,
        "about, area",
    )
    assert b"".join(response.streaming_content)


def test_whoever_is_removed_before_the_first_row_gets_nothing(browser, primary):
    primary_of(primary.group)
    response = browser.get(f"/g/{primary.group.slug}/activity.csv")
    with carrier_scope():
        grants.revoke_grant(primary, by=None)

    assert b"".join(response.streaming_content) == b""


@pytest.mark.parametrize("how", ["removed", "limited to a unit", "account closed"])
def test_whoever_loses_the_right_on_the_way_gets_no_more(browser, primary, monkeypatch, how):
    monkeypatch.setattr(activity, "PER_BATCH", 2)
    reader = given(primary.group, atoms=["audit_view"], parent=primary)
    unit = SubgroupFactory(group=primary.group)
    browser.force_login(reader.user)
    stream = iter(browser.get(f"/g/{primary.group.slug}/activity.csv").streaming_content)

    begun = [next(stream) for _ in range(3)]
    with carrier_scope():
        if how == "removed":
            grants.revoke_grant(reader, by=None)
        elif how == "limited to a unit":
            access = Access("custom", frozenset(with_needs(["audit_view"])), frozenset([unit.pk]))
            grants.change_grant(reader, access=access, by=None)
        else:
            User.objects.filter(pk=reader.user_id).update(is_active=False)
    rest = b"".join(stream).decode()

    assert len(begun) == 3
    assert rest.strip() == "Your access ended while this file was written. The rest is missing."


def test_a_long_file_is_read_in_batches_and_complete(browser, primary, monkeypatch):
    monkeypatch.setattr(activity, "PER_BATCH", 7)
    for number in range(30):
        happened(
            primary.group, NOON - timedelta(seconds=number // 4), kind="accounts.hand_over_offered"
        )

    lines = csv_of(browser.get(f"/g/{primary.group.slug}/activity.csv", {"last_day": "2026-11-20"}))

    assert sum("offered the primary role" in line for line in lines) == 30


def test_a_wrong_filter_leads_back_to_the_page(browser, primary):
    response = browser.get(f"/g/{primary.group.slug}/activity.csv", {"first_day": "x"})

    assert response.url == f"/g/{primary.group.slug}/activity/?first_day=x"
    assert not AuditEvent.objects.filter(kind="accounts.activity_exported").exists()


def test_nothing_leaves_while_one_sees_the_group_as_somebody_else(browser, primary):
    reader = given(primary.group, "administrator", parent=primary)
    session = browser.session
    session["view_as"] = {primary.group.slug: reader.user_id}
    session.save()

    assert browser.get(f"/g/{primary.group.slug}/activity.csv").status_code == 403
    assert (
        select(browser.get(f"/g/{primary.group.slug}/activity/"), "main a[href$='activity.csv']")
        == []
    )
