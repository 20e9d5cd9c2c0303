"""The sweep of access codes whose days are over, relative to the same UPDATE in psql.

Both on the same server with the same durability: none, so that the disk's moods stay out of it. Each run is rolled
back, unmeasured, and the table vacuumed, so that every run finds the same million rows.
"""

import os
import re
import subprocess
from statistics import median

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.actions.codes import expire_codes
from portal.devservices import postgres_program
from tests.ambient import owner
from tests.bench.harness import report, seconds
from tests.factories import EmployerGroupFactory

TARGET = 1.2
ROWS, ROUNDS = 1_000_000, 3
GRANTS = """
INSERT INTO accounts_grant (group_id, first_name, last_name, email, role, atoms, all_units, state, source, reason,
    suspension, created_at, version)
SELECT %s, '', '', 'invited' || n || '@cedarworks.example', 'viewer', '{group_view}', true, 'pending', 'registration',
    '', '', now() - interval '8 days', 1
FROM generate_series(1, %s) AS n"""
CODES = """
INSERT INTO accounts_accesscode (group_id, grant_id, email, digest, state, issued_at, expires_at, wrong_tries)
SELECT group_id, id, email, lpad(to_hex(id), 64, '0'), 'issued',
       now() - interval '8 days', now() - interval '1 day', 0
FROM accounts_grant ORDER BY id"""


def measure(only):
    """Report the ratio; return whether it is within the target."""
    if only not in ("", "expiry_sweep"):
        return True
    statement, count = _statement()
    _make_rows()
    ours, in_psql = [], []
    for number in range(ROUNDS):
        sides = [(ours, _sweep), (in_psql, lambda: _psql(statement))]
        for taken, run in sides if number % 2 == 0 else reversed(sides):
            _vacuum()
            taken.append(run())
    _forget()
    ratio = median(ours) / median(in_psql)
    return report(
        "expiry_sweep",
        ratio,
        TARGET,
        ok=ratio <= TARGET and count == 1,
        seconds=round(median(ours), 2),
        psql_seconds=round(median(in_psql), 2),
        rows=ROWS,
        rounds=ROUNDS,
        statements=count,
    )


def _statement():
    """Return the statement that the sweep sends, and how many it sends."""
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        expire_codes()
    return queries[0]["sql"], len(queries)


def _sweep():
    found = []
    with transaction.atomic():
        taken = seconds(lambda: found.append(expire_codes()))
        transaction.set_rollback(True)
    assert found == [ROWS]
    return taken


def _psql(statement):
    """Run *statement* in psql; return the seconds that psql itself took from sending it to the answer."""
    done = subprocess.run(
        [
            postgres_program("psql"),
            "--no-psqlrc",
            "--set",
            "ON_ERROR_STOP=1",
            os.environ["DATABASE_URL"],
        ],
        input=f"BEGIN;\nSET LOCAL ROLE portal_staff;\n\\timing on\n{statement};\n\\timing off\nROLLBACK;\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"UPDATE {ROWS}" in done.stdout, done.stdout
    return float(re.search(r"Time: ([\d.]+) ms", done.stdout)[1]) / 1000


def _make_rows():
    group = EmployerGroupFactory()
    with owner() as database:
        database.execute("ALTER TABLE accounts_accesscode SET UNLOGGED")
        database.execute(GRANTS, [group.pk, ROWS])
        database.execute(CODES)


def _vacuum():
    with owner() as database:
        database.execute("VACUUM ANALYZE accounts_accesscode")


def _forget():
    with owner() as database:
        database.execute("TRUNCATE accounts_accesscode, accounts_grant CASCADE")
