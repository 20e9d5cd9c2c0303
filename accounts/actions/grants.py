"""Grants: the only writer of guardian's permission lines.

What happens to a grant, whoever decided it; who may decide is asked by the callers (``delegation`` for
administrators, the staff side for staff). Every change first locks the group, so that two changes of who has
access to one group never run side by side. Source: domain handbook, "Delegation rules"; docs/adr/0014-grants.md.
"""

import logging
from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.authority import Access, access_of, may_answer_for, preset
from accounts.models import (
    AccessCode,
    Agency,
    Broker,
    Grant,
    GrantUnit,
    GroupPermissionLine,
    HandOver,
    SubgroupPermissionLine,
    User,
)
from accounts.roles import EMERGENCY
from groups.atoms import with_needs
from groups.models import EmployerGroup, Subgroup
from portal import audit
from portal.tenancy import carrier_scope

logger = logging.getLogger(__name__)
State = Grant.State
LAST_PRIMARY = _(
    "This is the group’s last primary administrator. Hand over the role first, or ask us to approve another."
)


@transaction.atomic
def offer_grant(
    group: EmployerGroup,
    *,
    email: str,
    role: str,
    by: User | None,
    access: Access | None = None,
    first_name: str = "",
    last_name: str = "",
    source: str = Grant.Source.REGISTRATION,
    parent: Grant | None = None,
    agency: Agency | None = None,
    reason: str = "",
) -> Grant:
    """Prepare a grant on *group* for whoever owns *email*; it opens nothing until activated.

    It will give *access*, or the preset *role* on the whole group without an end. *parent* is the grant whose
    holder answers for it, None when the carrier does. The address of a broker we know ties it to the *agency*,
    however it came about. Raises ValidationError when a broker would manage users.
    """
    access = access or preset(role)
    agency = agency or Broker.objects.agency_of(email)
    _refuse_managing_broker(agency, access)
    grant = Grant.objects.create(
        group=group,
        email=email,
        first_name=first_name,
        last_name=last_name,
        role=access.role,
        atoms=sorted(with_needs(access.atoms)),
        all_units=access.units is None,
        ends_at=access.ends_at,
        source=source,
        parent=parent,
        agency=agency,
        granted_by=by,
        reason=reason,
    )
    _write_units(grant, access.units or ())
    audit.record("accounts.grant_offered", by=by, target=grant, group_id=group.pk, note=access.role)
    return grant


@transaction.atomic
def activate_grant(grant: Grant, *, user: User, by: User | None) -> Grant:
    """Give *user* what the grant holds, at once: state and permission lines in one transaction.

    A grant that is active for the same user stays as it is. When the user already holds an open grant on the
    group, the older one is replaced, and the new one answers for what was given under it as far as it reaches.
    Raises ValueError for a revoked or expired grant, ValidationError when the last primary administrator would
    replace their own grant by a lesser one, the agency is stopped, or staff would get more than emergency access.
    """
    # The group first, as everywhere; then the person: two grants of one person must not be activated side by side.
    lock_group(grant.group_id)
    User.objects.select_for_update().get(pk=user.pk)
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.state == State.ACTIVE and grant.user_id == user.pk:
        return grant
    if grant.state != State.PENDING:
        raise ValueError(f"A {grant.state} grant cannot be activated.")
    require_running_agency(grant)
    if user.is_staff and grant.role != EMERGENCY.key:
        raise ValidationError(_("Staff of the carrier open a group by emergency access only."))
    older = list(
        Grant.objects.filter(
            user=user, group_id=grant.group_id, state__in=[State.ACTIVE, State.SUSPENDED]
        )
    )
    for one in older:
        _end(one, State.REVOKED, by=by, replaced_by=grant)
    grant.user, grant.state, grant.activated_at = user, State.ACTIVE, timezone.now()
    _save(grant, "user", "state", "activated_at")
    _write_lines([grant])
    for one in older:
        _rehome_children(one, preferred=grant)
    audit.record("accounts.grant_activated", by=by, target=grant, group_id=grant.group_id)
    return grant


