"""Whether somebody wants a letter about a group. Asked by whoever writes one; only reads.

The kinds are ``GroupPreference.Letters``; every other letter is sent whatever anybody prefers.
"""

from collections.abc import Collection

from accounts.models import GroupPreference, User
from groups.models import EmployerGroup

Letters = GroupPreference.Letters


def wants(user: User, group: EmployerGroup, kind: str) -> bool:
    """Tell whether *user* wants letters of *kind* (a value of Letters) about *group*; one statement."""
    return not muted_by(kind, groups=[group.pk], users=[user.pk])


def muted_by(
    kind: str, *, groups: Collection[int], users: Collection[int]
) -> frozenset[tuple[int, int]]:
    """Return the (user, group) of *users* and *groups* (ids) who have switched letters of *kind* off."""
    found = GroupPreference.objects.filter(
        group__in=groups, user__in=users, muted__contains=[Letters(kind)]
    )
    return frozenset(found.values_list("user_id", "group_id"))
