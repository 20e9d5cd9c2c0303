"""Agencies: the directory, and the emergency stop."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import agencies, codes, delegation, grants
from accounts.models import AccessCode, Agency, Broker, Grant, GroupPermissionLine
from portal import mail
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.accounts.test_codes_concurrency import at_once
from tests.factories import UserFactory
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
HARBOR = {"name": "Harbor Benefits", "npn": "17654321", "city": "Portland", "state": "ME"}
NED = {"first_name": "Ned", "last_name": "Flint", "email": "ned@harbor.example", "npn": "8843922"}
REASON = "Laptop stolen, police report 77-1."


@pytest.fixture
def boss():
    return staff_with("am_supervisor")


@pytest.fixture
def harbor(boss):
    return agencies.create_agency(**HARBOR, by=boss)


@pytest.fixture
def ned(harbor, boss):
    """Return the account of a broker of Harbor."""
    agencies.add_broker(harbor, **NED, by=boss)
    return UserFactory(email=NED["email"], username="nflint")


def client_of(agency, broker, group=None):
    """Return the broker's active grant on a group that has a primary administrator."""
    primary = primary_of(group)
    return given(primary.group, "broker_full", user=broker, parent=primary, agency=agency)


def invited(agency, group=None):
    """Return the open code of a broker who is invited."""
    grant = grants.offer_grant(
        group or primary_of().group, email="new@harbor.example", role="broker_view", source="delegation",
        agency=agency, by=None,
    )  # fmt: skip
    return codes.issue_code(grant, by=None)


def letters(template):
    return list(OutboundEmail.objects.filter(template=template).order_by("to"))


def kinds(group=None):
    events = AuditEvent.objects.filter(group_key=group.pk) if group else AuditEvent.objects.all()
    return list(events.order_by("pk").values_list("kind", flat=True))


def test_the_directory_is_kept_and_every_change_is_written_down(boss):
    harbor = agencies.create_agency(**HARBOR, by=boss)
    agencies.update_agency(harbor, **HARBOR | {"city": "Bangor"}, by=boss)
    agencies.update_agency(harbor, **HARBOR | {"city": "Bangor"}, by=boss)
    ned = agencies.add_broker(harbor, **NED, by=boss)
    agencies.update_broker(ned, **NED | {"last_name": "Flinter"}, by=boss)

    assert (Agency.objects.get().city, Broker.objects.get().last_name) == ("Bangor", "Flinter")
    assert kinds() == [
        "accounts.agency_created", "accounts.agency_changed", "accounts.broker_added",
        "accounts.broker_changed",
    ]  # fmt: skip
    assert AuditEvent.objects.get(kind="accounts.agency_changed").changes == {
        "city": ["Portland", "Bangor"]
    }
    assert AuditEvent.objects.get(kind="accounts.broker_changed").changes == {
        "last_name": ["…", "…"]
    }


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"name": "HARBOR benefits", "npn": ""}, "name"),
        ({"name": "Another", "npn": "17654321"}, "npn"),
    ],
)
def test_no_two_agencies_alike(harbor, boss, wanted, field):
    other = agencies.create_agency(name="Other", npn="", city="", state="", by=boss)

    with pytest.raises(ValidationError) as added:
        agencies.create_agency(**HARBOR | wanted, by=boss)
    with pytest.raises(ValidationError) as changed:
        agencies.update_agency(other, **HARBOR | wanted, by=boss)

    assert (list(added.value.error_dict), list(changed.value.error_dict)) == ([field], [field])
    assert Agency.objects.count() == 2


@pytest.mark.parametrize(
    ("wanted", "field"), [({"email": "NED@harbor.example"}, "email"), ({"npn": "8843922"}, "npn")]
)
def test_no_two_brokers_alike(harbor, ned, boss, wanted, field):
    with pytest.raises(ValidationError) as caught:
        agencies.add_broker(harbor, **NED | {"email": "o@h.example", "npn": "1"} | wanted, by=boss)

    assert list(caught.value.error_dict) == [field]


def test_a_stop_cuts_off_everything_at_once(harbor, ned, boss):
    grant, code = client_of(harbor, ned), invited(harbor)
    theirs = browser_of(ned)
    assert theirs.get(f"/g/{grant.group.slug}/").status_code == 200

    reach = agencies.stop_agency(harbor, reason=REASON, by=boss)

    grant.refresh_from_db()
    code.refresh_from_db()
    harbor.refresh_from_db()
    assert (reach.brokers, reach.grants, reach.groups, reach.codes) == (2, 1, 2, 1)
    assert (grant.state, grant.suspension, code.state) == ("suspended", "agency", "revoked")
    assert (harbor.stopped_by, harbor.stop_reason) == (boss, REASON)
    assert not GroupPermissionLine.objects.filter(grant=grant).exists()
    assert theirs.get(f"/g/{grant.group.slug}/").url.startswith("/sign-in/")


def test_brokers_and_primary_administrators_are_told_once(harbor, ned, boss):
    first, second = client_of(harbor, ned), client_of(harbor, ned)
    invited(harbor, first.group)

    agencies.stop_agency(harbor, reason=REASON, by=boss)

    assert [letter.to for letter in letters("accounts/agency_access")] == [
        "ned@harbor.example", "new@harbor.example",
    ]  # fmt: skip
    assert {letter.context["slug"] for letter in letters("accounts/agency_notice")} == {
        first.group.slug,
        second.group.slug,
    }
    for letter in OutboundEmail.objects.filter(template__startswith="accounts/agency_"):
        subject, body, _html = mail.render(letter)
        assert subject
        assert "stopped" in body
        assert REASON not in body
        assert harbor.name not in body


