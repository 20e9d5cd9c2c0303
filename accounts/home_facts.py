"""What one statement says of who has access, for the home page of a group. In SQL as ``groups.home_facts``.

The conditions are those of ``user_rows.visible_grants``, ``HandOver.open_at``, ``AccessCode.open_at`` and
``review_list.review_of``.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.roles import EMERGENCY
from groups.access import GroupRequest

_STATEMENT = """
WITH seen AS (
    SELECT g.id, g.key, g.user_id, g.first_name, g.last_name, g.email, g.role, g.state, g.atoms, g.orphaned_at
    FROM accounts_grant AS g
    WHERE %(manages)s AND g.group_id = %(group)s AND g.state IN ('pending', 'active', 'suspended')
        AND (g.ends_at IS NULL OR g.ends_at > %(now)s)
        AND (%(units)s::bigint[] IS NULL OR g.user_id = %(person)s OR (NOT g.all_units AND NOT EXISTS (
            SELECT FROM accounts_grantunit AS u
            WHERE u.grant_id = g.id AND u.subgroup_id <> ALL (%(units)s))))
)
SELECT mine.role,
    ARRAY(
        SELECT json_build_object('giver', f.user_id, 'expires_at', o.expires_at,
            'giver_name', concat_ws(' ', giver.first_name, giver.last_name),
            'receiver_name', concat_ws(' ', receiver.first_name, receiver.last_name))
        FROM accounts_handover AS o
        JOIN accounts_grant AS f ON f.id = o.from_grant_id
        JOIN accounts_user AS giver ON giver.id = f.user_id
        JOIN accounts_grant AS t ON t.id = o.to_grant_id
        JOIN accounts_user AS receiver ON receiver.id = t.user_id
        WHERE %(own_eyes)s AND o.group_id = %(group)s AND o.state = 'offered' AND o.expires_at > %(now)s
            AND %(person)s IN (f.user_id, t.user_id)
        ORDER BY o.offered_at DESC LIMIT 1),
    CASE WHEN %(manages)s AND %(units)s::bigint[] IS NULL THEN (
        SELECT quarter FROM accounts_accessreview
        WHERE group_id = %(group)s AND completed_at IS NULL ORDER BY due_at LIMIT 1) END,
    (SELECT count(*) FROM seen WHERE role <> %(emergency)s),
    (SELECT count(*) FROM seen WHERE orphaned_at IS NOT NULL),
    ARRAY(
        SELECT json_build_object('name', concat_ws(' ', seen.first_name, seen.last_name),
            'email', seen.email, 'expires_at', c.expires_at)
        FROM accounts_accesscode AS c JOIN seen ON seen.id = c.grant_id
        WHERE seen.state = 'pending' AND c.state = 'issued' AND c.group_id = %(group)s
            AND c.expires_at > %(now)s AND c.expires_at <= %(ends_by)s
        ORDER BY c.expires_at LIMIT %(most)s + 1),
    ARRAY(
        SELECT json_build_object('key', seen.key, 'atoms', seen.atoms, 'right', e.note, 'at', e.at,
            'name', concat_ws(' ', who.first_name, who.last_name))
        FROM portal_auditevent AS e
        JOIN seen ON seen.id::text = e.target_key
        JOIN accounts_user AS who ON who.id = seen.user_id
        WHERE %(manages)s AND e.kind = 'accounts.access_asked' AND e.group_key = %(group)s
            AND e.at > %(asked_after)s AND who.id <> %(person)s
        ORDER BY e.at DESC LIMIT %(most)s)
FROM accounts_grant AS mine
WHERE mine.user_id = %(person)s AND mine.group_id = %(group)s AND mine.state = 'active'
    AND (mine.ends_at IS NULL OR mine.ends_at > %(now)s)
"""


class Facts(NamedTuple):
    """The person's own role, and what waits; moments as ISO text. Empty without the right to manage users."""

    role: str = ""
    offers: list[dict[str, Any]] = []
    quarter: str | None = None
    people: int = 0
    to_look_at: int = 0
    invitations: list[dict[str, Any]] = []
    questions: list[dict[str, Any]] = []


def facts_of(
    request: GroupRequest, *, now: datetime, ends_by: datetime, asked_after: datetime, most: int
) -> Facts:
    """Return what waits for the person at *now*; one statement.

    Invitations that end until *ends_by*, one more than *most* at most; questions asked after *asked_after*, *most*.
    """
    values = {
        "group": request.group.pk,
        "person": request.viewed_as or request.user.pk,
        "own_eyes": request.viewed_as is None,
        "manages": "users_manage" in request.granted,
        "units": None if request.units is None else sorted(request.units),
        "emergency": EMERGENCY.key,
        "now": now,
        "ends_by": ends_by,
        "asked_after": asked_after,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, values)
        row = cursor.fetchone()
    return Facts(*row) if row else Facts()
