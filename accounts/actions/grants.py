"""Grants: the only writer of guardian's permission lines."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from accounts.models import AccessCode, Grant, GroupPermissionLine, User
from accounts.roles import ROLES
from groups.models import EmployerGroup
from portal import audit


@transaction.atomic
def offer_grant(group: EmployerGroup, *, email: str, role: str, by: User | None) -> Grant:
    """Prepare a grant of *role* on *group* for whoever owns *email*; it opens nothing until activated."""
    grant = Grant.objects.create(group=group, email=email, role=role, granted_by=by)
    audit.record("accounts.grant_offered", by=by, target=grant, group_id=group.pk, note=role)
    return grant


@transaction.atomic
def activate_grant(grant: Grant, *, user: User, by: User | None) -> Grant:
    """Give *user* what the grant holds, at once: state and permission lines in one transaction.

    A grant that is active for the same user stays as it is. When the user already holds an active grant
    on the group, the older one is replaced. Raises ValueError for a revoked or expired grant.
    """
    # The person first: two grants of one person and group must not be activated side by side.
    User.objects.select_for_update().get(pk=user.pk)
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.state == Grant.State.ACTIVE and grant.user_id == user.pk:
        return grant
    if grant.state != Grant.State.PENDING:
        raise ValueError(f"A {grant.state} grant cannot be activated.")
    for older in Grant.objects.select_for_update().filter(
        user=user, group_id=grant.group_id, state__in=[Grant.State.ACTIVE, Grant.State.SUSPENDED]
    ):
        revoke_grant(older, by=by)
    grant.user, grant.state, grant.activated_at = user, Grant.State.ACTIVE, timezone.now()
    grant.save(update_fields=["user", "state", "activated_at"])
    _write_lines(grant)
    audit.record("accounts.grant_activated", by=by, target=grant, group_id=grant.group_id)
    return grant


@transaction.atomic
def revoke_grant(grant: Grant, *, by: User | None) -> Grant:
    """Take away what the grant gave, at once: the lines are gone with the commit, the next request sees it.

    Keys that would still open it die with it.
    """
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.state == Grant.State.REVOKED:
        return grant
    before = grant.state
    grant.state, grant.revoked_at = Grant.State.REVOKED, timezone.now()
    grant.save(update_fields=["state", "revoked_at"])
    grant.lines.all().delete()
    revoke_codes(grant, by=by)
    audit.record(
        "accounts.grant_revoked",
        by=by,
        target=grant,
        group_id=grant.group_id,
        changes={"state": (before, grant.state)},
    )
    return grant


@transaction.atomic
def revoke_codes(grant: Grant, *, by: User | None) -> int:
    """Withdraw every open code of *grant*; return how many."""
    codes = AccessCode.objects.select_for_update().filter(
        grant=grant, state__in=[AccessCode.State.ISSUED, AccessCode.State.LOCKED]
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


def _write_lines(grant: Grant) -> None:
    permissions = Permission.objects.filter(
        content_type=ContentType.objects.get_for_model(EmployerGroup),
        codename__in=ROLES[grant.role].atoms,
    )
    GroupPermissionLine.objects.bulk_create(
        GroupPermissionLine(
            grant=grant, user=grant.user, content_object=grant.group, permission=permission
        )
        for permission in permissions
    )