def test_every_group_reads_it_and_none_reads_the_reason(harbor, ned, boss):
    groups = [client_of(harbor, ned).group for _ in range(2)]

    agencies.stop_agency(harbor, reason=REASON, by=boss)

    for group in groups:
        event = AuditEvent.objects.get(kind="accounts.agency_stopped", group_key=group.pk)
        assert (event.target_label, event.note) == ("Harbor Benefits", "")
    assert AuditEvent.objects.get(kind="accounts.agency_stopped", group_key=None).note == REASON


def test_a_resumption_opens_what_was_active_and_nothing_else(harbor, ned, boss):
    grant, resting, code = client_of(harbor, ned), client_of(harbor, ned), invited(harbor)
    grants.suspend_grant(resting, by=boss, suspension=Grant.Suspension.ADMINISTRATOR)
    lines = set(GroupPermissionLine.objects.values_list("grant", "permission", "user"))
    agencies.stop_agency(harbor, reason=REASON, by=boss)

    reach = agencies.resume_agency(harbor, reason="Laptop found, all changed.", by=boss)

    for row in (grant, resting, code, harbor):
        row.refresh_from_db()
    assert (grant.state, resting.state, code.state) == ("active", "suspended", "revoked")
    assert (harbor.stopped_at, harbor.stop_reason) == (None, "")
    assert set(GroupPermissionLine.objects.values_list("grant", "permission", "user")) == lines
    assert (reach.grants, reach.groups) == (1, 1)
    assert len(letters("accounts/agency_access")) == 3
    assert browser_of(ned).get(f"/g/{grant.group.slug}/").status_code == 200


def test_nothing_of_a_stopped_agency_comes_to_life(harbor, ned, boss):
    grant, code = client_of(harbor, ned), invited(harbor)
    primary = Grant.objects.primary_administrators(grant.group)[0]
    grants.suspend_grant(grant, by=boss, suspension=Grant.Suspension.ADMINISTRATOR)
    agencies.stop_agency(harbor, reason=REASON, by=boss)
    grant.refresh_from_db()
    guest = UserFactory(email="new@harbor.example")

    with pytest.raises(ValidationError):
        codes.issue_code(code.grant, by=boss)
    with pytest.raises(ValidationError):
        grants.activate_grant(code.grant, user=guest, by=None)
    with pytest.raises(ValidationError):
        delegation.reactivate_user(grant, version=grant.version, by=primary.user)

    assert not Grant.objects.in_force().filter(agency=harbor).exists()


@pytest.mark.parametrize("act", [agencies.stop_agency, agencies.resume_agency])
def test_what_was_done_is_not_done_twice(harbor, boss, act):
    if act is agencies.stop_agency:
        agencies.stop_agency(harbor, reason=REASON, by=boss)
    before = AuditEvent.objects.count()

    with pytest.raises(ValidationError) as caught:
        act(harbor, reason=REASON, by=boss)

    assert caught.value.code == "stale"
    assert AuditEvent.objects.count() == before


def test_an_agency_without_access_can_be_stopped(harbor, boss):
    reach = agencies.stop_agency(harbor, reason=REASON, by=boss)

    assert (reach.grants, reach.groups) == (0, 0)
    assert not OutboundEmail.objects.exists()


def test_other_agencies_go_on(harbor, ned, boss):
    summit = agencies.create_agency(name="Summit", npn="", city="", state="", by=boss)
    theirs = client_of(summit, UserFactory())

    agencies.stop_agency(harbor, reason=REASON, by=boss)

    theirs.refresh_from_db()
    assert theirs.state == "active"


def test_statements_do_not_grow_with_the_clients(harbor, ned, boss):
    def statements():
        with CaptureQueriesContext(connection) as stopped:
            agencies.stop_agency(harbor, reason=REASON, by=boss)
        with CaptureQueriesContext(connection) as resumed:
            agencies.resume_agency(harbor, reason=REASON, by=boss)
        return len(stopped), len(resumed)

    client_of(harbor, ned)
    one = statements()
    for _ in range(6):
        client_of(harbor, ned)

    assert statements() == one


@pytest.mark.django_db(transaction=True)
def test_two_people_stop_at_the_same_moment():
    first, second = staff_with("am_supervisor"), staff_with("system_admin")
    harbor = agencies.create_agency(**HARBOR, by=first)
    client_of(harbor, UserFactory())

    results = at_once(
        lambda: agencies.stop_agency(harbor, reason=REASON, by=first),
        lambda: agencies.stop_agency(harbor, reason=REASON, by=second),
    )

    assert sorted(getattr(result, "code", "done") for result in results) == ["done", "stale"]
    assert len(letters("accounts/agency_access")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_code_is_used_while_the_agency_is_stopped():
    boss = staff_with("am_supervisor")
    harbor = agencies.create_agency(**HARBOR, by=boss)
    code, guest = invited(harbor), UserFactory(email="new@harbor.example")

    at_once(
        lambda: agencies.stop_agency(harbor, reason=REASON, by=boss),
        lambda: codes.redeem_code(code, user=guest, by=guest),
    )

    assert not Grant.objects.in_force().filter(agency=harbor).exists()
    assert not AccessCode.objects.filter(state="issued").exists()
