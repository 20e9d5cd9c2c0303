"""Under which access somebody works in a group, for the frame around every page of it. Only reads."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.roles import EMERGENCY, ROLE_CHOICES

# By hand, as every page of a group asks: to build the statement anew takes longer than to answer it. The condition
# is that of ``GrantQuerySet.in_force``.
_STATEMENT = """
SELECT id, role, ends_at, portal_has_other_groups(user_id, group_id, %(now)s)
FROM accounts_grant
WHERE user_id = %(user)s AND group_id = %(group)s AND state = 'active' AND (ends_at IS NULL OR ends_at > %(now)s)
ORDER BY id LIMIT 1
"""


class OwnAccess(NamedTuple):
    """A grant in force as its holder meets it; *ends_at* is exclusive, None without an end."""

    grant: int
    role: str
    ends_at: datetime | None
    has_other_groups: bool

    @property
    def role_label(self) -> str:
        """Return the role in words."""
        return str(dict(ROLE_CHOICES)[self.role])

    @property
    def is_emergency(self) -> bool:
        """Tell whether staff opened it for an hour, with a reason."""
        return self.role == EMERGENCY.key


def own_access(user: int, group: int, now: datetime) -> OwnAccess | None:
    """Return the access under which the person with the id *user* works in the group at *now*; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, {"user": user, "group": group, "now": now})
        found = cursor.fetchone()
    return OwnAccess(*found) if found else None
