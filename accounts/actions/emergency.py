"""Emergency access: a member of staff opens one group for one hour, with a reason, and everybody hears of it."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions import grants
from accounts.authority import Access
from accounts.models import Grant, User
from accounts.notices import write_to_primaries
from accounts.roles import EMERGENCY
from groups.models import EmployerGroup
from portal import audit
from portal.moments import written

LASTS = timedelta(hours=1)


@transaction.atomic
def break_glass(group: EmployerGroup, *, reason: str, by: User) -> Grant:
    """Give *by*, a member of staff, the emergency role on *group* for one hour from now, at once.

    The reason stands in the group's history; the primary administrators are told by mail, without it. Ends by the
    clock. Raises ValidationError with code ``twice`` when the person has access to the group already, ``resting``
    when they have access of their own that is deactivated: it would be replaced, and lost.
    """
    grants.lock_group(group.pk)
    now = timezone.now()
    if Grant.objects.in_force(now).filter(group=group, user=by).exists():
        raise ValidationError(_("You have access to this group already."), code="twice")
    resting = Grant.objects.filter(group=group, user=by, state=Grant.State.SUSPENDED)
    if resting.exclude(ends_at__lte=now).exists():
        raise ValidationError(
            _(
                "Your own access to this group is deactivated, and this would replace it. Ask a colleague to look."
            ),
            code="resting",
        )
    ends_at = now + LASTS
    grant = grants.offer_grant(
        group,
        email=by.email,
        first_name=by.first_name,
        last_name=by.last_name,
        role=EMERGENCY.key,
        access=Access(EMERGENCY.key, EMERGENCY.atoms, None, ends_at),
        source=Grant.Source.EMERGENCY,
        reason=reason,
        by=by,
    )
    grant = grants.activate_grant(grant, user=by, by=by)
    audit.record("accounts.emergency_opened", by=by, target=grant, group_id=group.pk, note=reason)
    write_to_primaries(
        [group.pk],
        "accounts/emergency_access",
        key=f"accounts.emergency_access:{grant.pk}",
        context={"ends_at": written(ends_at)},
    )
    return grant


@transaction.atomic
def end_emergency(grant: Grant, *, by: User) -> Grant:
    """End one's own emergency access before its hour is over. Nothing happens when it has ended.

    Raises ValidationError for a grant that is no emergency access of *by*.
    """
    if grant.role != EMERGENCY.key or grant.user_id != by.pk:
        raise ValidationError(_("This is no emergency access of yours."))
    grant = grants.revoke_grant(grant, by=by)
    audit.record("accounts.emergency_ended", by=by, target=grant, group_id=grant.group_id)
    return grant
