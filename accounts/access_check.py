"""Do grants and permission lines agree, all over the database? Only reads; for operators and for tests.

The constraints of the tables refuse a line of another person, group or billing unit than its grant's; this finds
what a constraint cannot say. Source: docs/adr/0014-grants.md.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# A grant past its end opens nothing; the sweep takes its lines away within minutes.
SWEEP_IS_LATE = timedelta(hours=1)
KINDS = {
    "missing": _("rights without their permission line"),
    "surplus": _("permission lines that no grant explains"),
    "units": _("billing units that do not fit the grant"),
    "overdue": _("ended more than an hour ago and not swept"),
    "wider": _("wider than the grant that answers for them, or that one is not in force"),
    "circle": _("answering for themselves"),
    "stray": _("lines in guardian’s own tables, which nothing reads"),
}
# One statement: what should be written, what is written, and which grants do not fit together.
_DISAGREEMENTS = """
WITH RECURSIVE wanted AS (
    SELECT g.id, g.user_id, g.group_id, 0 AS unit, 'employergroup.' || atom AS codename
    FROM accounts_grant AS g, unnest(g.atoms) AS atom WHERE g.state = 'active' AND g.all_units
    UNION ALL
    SELECT g.id, g.user_id, u.group_id, u.subgroup_id, 'subgroup.' || atom
    FROM accounts_grant AS g JOIN accounts_grantunit AS u ON u.grant_id = g.id, unnest(g.atoms) AS atom
    WHERE g.state = 'active' AND NOT g.all_units
), written AS (
    SELECT l.grant_id AS id, l.user_id, l.content_object_id AS group_id, 0 AS unit, k.model || '.' || p.codename
        AS codename
    FROM accounts_grouppermissionline AS l
    JOIN auth_permission AS p ON p.id = l.permission_id JOIN django_content_type AS k ON k.id = p.content_type_id
    UNION ALL
    SELECT l.grant_id, l.user_id, l.group_id, l.content_object_id, k.model || '.' || p.codename
    FROM accounts_subgrouppermissionline AS l
    JOIN auth_permission AS p ON p.id = l.permission_id JOIN django_content_type AS k ON k.id = p.content_type_id
), living AS (
    SELECT * FROM accounts_grant
    WHERE state IN ('pending', 'active', 'suspended') AND (ends_at IS NULL OR ends_at > %(now)s)
), above (id, parent_id) AS (
    SELECT id, parent_id FROM living WHERE parent_id IS NOT NULL
    UNION
    SELECT above.id, g.parent_id FROM above JOIN accounts_grant AS g ON g.id = above.parent_id
    WHERE g.parent_id IS NOT NULL
)
SELECT 'missing', id FROM (SELECT * FROM wanted EXCEPT SELECT * FROM written) AS found
UNION SELECT 'surplus', id FROM (SELECT * FROM written EXCEPT SELECT * FROM wanted) AS found
UNION SELECT 'units', g.id FROM accounts_grant AS g
    WHERE g.all_units = EXISTS (SELECT FROM accounts_grantunit AS u WHERE u.grant_id = g.id)
UNION SELECT 'overdue', id FROM accounts_grant
    WHERE state IN ('pending', 'active', 'suspended') AND ends_at <= %(late)s
UNION SELECT 'wider', g.id FROM living AS g JOIN accounts_grant AS p ON p.id = g.parent_id
    WHERE NOT (
        p.group_id = g.group_id AND p.state = 'active' AND g.atoms <@ p.atoms
        AND (p.ends_at IS NULL OR p.ends_at > %(now)s AND coalesce(g.ends_at <= p.ends_at, false))
        AND (p.all_units OR NOT g.all_units AND NOT EXISTS (
            SELECT u.subgroup_id FROM accounts_grantunit AS u WHERE u.grant_id = g.id
            EXCEPT SELECT u.subgroup_id FROM accounts_grantunit AS u WHERE u.grant_id = p.id)))
UNION SELECT 'circle', id FROM above WHERE id = parent_id
UNION SELECT 'stray', 0 FROM guardian_userobjectpermission
UNION SELECT 'stray', 0 FROM guardian_groupobjectpermission
ORDER BY 1, 2
"""


def disagreements(now: datetime | None = None) -> dict[str, list[int]]:
    """Return what does not fit at *now*, as a key of ``KINDS`` -> keys of the grants concerned; empty when all does.

    One statement over all grants; sees what its caller's scope shows.
    """
    now = now or timezone.now()
    found: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DISAGREEMENTS, {"now": now, "late": now - SWEEP_IS_LATE})
        for kind, grant in cursor.fetchall():
            found.setdefault(kind, []).append(grant)
    return found
