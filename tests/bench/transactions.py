"""The history of a group with a million transactions: relative to a thousand, and its CSV to a bare COPY.

The bare COPY reads the same rows in the same order, without words for people and without the guard against formulas,
in a connection that sees every row, and throws away what it reads.
"""

from pathlib import Path

from django.core.handlers.wsgi import WSGIHandler

from groups.models import EmployerGroup
from portal.tenancy import carrier_scope
from tests.ambient import owner
from tests.bench import tenants
from tests.bench.harness import in_turn, report
from tests.bench.pages import request_of
from tests.factories import SubgroupFactory

FLAT, COPY, GROWTH_MB = 1.5, 2.0, 20
FEW, MANY = 1000, 1_000_000
ROUNDS, EXPORTS = 60, 3
MEMBER = "?member=castillo+000050%2C"  # ten rows, whatever the length of the history
ROWS = """
INSERT INTO groups_transaction (group_id, number, kind, member_key, member_name, member_search, effective_date,
    before, after, before_words, after_words, status, waits_for, reason, source, submitted_by_id, submitted_at, decided_at, version,
    subgroup_id)
SELECT %(group)s, 'TX-' || %(group)s || '-' || n,
    (ARRAY['groups.contact_changed', 'groups.contact_added', 'groups.address_changed'])[1 + n %% 3], '',
    'Castillo ' || lpad((n / 10)::text, 6, '0') || ', Owen', 'castillo ' || lpad((n / 10)::text, 6, '0') || ', owen',
    current_date - n %% 700, '{"phone": "4135550115", "title": "Controller"}', '{"phone": "4135550116", "title": "Controller"}',
    'Title: Controller; Phone: (413) 555-0115', 'Title: Controller; Phone: (413) 555-0116',
    CASE WHEN n %% 20 = 0 THEN 'rejected' ELSE 'completed' END, '',
    CASE WHEN n %% 20 = 0 THEN 'We could not find this address.' ELSE '' END, 'portal', %(user)s,
    now() - n * interval '1 minute', now() - n * interval '1 minute', 1, CASE WHEN n %% 3 = 0 THEN %(unit)s END
FROM generate_series(1, %(count)s) AS n"""
BARE = """
COPY (SELECT number, submitted_at, kind, status, waits_for, subgroup_id, member_name, effective_date, before_words, after_words,
        submitted_by_id, source, source_row, decided_at, reason
    FROM groups_transaction WHERE group_id = %s ORDER BY submitted_at DESC, id DESC) TO STDOUT (FORMAT csv)"""


def measure(only):
    """Report all figures; return whether each is within its target."""
    if only not in ("", "transactions"):
        return True
    handler = WSGIHandler()
    user = tenants.broker("T", clients=2)
    client = tenants.signed_in(user)
    few, many = _histories(user)
    results = [
        _flat(handler, client, "history", ""),
        _flat(handler, client, "search", MEMBER),
        _flat(handler, client, "filtered", "?status=completed&kind=groups.contact_changed"),
        _flat(handler, client, "unit", "?unit=0009"),
        _export(handler, client, few, many),
    ]
    tenants.forget()
    return all(results)


def _histories(user):
    """Make the rows of the two groups, a third of them of one billing unit; return the ids of the groups."""
    with carrier_scope():
        groups = list(EmployerGroup.objects.filter(slug__startswith="t0").order_by("slug"))
        units = [SubgroupFactory(group=group, code="0009").pk for group in groups]
    with owner() as database:
        for group, unit, count in zip(groups, units, (FEW, MANY), strict=True):
            values = {"group": group.pk, "unit": unit, "count": count, "user": user.pk}
            database.execute(ROWS, values)
        database.execute("VACUUM ANALYZE groups_transaction")
    return [group.pk for group in groups]


def _flat(handler, client, name, query):
    small = request_of(handler, f"/g/t00001/transactions/{query}", client)
    large = request_of(handler, f"/g/t00002/transactions/{query}", client)
    assert small().count(b"<tr>") == large().count(b"<tr>") > 10
    thousand, million = in_turn(small, large, rounds=ROUNDS)
    return report(
        f"transactions:{name}",
        million / thousand,
        FLAT,
        few_ms=round(thousand * 1000, 2),
        many_ms=round(million * 1000, 2),
        rows=MANY,
    )


def _export(handler, client, few, many):
    """Report how long the CSV takes beside the bare COPY, and how much memory it takes while it is sent."""
    small = request_of(handler, "/g/t00001/transactions.csv", client, read=_lines)
    large = request_of(handler, "/g/t00002/transactions.csv", client, read=_lines)
    assert small() == FEW + 1
    _bare(few)
    before, _peak = _memory(reset=True)
    assert large() == MANY + 1
    _now, peak = _memory()
    exported, copied = in_turn(large, lambda: _bare(many), rounds=EXPORTS)
    return all([
        report("transactions:csv", exported / copied, COPY, seconds=round(exported, 2), copy_seconds=round(copied, 2), rows=MANY),
        report("transactions:csv_memory_mb", (peak - before) / 1024, GROWTH_MB, rows=MANY),
    ])  # fmt: skip


def _lines(chunks):
    return sum(chunk.count(b"\n") for chunk in chunks)


def _bare(group):
    with owner() as database, database.cursor() as cursor:
        statement = BARE.replace("%s", str(group))
        with cursor.copy(statement) as blocks:
            for _block in blocks:
                pass


def _memory(*, reset=False):
    """Return the resident memory of this process in kB, now and at its peak; *reset* lets the peak begin now."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines)
    return [int(found[name].split()[0]) for name in ("VmRSS", "VmHWM")]