@transaction.atomic
def change_grant(grant: Grant, *, access: Access, by: User | None) -> Grant:
    """Make an open grant give *access* instead, at once.

    Raises ValidationError when the group would lose its last primary administrator.
    """
    lock_group(grant.group_id)
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    before = access_of(grant)
    if grant.is_primary and access.role != grant.role:
        _require_another_primary(grant)
    _refuse_managing_broker(grant.agency, access)
    _close_offers(grant)
    _delete_lines([grant])
    grant.role, grant.ends_at = access.role, access.ends_at
    grant.atoms, grant.all_units = sorted(with_needs(access.atoms)), access.units is None
    grant.end_announced_at = grant.orphaned_at = None
    _save(grant, "role", "ends_at", "atoms", "all_units", "end_announced_at", "orphaned_at")
    grant.unit_rows.all().delete()
    _write_units(grant, access.units or ())
    if grant.state == State.ACTIVE:
        _write_lines([grant])
    _rehome_children(grant)
    audit.record(
        "accounts.grant_changed",
        by=by,
        target=grant,
        group_id=grant.group_id,
        changes=_differences(grant.group_id, before, access_of(_fresh(grant))),
    )
    return _fresh(grant)


@transaction.atomic
def suspend_grant(grant: Grant, *, by: User | None, suspension: str) -> Grant:
    """Let an active grant open nothing until it is resumed.

    Raises ValidationError when the group would lose its last primary administrator.
    """
    lock_group(grant.group_id)
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.state != State.ACTIVE:
        return grant
    _require_another_primary(grant)
    _close_offers(grant)
    _delete_lines([grant])
    grant.state, grant.suspension = State.SUSPENDED, suspension
    _save(grant, "state", "suspension")
    _rehome_children(grant)
    audit.record("accounts.grant_suspended", by=by, target=grant, group_id=grant.group_id)
    return grant


@transaction.atomic
def resume_grant(grant: Grant, *, by: User | None) -> Grant:
    """Let a suspended grant open again what it opened before. Raises ValidationError when its agency is stopped."""
    lock_group(grant.group_id)
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.state != State.SUSPENDED:
        return grant
    require_running_agency(grant)
    grant.state, grant.suspension = State.ACTIVE, ""
    _save(grant, "state", "suspension")
    _write_lines([grant])
    audit.record("accounts.grant_resumed", by=by, target=grant, group_id=grant.group_id)
    return grant


@transaction.atomic
def revoke_grant(grant: Grant, *, by: User | None) -> Grant:
    """Take away what the grant gave, at once: the lines are gone with the commit, the next request sees it.

    Keys that would still open it die with it. Raises ValidationError when the group would lose its last primary
    administrator.
    """
    lock_group(grant.group_id)
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.state in {State.REVOKED, State.EXPIRED}:
        return grant
    _end(grant, State.REVOKED, by=by)
    _rehome_children(grant)
    return grant


def expire_grants(*, by: User | None = None, limit: int = 500) -> int:
    """Mark grants whose end has passed, and forget their lines and keys; return how many.

    Only tidies: a grant past its end opens nothing, swept or not. Takes *limit* grants a run. Each has a scope of
    the carrier and a transaction of its own, so a caller opens none: no group is held while another is swept, and
    a grant that fails is logged by its id and stops no other.
    """
    with carrier_scope():
        overdue = Grant.objects.filter(state__in=Grant.OPEN, ends_at__lte=timezone.now())
        keys = list(overdue.order_by("group_id", "pk").values_list("pk", "group_id")[:limit])
    count = 0
    for key, group_id in keys:
        try:
            with carrier_scope():
                count += _expire(key, group_id, by=by)
        except Exception:
            logger.exception("grant %s not expired", key)
    return count


def _expire(key: int, group_id: int, *, by: User | None) -> bool:
    """Close the grant unless somebody else did, or moved its end; tell whether it was closed."""
    lock_group(group_id)
    grant = Grant.objects.select_for_update().get(pk=key)
    if grant.state not in Grant.OPEN or not grant.ends_at or grant.ends_at > timezone.now():
        return False
    _end(grant, State.EXPIRED, by=by)
    _rehome_children(grant)
    return True


@transaction.atomic
def suspend_grants_of(agency: Agency, *, by: User) -> list[Grant]:
    """Let every active grant of an agency's brokers rest, in all groups at once; return them with their persons.

    A handful of statements, whatever the number. A broker answers for nobody's access, so nobody is rehomed.
    """
    groups = Grant.objects.filter(agency=agency, state=State.ACTIVE).values("group_id")
    lock_groups(groups)
    found = list(
        Grant.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(agency=agency, state=State.ACTIVE)
    )
    _delete_lines(found)
    Grant.objects.filter(pk__in=[grant.pk for grant in found]).update(
        state=State.SUSPENDED, suspension=Grant.Suspension.AGENCY, version=F("version") + 1
    )
    audit.record("accounts.agency_grants_suspended", by=by, target=agency, note=str(len(found)))
    return found


