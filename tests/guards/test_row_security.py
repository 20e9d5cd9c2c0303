"""The second wall: what PostgreSQL itself refuses, whatever a view forgets.

Each table of groups, those of later migrations too, is empty to a connection that never said who it is, and shows a
person the rows of their own groups alone.
"""

import json

import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg.errors import InsufficientPrivilege

from accounts.models import Grant
from groups.models import EmployerGroup, Subgroup
from portal.tenancy import STAFF_ROLE, carrier_scope, nobody_scope, person_scope
from tests.access import given, primary_of
from tests.ambient import nobody
from tests.factories import SubgroupFactory
from tests.guards import tables

pytestmark = pytest.mark.django_db

# Of these a person sees no row, each with its reason.
CARRIER_ONLY = {
    "accounts_registrationentry": "what applicant and staff said about a request",
    "accounts_accessimport": "a list of staff, with people of many groups",
    "accounts_accessimportrow": "as the list it stands in",
    "groups_rateload": "a file of staff, with rates of many groups",
    "groups_rateloadrow": "as the file it stands in",
}
# Behind policies although no key leads from it to a group.
BESIDES = {"accounts_accessimport", "groups_rateload"}
# Anybody may add to it, about any group; nobody changes it.
HISTORY = "portal_auditevent"
# Functions that read past the policies, each with its reason. They must not be led to another schema.
PAST_THE_POLICIES = {
    "portal_scope_of": "what the policies are made from",
    "portal_has_other_groups": "whether there is a group to switch to; yes or no",
    "portal_book_of": "ids and order of a person's own grants, from which a page picks",
    "portal_is_broker": "whether a person works as a broker; yes or no",
    "portal_scope_among": "as portal_scope_of, for a few of a person's grants",
}
TABLES = tables.of_groups()
each_table = pytest.mark.parametrize("table", sorted(TABLES))
each_own = pytest.mark.parametrize("table", sorted(TABLES.keys() - CARRIER_ONLY.keys()))
each_writable = pytest.mark.parametrize(
    "table", sorted(TABLES.keys() - CARRIER_ONLY.keys() - {HISTORY})
)


def asked(statement, *values):
    """Return the rows that *statement* gives, or how many it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


# The columns of a table that are written, and not computed by PostgreSQL
WRITTEN = """
SELECT quote_ident(attname) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


def count(table):
    return asked(f"SELECT count(*) FROM {table}")[0][0]


def groups_seen(table):
    """Return the ids of the groups whose rows a table shows now."""
    return {group for (group,) in asked(f"SELECT DISTINCT {TABLES[table]} FROM {table}")}


def row_of(table, group):
    """Return one row of *group* as a dict, as the carrier sees it; of tables without a group any row."""
    column = TABLES[table]
    where = f"WHERE {column} = {group.pk}" if column else ""
    return json.loads(asked(f"SELECT to_jsonb(t) FROM {table} AS t {where} LIMIT 1")[0][0])


def insert(table, row):
    """Try to write *row* again; what row-level security lets through fails at the primary key."""
    columns = ", ".join(name for (name,) in asked(WRITTEN, table))
    source = f"SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %s)"
    statement = f"INSERT INTO {table} ({columns}) {source}"
    with transaction.atomic():
        asked(statement, json.dumps(row))


def refused_by_policy(error):
    return isinstance(error.value.__cause__, InsufficientPrivilege) and (
        "row-level security" in str(error.value)
    )


def test_models_and_postgresql_know_the_same_tables():
    assert TABLES.keys() == tables.in_catalog()


@each_table
def test_every_table_of_groups_is_behind_policies(table):
    enabled, policies = asked(
        """
        SELECT relrowsecurity, (SELECT jsonb_object_agg(polname,
            jsonb_build_array(polcmd, polroles = '{0}'::oid[], pg_get_expr(polqual, polrelid),
                pg_get_expr(polwithcheck, polrelid))) FROM pg_policy WHERE polrelid = pg_class.oid)
        FROM pg_class WHERE oid = %s::regclass
        """,
        table,
    )[0]
    policies = json.loads(policies)

    assert enabled
    if table == HISTORY:
        assert policies.keys() == {"of_person", "of_anybody", "of_carrier"}
        assert {policy[0] for policy in policies.values()} == {"r", "a"}  # to read and to add
        return
    assert policies.keys() == {"of_person", "of_carrier"}
    command, everybody, shown, written = policies["of_person"]
    assert (command, everybody) == ("*", True)
    assert shown == written
    assert ("portal." in shown) is (table not in CARRIER_ONLY)
    assert policies["of_carrier"] == ["*", False, "true", "true"]


def test_nothing_else_has_a_policy_that_opens_it():
    """A policy for everybody on top of ours would open a table: policies add up."""
    found = asked("SELECT tablename, policyname, roles::text FROM pg_policies")
    carriers = {roles for _table, policy, roles in found if policy == "of_carrier"}

    assert {table for table, _policy, _roles in found} == TABLES.keys() | BESIDES
    assert carriers == {f"{{{STAFF_ROLE}}}"}


