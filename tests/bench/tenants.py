"""Groups by the thousand, and a connection that sees them all: what tenancy is measured with."""

from contextlib import contextmanager

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client

from accounts.roles import BROKER_FULL
from portal.tenancy import carrier_scope
from tests.access import given, primary_of
from tests.ambient import owner
from tests.factories import EmployerGroupFactory, UserFactory

BROKER_ATOMS = BROKER_FULL.atoms
# Group IDs are a letter and a number; every tenth group needs attention.
GROUPS = """
INSERT INTO groups_employergroup (group_id, slug, policyholder_id, name, legal_name, dba, fein, entity_kind, sic_code,
    market, region, phone, effective_date, renewal_date, status)
SELECT %(letter)s || lpad(n::text, 5, '0'), lower(%(letter)s) || lpad(n::text, 5, '0'),
    lpad((ascii(%(letter)s) * 100000 + n)::text, 9, '0'), 'Cedar Works ' || n, 'Cedar Works ' || n || ', LLC', '',
    '041234567', 'limited_liability_corporation', '3599', 'small', 'MA', '4135550114', '2024-01-01',
    current_date + 30 + n %% 300, CASE WHEN n %% 20 = 0 THEN 'grace' ELSE 'active' END
FROM generate_series(1, %(count)s) AS n"""
GRANTS = """
INSERT INTO accounts_grant (group_id, user_id, email, first_name, last_name, role, atoms, all_units, state, source,
    reason, suspension, version, created_at, activated_at)
SELECT e.id, %(user)s, %(email)s, '', '', 'broker_full', %(atoms)s, true, 'active', 'delegation', '', '', 1, now(), now()
FROM groups_employergroup AS e WHERE e.group_id LIKE %(letter)s || '%%'"""
LINES = """
INSERT INTO accounts_grouppermissionline (grant_id, user_id, content_object_id, permission_id)
SELECT g.id, g.user_id, g.group_id, p.id FROM accounts_grant AS g
JOIN django_content_type AS k ON k.app_label = 'groups' AND k.model = 'employergroup'
JOIN auth_permission AS p ON p.content_type_id = k.id AND p.codename = ANY (g.atoms)
WHERE g.user_id = %(user)s"""


class StaffConnection(DatabaseWrapper):
    """Connections that are portal_staff from the start, in a pool of their own: rows without a scope."""

    _connection_pools = {}


def broker(letter, *, clients):
    """Return somebody with so many clients, whose Group IDs begin with *letter*; the first is <letter>00001."""
    user = UserFactory()
    values = {
        "letter": letter,
        "count": clients,
        "user": user.pk,
        "email": user.email,
        "atoms": sorted(BROKER_ATOMS),
    }
    with owner() as database:
        for statement in (GROUPS, GRANTS, LINES):
            database.execute(statement, values)
        database.execute("ANALYZE")
    return user


def primary_with_users(count):
    """Return the grant of a primary administrator of a group in which so many have access."""
    with carrier_scope():
        primary = primary_of(EmployerGroupFactory())
        for _ in range(count - 1):
            given(primary.group, "viewer", parent=primary)
    with owner() as database:
        database.execute("ANALYZE")
    return primary


def signed_in(user):
    """Return a browser of *user* that has its session and has accepted the terms."""
    client = Client()
    client.force_login(user)
    client.get("/profile/")
    return client


@contextmanager
def seeing_all():
    """Take this thread's connection from the pool of portal_staff."""
    before = connections["default"]
    named = connections.settings["default"]
    options = {**named["OPTIONS"], "options": "-c role=portal_staff"}
    connections["default"] = StaffConnection({**named, "OPTIONS": options}, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


def forget():
    """Empty the tables of groups and access, so that the next measurement finds few rows."""
    with owner() as database:
        database.execute("TRUNCATE groups_employergroup CASCADE")
        database.execute("ANALYZE")