@transaction.atomic
def resume_grants_of(agency: Agency, *, by: User) -> list[Grant]:
    """Let the grants that ``suspend_grants_of`` laid to rest open again; return them."""
    found = list(
        Grant.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(agency=agency, state=State.SUSPENDED, suspension=Grant.Suspension.AGENCY)
    )
    Grant.objects.filter(pk__in=[grant.pk for grant in found]).update(
        state=State.ACTIVE, suspension="", version=F("version") + 1
    )
    _write_lines(found)
    audit.record("accounts.agency_grants_resumed", by=by, target=agency, note=str(len(found)))
    return found


@transaction.atomic
def revoke_codes(grant: Grant, *, by: User | None) -> int:
    """Withdraw every open code of *grant*; return how many."""
    codes = (
        AccessCode.objects.select_for_update()
        .filter(grant=grant, state__in=[AccessCode.State.ISSUED, AccessCode.State.LOCKED])
        .order_by("pk")
    )
    count = 0
    for code in codes:
        before, code.state = code.state, AccessCode.State.REVOKED
        code.save(update_fields=["state"])
        changes = {"state": (before, code.state)}
        audit.record(
            "accounts.access_code_revoked",
            by=by,
            target=code,
            group_id=code.group_id,
            changes=changes,
        )
        count += 1
    return count


def lock_group(group_id: int) -> EmployerGroup:
    """Hold the group until the end of the caller's transaction: one change of access at a time."""
    return EmployerGroup.objects.select_for_update(no_key=True).get(pk=group_id)


def lock_groups(keys: Iterable[int] | QuerySet[Any, Any]) -> None:
    """Hold the groups *keys* (ids, or a query for them) as ``lock_group`` does, in the order of all such locks."""
    groups = EmployerGroup.objects.select_for_update(no_key=True).filter(pk__in=keys)
    list(groups.order_by("pk").values_list("pk"))


def require_running_agency(grant: Grant) -> None:
    """Raise ValidationError when the carrier stopped the agency of *grant*.

    Read under the lock of the group: a stop that is going on holds it (``actions/agencies.py``).
    """
    if grant.agency_id is None:
        return
    if Agency.objects.filter(pk=grant.agency_id, stopped_at__isnull=False).exists():
        raise ValidationError(
            _("We have stopped all access of this agency. Call us about it."), code="stopped"
        )


# The lines follow from the grants, so PostgreSQL makes them where they are: a hundred thousand in a second.
_LINES_ON_GROUP = """
    INSERT INTO accounts_grouppermissionline (grant_id, user_id, content_object_id, permission_id)
    SELECT g.id, g.user_id, g.group_id, p.id
    FROM accounts_grant AS g
    JOIN auth_permission AS p ON p.codename = ANY (g.atoms) AND p.content_type_id = %s
    WHERE g.id = ANY (%s) AND g.all_units
"""
_LINES_ON_UNITS = """
    INSERT INTO accounts_subgrouppermissionline (grant_id, group_id, user_id, content_object_id, permission_id)
    SELECT g.id, g.group_id, g.user_id, u.subgroup_id, p.id
    FROM accounts_grant AS g
    JOIN accounts_grantunit AS u ON u.grant_id = g.id
    JOIN auth_permission AS p ON p.codename = ANY (g.atoms) AND p.content_type_id = %s
    WHERE g.id = ANY (%s) AND NOT g.all_units
"""


def _write_lines(grants: Collection[Grant]) -> None:
    """Write the permission lines of active *grants*, as stored: on the group, or on each of their billing units.

    Two statements, whatever the number.
    """
    keys = [grant.pk for grant in grants]
    with connection.cursor() as cursor:
        cursor.execute(_LINES_ON_GROUP, [_content_type(EmployerGroup), keys])
        cursor.execute(_LINES_ON_UNITS, [_content_type(Subgroup), keys])


def _content_type(model: type[EmployerGroup] | type[Subgroup]) -> int:
    return ContentType.objects.get_for_model(model).pk


def _delete_lines(grants: Collection[Grant]) -> None:
    """Delete the permission lines of *grants*: two statements."""
    GroupPermissionLine.objects.filter(grant__in=grants).delete()
    SubgroupPermissionLine.objects.filter(grant__in=grants).delete()


