"""Grants and lines: what the check finds, and what PostgreSQL refuses before there is anything to find."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm
from guardian.utils import get_user_obj_perms_model

from accounts.access_check import KINDS, disagreements
from accounts.actions import grants
from accounts.models import Grant, GrantUnit, GroupPermissionLine, SubgroupPermissionLine
from groups.models import EmployerGroup, Subgroup
from tests.access import given, primary_of
from tests.ambient import nobody
from tests.factories import EmployerGroupFactory, GrantFactory, SubgroupFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    """Give a group with everything in it that can be said by grants and lines."""
    group = EmployerGroupFactory()
    group.unit, group.other_unit = SubgroupFactory.create_batch(2, group=group)
    group.primary = primary_of(group)
    group.whole = given(group, "administrator", parent=group.primary)
    group.limited = given(
        group, atoms=["billing_view"], units=[group.unit.pk], parent=group.whole,
    )  # fmt: skip
    group.invited = GrantFactory(group=group, role="viewer")
    return group


def sql(statement, *values):
    """Run what no code of ours would, with the constraints checked at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def permission(codename, model):
    return Permission.objects.get(codename=codename, content_type__model=model)


def test_what_actions_write_agrees(group):
    grants.suspend_grant(group.whole, by=None, suspension=Grant.Suspension.ADMINISTRATOR)
    grants.resume_grant(group.whole, by=None)
    grants.revoke_grant(group.limited, by=None)

    assert disagreements() == {}


def test_one_statement_whatever_the_number(group, django_assert_num_queries):
    with django_assert_num_queries(1):
        disagreements()


SABOTAGE = {
    "a line of the group is gone": (
        (
            "DELETE FROM accounts_grouppermissionline WHERE id = (SELECT max(id) FROM"
            " accounts_grouppermissionline WHERE grant_id = %(whole)s)"
        ),
        {"missing": ["whole"]},
    ),
    "a line of a unit is gone": (
        (
            "DELETE FROM accounts_subgrouppermissionline WHERE id = (SELECT max(id) FROM"
            " accounts_subgrouppermissionline)"
        ),
        {"missing": ["limited"]},
    ),
    "a line more than the grant says": (
        (
            "INSERT INTO accounts_grouppermissionline (permission_id, user_id, content_object_id, grant_id)"
            " SELECT p.id, g.user_id, g.group_id, g.id FROM accounts_grant AS g, auth_permission AS p"
            " WHERE g.id = %(limited)s AND p.codename = 'payment_make' LIMIT 1"
        ),
        {"surplus": ["limited"]},
    ),
    "a right taken from the grant alone": (
        "UPDATE accounts_grant SET atoms = array_remove(atoms, 'payment_make') WHERE id = %(whole)s",
        {"surplus": ["whole"]},
    ),
    "a right put into the grant alone": (
        "UPDATE accounts_grant SET atoms = atoms || '{payment_make}'::varchar[] WHERE id = %(limited)s",
        {"missing": ["limited"]},
    ),
    "a grant ended in its row alone": (
        "UPDATE accounts_grant SET state = 'revoked' WHERE id = %(limited)s",
        {"surplus": ["limited"]},
    ),
    "its giver ended in its row alone": (
        "UPDATE accounts_grant SET state = 'revoked' WHERE id = %(whole)s",
        {"surplus": ["whole"], "wider": ["limited"]},
    ),
    "an invitation opened in its row alone": (
        (
            "UPDATE accounts_grant SET state = 'active', activated_at = now(), user_id ="
            " (SELECT max(id) FROM accounts_user) WHERE id = %(invited)s"
        ),
        {"missing": ["invited"]},
    ),
    "the whole group opened in its row alone": (
        "UPDATE accounts_grant SET all_units = true WHERE id = %(limited)s",
        {"missing": ["limited"], "surplus": ["limited"], "units": ["limited"]},
    ),
    "a unit given in its row alone": (
        (
            "INSERT INTO accounts_grantunit (group_id, grant_id, subgroup_id)"
            " VALUES (%(group)s, %(limited)s, %(other_unit)s)"
        ),
        {"missing": ["limited"]},
    ),
    "longer than its giver": (
        "UPDATE accounts_grant SET ends_at = now() + interval '1 day' WHERE id = %(whole)s",
        {"wider": ["limited"]},
    ),
    "its giver is not of the group": (
        "UPDATE accounts_grant SET parent_id = %(foreign)s WHERE id = %(limited)s",
        {"wider": ["limited"]},
    ),
    "two answer for each other": (
        "UPDATE accounts_grant SET parent_id = %(whole)s WHERE id = %(primary)s",
        {"circle": ["primary", "whole"], "wider": []},
    ),
    "an end that the sweep did not meet": (
        (
            "UPDATE accounts_grant SET created_at = now() - interval '2 days', ends_at = now() - interval '2 hours'"
            " WHERE id = %(limited)s"
        ),
        {"overdue": ["limited"]},
    ),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_what_was_written_past_the_actions_is_found(group, what):
    statement, expected = SABOTAGE[what]
    keys = {
        name: getattr(group, name).pk
        for name in ("primary", "whole", "limited", "invited", "other_unit")
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**keys, "group": group.pk, "foreign": primary_of().pk})
        assert cursor.rowcount == 1

    found = disagreements()

    names = {kind: [keys[name] for name in names] for kind, names in expected.items() if names}
    assert found == names