def test_the_portal_signs_in_as_a_role_that_policies_bind():
    role = asked(
        """
        SELECT session_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
            pg_has_role(session_user, 'portal_staff', 'USAGE')
        FROM pg_roles WHERE rolname = session_user
        """
    )[0]
    owned = asked("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = session_user")
    inherited = asked(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND pg_has_role(session_user, relowner, 'MEMBER')"
    )

    assert role == ("portal_app", False, False, False, False, False, False)
    assert owned == inherited == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE of_mine (id bigint)",
        "CREATE FUNCTION of_mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE accounts_grant DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_person ON accounts_grant",
        "CREATE POLICY of_mine ON accounts_grant USING (true)",
        "DELETE FROM django_migrations",
        "SET ROLE portal_owner",
    ],
)
@pytest.mark.parametrize("scope", [nobody_scope, carrier_scope])
def test_the_portal_cannot_open_the_wall(statement, scope):
    refused = r"permission denied|must be owner"
    with nobody(), pytest.raises(ProgrammingError, match=refused), scope():
        asked(statement)


@each_table
def test_a_connection_that_never_said_who_it_is_sees_nothing(table):
    tables.filled()

    assert count(table) > 0
    with nobody():
        assert count(table) == 0
        with carrier_scope():
            assert count(table) > 0
        assert count(table) == 0


@pytest.mark.parametrize("table", sorted(TABLES.keys() - {HISTORY}))
def test_a_connection_that_never_said_who_it_is_writes_nothing(table):
    group = tables.filled()[0]
    row, before = row_of(table, group), count(table)

    with nobody():
        assert asked(f"UPDATE {table} SET id = id") == 0
        assert asked(f"DELETE FROM {table}") == 0
        with pytest.raises(ProgrammingError) as error:
            insert(table, row)

    assert refused_by_policy(error)
    assert count(table) == before


@each_own
def test_a_person_sees_the_rows_of_their_own_group(table):
    (own, primary, _limited), _foreign = tables.filled(), tables.filled()

    with nobody(), person_scope(primary.user_id):
        assert groups_seen(table) == {own.pk}


@pytest.mark.parametrize("table", sorted(CARRIER_ONLY))
def test_a_person_sees_no_row_of_the_carriers(table):
    primary = tables.filled()[1]

    with nobody(), person_scope(primary.user_id):
        assert count(table) == 0


@each_writable
def test_a_person_writes_no_row_of_another_group(table):
    (own, primary, _limited), (foreign, _primary, _other) = tables.filled(), tables.filled()
    column, row = TABLES[table], row_of(table, foreign)
    mine = row_of(table, own)

    with nobody(), person_scope(primary.user_id):
        assert asked(f"UPDATE {table} SET id = id WHERE {column} = %s", foreign.pk) == 0
        assert asked(f"DELETE FROM {table} WHERE {column} = %s", foreign.pk) == 0
        with pytest.raises(ProgrammingError) as added:
            insert(table, row)
        with pytest.raises(ProgrammingError) as moved, transaction.atomic():
            asked(f"UPDATE {table} SET {column} = %s WHERE id = %s", foreign.pk, mine["id"])

    assert refused_by_policy(added)
    assert refused_by_policy(moved)
    assert row_of(table, foreign) == row


@pytest.mark.parametrize(
    "statement", [f"UPDATE {HISTORY} SET note = 'x'", f"DELETE FROM {HISTORY}"]
)
@pytest.mark.parametrize("scope", [nobody_scope, carrier_scope])
def test_nobody_changes_the_history(statement, scope):
    tables.filled()

    with nobody(), pytest.raises(ProgrammingError, match="permission denied"), scope():
        asked(statement)


def test_a_person_of_units_sees_these_alone():
    _group, primary, limited = tables.filled()
    SubgroupFactory(group=limited.group)

    with nobody():
        with person_scope(limited.user_id):
            assert set(Subgroup.objects.values_list("pk", flat=True)) == limited.unit_ids()
            assert EmployerGroup.objects.get() == limited.group
        with person_scope(primary.user_id):
            assert Subgroup.objects.count() == 2


def test_a_person_sees_all_their_groups_or_the_one_named():
    one, two, _foreign = primary_of(), primary_of(), primary_of()
    other = given(two.group, "viewer", user=one.user)

    with nobody():
        with person_scope(one.user_id):
            assert set(EmployerGroup.objects.all()) == {one.group, two.group}
        with person_scope(one.user_id, address=two.group.slug):
            assert set(EmployerGroup.objects.all()) == {two.group}
            assert set(Grant.objects.all()) == {two, other}
        for address in ("", "zz999z", "%", "' OR true --"):
            with person_scope(one.user_id, address=address):
                assert not EmployerGroup.objects.exists()


def test_what_reads_past_the_policies_is_known_and_only_for_the_portal():
    found = asked(
        "SELECT proname, proconfig::text, has_function_privilege('public', oid, 'EXECUTE')"
        " FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )

    assert {name for name, *_rest in found} == PAST_THE_POLICIES.keys()
    assert {tuple(rest) for _name, *rest in found} == {('{"search_path=public, pg_temp"}', False)}