def _rehome_children(grant: Grant, *, preferred: Grant | None = None) -> None:
    """Let somebody else answer for what was given under *grant* and is wider than it is now.

    Nothing is taken away silently: *preferred* answers, else whoever answered for *grant*, further up, or a
    primary administrator; the child is marked for the review. Source: domain handbook, "Delegation rules" 4.
    """
    grant, now = _fresh(grant), timezone.now()
    for child in Grant.objects.with_units().open().filter(parent=grant):
        held = access_of(child)
        if may_answer_for(grant, held, now):
            continue
        heir = next(
            (
                one
                for one in _heirs(grant, preferred)
                if not one.answers_to(child) and may_answer_for(one, held, now)
            ),
            None,
        )
        child.parent, child.orphaned_at = heir, now
        _save(child, "parent", "orphaned_at")


def _heirs(grant: Grant, preferred: Grant | None) -> Iterable[Grant]:
    if preferred:
        yield _fresh(preferred)
    parent = grant.parent
    while parent is not None:
        yield parent
        parent = parent.parent
    yield from Grant.objects.primary_administrators(grant.group)


def _end(
    grant: Grant, state: Grant.State, *, by: User | None, replaced_by: Grant | None = None
) -> None:
    """Close a locked grant for good; the caller rehomes what was given under it."""
    if not (replaced_by and replaced_by.is_primary):
        _require_another_primary(grant)
    before = grant.state
    grant.state, grant.suspension, grant.revoked_at = state, "", timezone.now()
    _save(grant, "state", "suspension", "revoked_at")
    _close_offers(grant)
    _delete_lines([grant])
    revoke_codes(grant, by=by)
    kind = "accounts.grant_expired" if state == State.EXPIRED else "accounts.grant_revoked"
    audit.record(
        kind,
        by=by,
        target=grant,
        group_id=grant.group_id,
        changes={"state": (before, grant.state)},
    )


def _close_offers(grant: Grant) -> None:
    """Close open offers of the primary role from or to somebody whose access has changed."""
    HandOver.objects.filter(
        Q(from_grant=grant) | Q(to_grant=grant), state=HandOver.State.OFFERED
    ).update(state=HandOver.State.CANCELLED, answered_at=timezone.now())


def _refuse_managing_broker(agency: Agency | None, access: Access) -> None:
    """Raise ValidationError when a broker would decide who else has access: their agency may be stopped any time."""
    if agency is not None and "users_manage" in access.atoms:
        raise ValidationError(
            _("This is a broker of %(agency)s. Brokers cannot manage who has access."),
            code="not_yours",
            params={"agency": agency.name},
        )


def _require_another_primary(grant: Grant) -> None:
    """Raise ValidationError when *grant* is the last one in force of a primary administrator of its group."""
    if not grant.is_primary or grant.state != State.ACTIVE:
        return
    others = Grant.objects.primary_administrators(grant.group).exclude(pk=grant.pk)
    if not others.filter(user__is_active=True).exists():
        raise ValidationError(LAST_PRIMARY, code="last_primary")


def _write_units(grant: Grant, units: Iterable[int]) -> None:
    GrantUnit.objects.bulk_create(
        GrantUnit(grant=grant, group_id=grant.group_id, subgroup_id=unit) for unit in sorted(units)
    )


def _differences(group_id: int, before: Access, after: Access) -> dict[str, tuple[object, object]]:
    """Return what changed, in words that stay readable: role, rights given and taken, units by code, last day."""
    codes = dict(Subgroup.objects.filter(group_id=group_id).values_list("pk", "code"))

    def units(access: Access) -> str:
        if access.units is None:
            return "ALL"
        return ", ".join(sorted(codes.get(unit, "?") for unit in access.units))

    pairs: dict[str, tuple[object, object]] = {
        "role": (before.role, after.role),
        "rights taken": (", ".join(sorted(before.atoms - after.atoms)), ""),
        "rights given": ("", ", ".join(sorted(after.atoms - before.atoms))),
        "billing units": (units(before), units(after)),
        "ends": (before.ends_at, after.ends_at),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _fresh(grant: Grant) -> Grant:
    return Grant.objects.with_units().select_related("group", "user").get(pk=grant.pk)


def _save(grant: Grant, *fields: str) -> None:
    grant.version += 1
    grant.save(update_fields=[*fields, "version"])