def test_a_grant_past_its_end_may_wait_for_the_sweep(group):
    soon = timezone.now() + timedelta(minutes=1)
    given(group, "viewer", ends_at=soon)

    assert disagreements(soon + timedelta(minutes=30)) == {}
    assert disagreements(soon + timedelta(minutes=61)).keys() == {"overdue"}


def test_lines_in_tables_that_nothing_reads_are_found(group):
    line = permission("group_view", "employergroup")
    sql(
        "INSERT INTO guardian_userobjectpermission (object_pk, content_type_id, permission_id, user_id)"
        " VALUES (%s, %s, %s, %s)",
        str(group.pk), line.content_type_id, line.pk, group.primary.user_id,
    )  # fmt: skip

    assert disagreements() == {"stray": [0]}


def test_the_command_says_counts_and_nothing_about_persons(group):
    said = StringIO()
    with nobody():
        call_command("check_access", stdout=said)

    assert said.getvalue().splitlines()[-1] == "They agree."
    assert said.getvalue().startswith("3 grants in force, ")


def test_the_command_fails_when_something_is_wrong(group):
    sql("UPDATE accounts_grant SET state = 'revoked' WHERE id = %s", group.limited.pk)
    said = StringIO()

    with nobody(), pytest.raises(CommandError, match="disagree"):
        call_command("check_access", stdout=said)

    assert f"1 {KINDS['surplus']}: {group.limited.pk}\n" in said.getvalue()
    assert group.limited.user.email not in said.getvalue()


def refused(constraint):
    return pytest.raises(IntegrityError, match=constraint)


def settle():
    """Have the constraints looked at that wait for the commit."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("column", "wrong", "constraint"),
    [
        ("user_id", "stranger", "group_line_of_user_of_grant"),
        ("content_object_id", "other_group", "group_line_of_group_of_grant"),
        ("grant_id", "foreign_grant", "group_line_of_"),
    ],
)
def test_a_line_of_a_group_is_its_grants(group, column, wrong, constraint):
    rows = {
        "stranger": UserFactory(),
        "other_group": EmployerGroupFactory(),
        "foreign_grant": primary_of(),
    }
    line = GroupPermissionLine.objects.filter(grant=group.whole).first()

    with refused(constraint), transaction.atomic():
        sql(
            f"UPDATE accounts_grouppermissionline SET {column} = %s WHERE id = %s",
            rows[wrong].pk, line.pk,
        )  # fmt: skip
        settle()


@pytest.mark.parametrize(
    ("column", "wrong", "constraint"),
    [
        ("user_id", "stranger", "unit_line_of_user_of_grant"),
        ("group_id", "other_group", "unit_line_of_group_of_grant"),
        ("content_object_id", "other_unit", "unit_line_of_unit_of_grant"),
        ("content_object_id", "foreign_unit", "unit_line_of_unit_of_grant"),
        ("grant_id", "whole", "unit_line_of_"),
    ],
)
def test_a_line_of_a_unit_is_its_grants(group, column, wrong, constraint):
    rows = {
        "stranger": UserFactory(),
        "other_group": EmployerGroupFactory(),
        "other_unit": group.other_unit,
        "foreign_unit": SubgroupFactory(),
        "whole": group.whole,
    }
    line = SubgroupPermissionLine.objects.filter(grant=group.limited).first()

    with refused(constraint), transaction.atomic():
        sql(
            f"UPDATE accounts_subgrouppermissionline SET {column} = %s WHERE id = %s",
            rows[wrong].pk, line.pk,
        )  # fmt: skip
        settle()


def test_a_unit_of_another_group_is_no_unit_of_a_grant(group):
    for unit, of in ((SubgroupFactory(), group), (SubgroupFactory(), None)):
        with refused("grant_unit_in_group_of_"), transaction.atomic():
            GrantUnit.objects.create(grant=group.limited, subgroup=unit, group=of or unit.group)
            settle()


def test_a_person_cannot_be_moved_out_of_an_active_grant(group):
    with refused("group_line_of_user_of_grant"), transaction.atomic():
        sql(
            "UPDATE accounts_grant SET user_id = %s WHERE id = %s", UserFactory().pk, group.whole.pk
        )
        settle()


@pytest.mark.parametrize(
    ("codename", "target"), [("groups.billing_view", "group"), ("groups.billing_view", "unit")]
)
def test_assigning_a_right_past_the_grants_fails(group, codename, target):
    on = group if target == "group" else group.unit

    with pytest.raises(IntegrityError, match="grant_id"), transaction.atomic():
        assign_perm(codename, UserFactory(), on)


@pytest.mark.parametrize("model", [EmployerGroup, Subgroup])
def test_guardian_reads_our_tables(model):
    assert get_user_obj_perms_model(model) in {GroupPermissionLine, SubgroupPermissionLine}
