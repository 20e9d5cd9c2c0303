"""What a grant gives, and what its holder may do with the grants of others. Only reads.

Source: domain handbook, "Delegation rules" 1 and 2.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts.models import Grant, User
from accounts.roles import EMERGENCY, ROLES
from groups.models import EmployerGroup
from portal.tenancy import carrier_scope


@dataclass(frozen=True)
class Access:
    """What a grant gives: a role's key, its atoms, billing units (None: every unit), and the end (exclusive)."""

    role: str
    atoms: frozenset[str]
    units: frozenset[int] | None = None
    ends_at: datetime | None = None


def preset(role: str) -> Access:
    """Return what the preset *role* gives on the whole group, without an end."""
    return Access(role, ROLES[role].atoms)


def access_of(grant: Grant) -> Access:
    """Return what *grant* gives now."""
    units = None if grant.all_units else grant.unit_ids()
    return Access(grant.role, frozenset(grant.atoms), units, grant.ends_at)


def grant_of(group: EmployerGroup, user: User) -> Grant | None:
    """Return the grant in force that *user* works under in *group*, with the ids of its units; two statements."""
    return Grant.objects.with_unit_ids().in_force().filter(group=group, user=user).first()


def open_grant_of(group: EmployerGroup, email: str) -> Grant | None:
    """Return the open grant that *email* has on *group*, as a person's address or as an invited one."""
    return (
        Grant.objects.open()
        .filter(group=group)
        .filter(Q(user__email__iexact=email) | Q(user__isnull=True, email__iexact=email))
        .select_related("user", "group")
        .first()
    )


def may_give(giver: Grant) -> frozenset[str]:
    """Return the atoms the holder of *giver* can give: their own; the right to manage users only as primary."""
    own = frozenset(giver.atoms)
    return own if giver.is_primary else own - {"users_manage"}


def may_answer_for(giver: Grant, held: Access, now: datetime) -> bool:
    """Tell whether the holder of *giver* could give *held* at *now*, and so can answer for a grant of it."""
    return (
        giver.is_in_force(now)
        and held.atoms <= may_give(giver)
        and giver.covers(held.atoms, held.units, held.ends_at)
    )


def may_touch(giver: Grant, grant: Grant) -> bool:
    """Tell whether the holder of *giver* may change or take away *grant*: not their own, not a wider one.

    A primary administrator may touch every grant of the group but emergency access; nobody else touches a
    primary administrator's. Both grants come with their units (``with_units``).
    """
    if giver.pk == grant.pk or grant.role == EMERGENCY.key:
        return False
    if giver.is_primary:
        return True
    if "users_manage" not in giver.atoms or "users_manage" in grant.atoms:
        return False
    held = access_of(grant)
    return giver.covers(held.atoms, held.units, held.ends_at)


def can_receive_primary_role(grant: Grant) -> bool:
    """Tell whether the primary role may be offered to the holder of *grant*, who comes with it.

    Not to a broker: the employer's own people answer for its access, and an agency can be stopped as a whole. Nor
    to staff with emergency access.
    """
    return (
        grant.is_in_force(timezone.now())
        and grant.user is not None
        and grant.user.is_active
        and not grant.is_primary
        and not grant.is_broker
        and grant.role != EMERGENCY.key
    )


def is_only_theirs(person: User, *, by: User) -> bool:
    """Tell whether *by* may touch every open grant of *person*, in whatever group; then they may change the account.

    Nobody's is the account of staff, and only its owner's that of somebody with a group that *by* does not manage,
    such as a broker with other clients. Two or four statements.
    """
    if person.is_staff:
        return False
    with carrier_scope():  # the answer is yes or no; what the groups are stays here
        grants = list(Grant.objects.with_unit_ids().open().filter(user=person))
        own = Grant.objects.with_unit_ids().in_force().filter(user=by)
        givers = {one.group_id: one for one in own.filter(group__in={g.group_id for g in grants})}
    return all(
        grant.group_id in givers and may_touch(givers[grant.group_id], grant) for grant in grants
    )
