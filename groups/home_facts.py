"""What one statement says of a group for its home page: news, units, account team, renewals, numbers of transactions.

In SQL, and not by the ORM, because this page opens more often than any other: to build the statement took longer than
all the rest of the page. Row-level security leaves out what is not the person's; the conditions are those of
``AnnouncementQuerySet`` and ``transaction_history.visible_to``.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import connection

from groups.access import GroupRequest
from groups.models import Renewal, Subgroup, Transaction
from groups.models.renewals import ABOUT, ACCEPTED
from groups.renewal_reading import RIGHT, TO_ACCEPT
from groups.transaction_kinds import codes_open_to

_COUNTS = ", ".join(
    f"'{status}', count(*) FILTER (WHERE status = '{status}' AND submitted_at >= %(since)s)"
    for status in Transaction.Status.values
)
_UNDECIDED = ", ".join(f"'{status.value}'" for status in Transaction.UNDECIDED)
_VISIBLE = """group_id = %(group)s AND kind = ANY (%(open)s)
            AND (%(my_units)s::bigint[] IS NULL OR subgroup_id = ANY (%(my_units)s))"""
_STATEMENT = f"""
SELECT
    ARRAY(
        SELECT json_build_object('pk', a.id, 'title', a.title, 'starts_on', a.starts_on)
        FROM groups_announcement AS a
        WHERE a.published_at IS NOT NULL AND a.starts_on <= %(today)s
            AND (a.ends_on IS NULL OR a.ends_on >= %(today)s)
            AND (a.markets = '{{}}' OR %(market)s = ANY (a.markets))
            AND (a.regions = '{{}}' OR %(region)s = ANY (a.regions))
            AND (a.statuses = '{{}}' OR %(status)s = ANY (a.statuses))
            AND (a.group_ids = '{{}}' OR %(group_id)s = ANY (a.group_ids))
            AND NOT EXISTS (
                SELECT FROM groups_announcementread AS r
                WHERE r.announcement_id = a.id AND r.user_id = %(person)s)
        ORDER BY a.starts_on DESC, a.id DESC LIMIT %(news)s),
    ARRAY(
        SELECT json_build_object('code', code, 'name', name, 'kind', kind)
        FROM groups_subgroup WHERE group_id = %(group)s ORDER BY code LIMIT %(units)s),
    ARRAY(
        SELECT json_build_object('duty', m.duty, 'phone', p.phone,
            'name', concat_ws(' ', p.first_name, p.last_name))
        FROM groups_teammember AS m JOIN accounts_user AS p ON p.id = m.person_id
        WHERE m.group_id = %(group)s AND p.is_active AND p.is_staff ORDER BY m.duty),
    ARRAY(
        SELECT json_build_object('key', key, 'renewal_date', renewal_date, 'respond_by', respond_by)
        FROM groups_renewal
        WHERE %(renewals)s AND group_id = %(group)s AND state = '{Renewal.State.OFFERED.value}'
            AND available_on <= %(today)s AND respond_by >= %(today)s
            AND NOT EXISTS (
                SELECT FROM groups_transaction AS t
                WHERE t.group_id = %(group)s AND t.kind = %(acceptance)s AND t.status IN ({_UNDECIDED})
                    AND t.before ->> '{ABOUT}' = groups_renewal.key::text)
        ORDER BY renewal_date),
    CASE WHEN %(transactions)s THEN (
        SELECT json_build_object({_COUNTS},
            'with_us', count(*) FILTER (WHERE waits_for = '{Transaction.WaitsFor.CARRIER.value}'),
            'with_you', count(*) FILTER (WHERE waits_for = '{Transaction.WaitsFor.EMPLOYER.value}'))
        FROM groups_transaction
        WHERE {_VISIBLE} AND (submitted_at >= %(since)s OR status IN ({_UNDECIDED}))) END
"""  # noqa: S608 - names of ours only
_RECENT = f"""
SELECT t.number, t.kind, t.before::json, t.after::json, t.member_name, t.effective_date, t.status, t.waits_for,
    t.submitted_at, u.code, u.name, p.is_staff, p.username, p.first_name, p.last_name
FROM (
    SELECT * FROM groups_transaction WHERE {_VISIBLE} ORDER BY submitted_at DESC, id DESC LIMIT %(most)s
) AS t
LEFT JOIN groups_subgroup AS u ON u.id = t.subgroup_id
LEFT JOIN accounts_user AS p ON p.id = t.submitted_by_id
ORDER BY t.submitted_at DESC, t.id DESC
"""  # noqa: S608 - names of ours only
_RECENT_FIELDS = (
    "number", "kind", "before", "after", "member_name", "effective_date", "status", "waits_for", "submitted_at",
)  # fmt: skip


class Facts(NamedTuple):
    """Short lists of plain values; dates as ISO text. *counts* by status, and by turn; None without the right."""

    news: list[dict[str, Any]]
    units: list[dict[str, Any]]
    team: list[dict[str, Any]]
    renewals: list[dict[str, Any]]
    counts: dict[str, int] | None


def facts_of(
    request: GroupRequest, *, today: date, since: datetime, news: int, units: int
) -> Facts:
    """Return what stands on the person's home page of the group; one statement.

    *news* and *units* are the most to read of each. Transactions are counted by status from *since* on, and whose turn
    it is whatever their age.
    """
    group = request.group
    values: dict[str, Any] = {
        "group": group.pk,
        "market": group.market,
        "region": group.region,
        "status": group.status,
        "group_id": group.group_id,
        "person": request.viewed_as or request.user.pk,
        "today": today,
        "since": since,
        "news": news,
        "units": units,
        "renewals": {RIGHT, TO_ACCEPT} <= request.granted and request.units is None,
        "acceptance": ACCEPTED,
        "transactions": "transactions_view" in request.granted,
        **_seen_by(request),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, values)
        return Facts(*cursor.fetchone())


def recent_of(request: GroupRequest, *, most: int) -> list[Transaction]:
    """Return the *most* recent transactions that the person may see, with what ``in_lines`` needs; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, {"group": request.group.pk, "most": most, **_seen_by(request)})
        return [_transaction(*row) for row in cursor.fetchall()]


def _seen_by(request: GroupRequest) -> dict[str, Any]:
    """Return the values of _VISIBLE beside the group."""
    units = None if request.units is None else sorted(request.units)
    return {"open": codes_open_to(request.granted), "my_units": units}


def _transaction(*row: Any) -> Transaction:
    """Return a row of _RECENT as a transaction with its billing unit and person, for reading only."""
    values, (code, name), (is_staff, *names) = row[:9], row[9:11], row[11:]
    unit = None if code is None else Subgroup(code=code, name=name)
    person = None
    if is_staff is not None:
        fields = dict(zip(("username", "first_name", "last_name"), names, strict=True))
        person = get_user_model()(is_staff=is_staff, **fields)
    return Transaction(
        **dict(zip(_RECENT_FIELDS, values, strict=True)), subgroup=unit, submitted_by=person
    )
