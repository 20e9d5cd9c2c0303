"""What staff take away: all access of one person to one group, whoever gave it."""

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import sessions
from accounts.actions import grants
from accounts.actions.delegation import STALE, Removal
from accounts.models import AccessCode, EndedSession, Grant, User
from accounts.notices import tell
from portal import audit


@transaction.atomic
def revoke_access(grant: Grant, *, reason: str, version: int, by: User) -> Removal:
    """Take a grant away at once: lines, open codes, and every session of the person, who is told by mail.

    The reason stands in the history; the primary administrators are told that something changed. Raises
    ValidationError with code ``stale`` when the grant changed since the page was shown, ``last_primary`` when it is
    the last primary administrator's of the group.
    """
    grants.lock_group(grant.group_id)
    grant = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if grant.version != version or grant.state not in Grant.OPEN:
        raise ValidationError(STALE, code="stale")
    codes = grant.codes.filter(state=AccessCode.State.ISSUED).count()
    grant = grants.revoke_grant(grant, by=by)
    ended = 0
    if grant.user:
        ended = sessions.end(sessions.of(grant.user), because=EndedSession.Reason.CARRIER_REMOVED)
    audit.record(
        "accounts.access_revoked",
        by=by,
        target=grant,
        group_id=grant.group_id,
        changes={"sessions": (ended, 0)},
        note=reason,
    )
    tell(grant, "accounts/access_revoked")
    return Removal(grant, ended, codes)
