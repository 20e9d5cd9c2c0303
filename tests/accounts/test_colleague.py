"""The page about one user of a group."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.actions import delegation, grants
from accounts.actions.agencies import stop_agency
from accounts.actions.asking import ask_for_right
from accounts.actions.imports import commit_import, prepare_import
from accounts.models import Agency, Grant
from accounts.old_users import COLUMNS, users_of
from accounts.roles import ROLES
from accounts.tasks import take_over_imports
from groups.atoms import LABELS
from groups.models import Transaction
from portal import csv_lists
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.accounts.steps import sign_in
from tests.factories import (
    EmployerGroupFactory,
    StaffFactory,
    SubgroupFactory,
    UserFactory,
    issued_key,
)
from tests.html import select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return EmployerGroupFactory()


@pytest.fixture
def primary(group):
    return primary_of(group, user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def inside(client, primary):
    client.force_login(primary.user)
    return client


def colleague(group, parent, role="viewer", **more):
    user = UserFactory(first_name="Luis", last_name="Ortega", title="Clerk", phone="4135550119")
    return given(group, role, user=user, parent=parent, **more)


def page(grant):
    return f"/g/{grant.group.slug}/users/{grant.key}/"


def deeds(response):
    return [
        " ".join(item.text_content().split()) for item in select(response, "aside .ep-linklist li")
    ]


def test_page_says_who_it_is_and_what_they_may_do(inside, group, primary):
    unit = SubgroupFactory(group=group, code="0002", name="Warehouse")
    grant = colleague(group, primary, units=[unit.pk])

    response = inside.get(page(grant))
    words = response.content.decode()

    assert text(response, "h1") == "Luis Ortega Active"
    for fact in (grant.user.username, grant.user.email, "Clerk", "(413) 555-0119", "0002 Warehouse",
                 "Given by a colleague", "Karen Mitchell"):  # fmt: skip
        assert fact in words
    assert "See the roster" not in words  # in plain words, not by right
    assert "masked IDs" in words
    assert "offered the access" in text(response, ".ep-history")


def test_page_counts_open_sessions(inside, group, primary):
    grant = colleague(group, primary)
    sign_in(Client(), grant.user)

    response = inside.get(page(grant))
    facts = [item.text_content() for item in select(response, "aside .ep-facts dd")]

    assert facts[-1] == "1"


def test_primary_is_offered_everything_that_is_possible_now(inside, group, primary):
    grant = colleague(group, primary)
    sign_in(Client(), grant.user)

    offered = deeds(inside.get(page(grant)))

    assert offered == [
        "Change access",
        "View as Luis Ortega",
        "Update profile",
        "Reset password",
        "Hand over the primary role",
        "Deactivate",
        "Remove",
    ]


def test_invited_person_can_be_invited_again_or_not_at_all(inside, group, primary):
    grant = delegation.add_user(
        group, first_name="Mark", last_name="Johnson", email="mark@cedarworks.example",
        role="viewer", by=primary.user,
    )  # fmt: skip

    response = inside.get(page(grant))

    assert text(response, "h1") == "Mark Johnson Invited"
    assert "Not registered yet" in response.content.decode()
    assert deeds(response) == ["Change access", "Send a new access code", "Cancel invitation"]


def test_deactivated_person_can_be_reactivated(inside, group, primary):
    grant = colleague(group, primary)
    delegation.deactivate_user(grant, version=grant.version, by=primary.user)

    offered = deeds(inside.get(page(grant)))

    assert "Reactivate" in offered
    assert {"Deactivate", "View as Luis Ortega", "Hand over the primary role"}.isdisjoint(offered)


def test_the_stop_of_the_agency_stands_in_the_history(inside, group, primary):
    agency, other = (Agency.objects.create(name=name) for name in ("Summit", "Other"))
    broker = colleague(group, primary, "broker_view", agency=agency)
    given(group, "broker_view", agency=other)
    stop_agency(agency, reason="secret", by=StaffFactory())
    stop_agency(other, reason="secret", by=StaffFactory())

    shown = text(inside.get(page(broker)), ".ep-history")

    assert shown.count("stopped all access of the agency") == 1
    assert "secret" not in shown


def test_removed_person_has_a_history_and_nothing_else(inside, group, primary):
    grant = colleague(group, primary)
    delegation.remove_user(grant, version=grant.version, by=primary.user)

    response = inside.get(page(grant))

    assert text(response, "h1") == "Luis Ortega Removed"
    assert deeds(response) == []
    assert "took the access away" in text(response, ".ep-history")


def test_one_cannot_change_ones_own_access(inside, primary):
    response = inside.get(page(primary))

    assert deeds(response) == []
    assert "This is your own access." in text(response, "aside")


@pytest.mark.parametrize("role", ["primary_administrator", "administrator"])
def test_administrator_is_offered_nothing_about_wider_access(client, group, primary, role):
    other = given(group, role, user=UserFactory(), parent=primary)
    client.force_login(given(group, "administrator", parent=primary).user)

    response = client.get(page(other))

    assert deeds(response) == []
    assert "wider than yours" in text(response, "aside")


def test_who_only_sees_the_list_is_offered_nothing(client, group, primary):
    reader = given(group, atoms=["users_view"], parent=primary)
    client.force_login(reader.user)

    response = client.get(page(colleague(group, primary)))

    assert deeds(response) == []
    assert "see who has access, and not change it" in text(response, "aside")


def test_no_one_else_finds_the_page(client, inside, group, primary):
    grant = colleague(group, primary)
    stranger, plain = Client(), Client()
    stranger.force_login(primary_of().user)
    plain.force_login(given(group, atoms=["billing_view"], parent=primary).user)
    elsewhere = colleague(EmployerGroupFactory(), None)

    assert stranger.get(page(grant)).status_code == 404
    assert plain.get(page(grant)).status_code == 403
    assert inside.get(f"/g/{group.slug}/users/{uuid.uuid4()}/").status_code == 404
    assert inside.get(f"/g/{group.slug}/users/{elsewhere.key}/").status_code == 404


def test_administrator_of_one_billing_unit_does_not_see_people_of_others(client, group, primary):
    mine, other = (
        SubgroupFactory(group=group, code="0001"),
        SubgroupFactory(group=group, code="0002"),
    )
    head = given(group, "custom", atoms=["users_manage"], units=[mine.pk], parent=primary)
    client.force_login(head.user)

    assert client.get(page(colleague(group, head, units=[mine.pk]))).status_code == 200
    assert client.get(page(colleague(group, primary, units=[other.pk]))).status_code == 404
    assert client.get(page(primary)).status_code == 404


def test_end_that_has_passed_is_shown_before_the_sweep(inside, group, primary):
    grant = colleague(group, primary)
    Grant.objects.filter(pk=grant.pk).update(
        ends_at=grant.created_at.replace(microsecond=0).replace(year=grant.created_at.year + 1)
    )
    grants.suspend_grant(grant, by=None, suspension=Grant.Suspension.AGENCY)

    response = inside.get(page(grant))

    assert "We have stopped all access of this agency." in text(response, ".ep-notice")
    assert "Reactivate" not in deeds(response)


def test_registration_is_answered_for_by_the_carrier(inside, primary):
    issued_key()  # of another group
    response = inside.get(page(primary))

    assert "Registration" in text(response, ".ep-facts")
    assert str(ROLES[primary.role].label) in text(response, ".ep-title")


@pytest.mark.parametrize("events", [1, 4])
def test_statements_do_not_grow_with_the_history(
    inside, group, primary, events, django_assert_num_queries
):
    grant = colleague(group, primary)
    for _ in range(events):
        grant = grants.suspend_grant(grant, by=None, suspension=Grant.Suspension.ADMINISTRATOR)
        grant = grants.resume_grant(grant, by=None)
    inside.get("/home/")  # terms are looked up once a session

    with django_assert_num_queries(27):
        inside.get(page(grant))


# --- Needs your review


def orphaned(group, primary, **more):
    """Return the access of somebody whose giver was made a viewer."""
    head = given(group, "administrator", user=UserFactory(), parent=primary)
    below = colleague(group, head, role="billing_manager", **more)
    delegation.change_access(head, role="viewer", version=head.version, by=primary.user)
    return Grant.objects.get(pk=below.pk)


def keep(client, grant, version=None):
    data = {"version": version or grant.version}
    return client.post(f"{page(grant)}keep/", data, follow=True)


def test_access_that_waits_for_a_review_is_kept_as_it_is(inside, group, primary):
    waiting = orphaned(group, primary)
    shown = inside.get(page(waiting))

    done = keep(inside, waiting)
    kept = Grant.objects.get(pk=waiting.pk)

    assert "whoever gave this access has less access themselves" in text(shown, "#needs-review")
    assert text(shown, "#needs-review button") == "Keep as it is"
    said = text(done, ".ep-messages")
    number = Transaction.objects.get(kind="accounts.access_kept").number
    assert said == f"Luis Ortega keeps this access. You answer for it now. Confirmation {number}."
    assert not select(done, "#needs-review")
    assert (kept.parent, kept.orphaned_at, kept.atoms) == (primary, None, waiting.atoms)
    event = AuditEvent.objects.get(kind="accounts.access_kept")
    assert (event.actor_key, event.target_key) == (primary.user_id, str(kept.pk))


def test_second_click_on_keep_does_nothing(inside, group, primary):
    waiting = orphaned(group, primary)
    keep(inside, waiting)

    assert "Nothing was done twice." in text(keep(inside, waiting), ".ep-messages")
    fresh = Grant.objects.get(pk=waiting.pk)
    assert "Nothing was done twice." in text(keep(inside, fresh), ".ep-messages")
    assert AuditEvent.objects.filter(kind="accounts.access_kept").count() == 1


def test_nobody_keeps_what_they_could_not_give(client, group, primary):
    unit = SubgroupFactory(group=group)
    waiting = orphaned(group, primary)
    head = given(group, "administrator", user=UserFactory(), parent=primary, units=[unit.pk])
    client.force_login(head.user)

    assert keep(client, waiting).status_code == 404  # they may not know of it
    with pytest.raises(ValidationError) as refused:
        delegation.keep_access(waiting, version=waiting.version, by=head.user)
    assert refused.value.code == delegation.NOT_YOURS
    assert Grant.objects.get(pk=waiting.pk).orphaned_at == waiting.orphaned_at
    assert AuditEvent.objects.filter(kind="accounts.delegation_refused").count() == 1


def test_reader_sees_that_it_waits_and_no_button(client, group, primary):
    waiting = orphaned(group, primary)
    reader = given(group, atoms=["users_view"], user=UserFactory(), parent=primary)
    client.force_login(reader.user)

    shown = client.get(page(waiting))

    assert "A primary administrator keeps, changes or removes it." in text(shown, "#needs-review")
    assert not select(shown, "#needs-review button")
    assert keep(client, waiting).status_code == 403


def test_unknown_old_role_says_so_and_can_be_kept(inside, group, primary):
    boss = StaffFactory()
    line = f"a;Ann Lee;t@c.example;{group.group_id};Wizard"
    listed = f"old_user_id;name;email;group;old_role\n{line}\n"
    users = users_of(csv_lists.read(listed.encode(), COLUMNS))
    commit_import(prepare_import("old.csv", users=users, by=boss), by=boss)
    take_over_imports()
    taken = Grant.objects.get(source="import")

    shown = inside.get(page(taken))

    assert "We did not know the old role “Wizard” and made it Viewer; check it." in text(
        shown, "#needs-review"
    )
    assert "has less access" not in shown.content.decode()
    keep(inside, taken)
    kept = Grant.objects.get(pk=taken.pk)
    assert (kept.parent, kept.orphaned_at) == (primary, None)


# --- Asked for more


def test_what_somebody_asked_for_stands_on_their_page_until_it_is_decided(inside, group, primary):
    grant = colleague(group, primary)
    ask_for_right(group, atom="payment_make", by=grant.user)
    ask_for_right(group, atom="users_view", by=grant.user)
    asked = inside.get(page(grant))

    delegation.change_access(grant, role="billing_viewer", version=grant.version, by=primary.user)

    first, second = LABELS["users_view"], LABELS["payment_make"]
    assert f"asked for more access: {first}, {second}." in text(asked, "#asked-for")
    assert f"asked for more access: {second}" in text(asked, ".ep-history")
    assert not select(inside.get(page(grant)), "#asked-for")


def test_codes_are_access_codes_for_colleagues(inside, group, primary):
    invited = delegation.add_user(
        group, first_name="Mark", last_name="Johnson", email="mark@c.example", role="viewer",
        by=primary.user,
    )  # fmt: skip

    shown = inside.get(page(invited))

    assert "issued an access code" in text(shown, ".ep-history")
    assert "Access Key" not in shown.content.decode()
