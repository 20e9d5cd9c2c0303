"""Look at a group with the eyes of a colleague: who did, whose, from when to when.

What is shown is decided by every request (``groups.access``); here it is only allowed and written down.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.delegation import NOT_YOURS, refusals_on_record
from accounts.authority import grant_of, may_touch
from accounts.models import Grant, User
from portal import audit


@refusals_on_record
@transaction.atomic
def begin_view_as(grant: Grant, *, by: User) -> User:
    """Let *by* see the group as the holder of *grant* does; return that person.

    Raises ValidationError with code ``not_yours`` unless *by* may touch the grant, ``stale`` when the grant opens
    nothing now.
    """
    giver = grant_of(grant.group, by)
    if giver is None or not may_touch(giver, grant):
        raise ValidationError(
            _("You can see the group only as somebody whose access you manage."), code=NOT_YOURS
        )
    if not grant.is_in_force(timezone.now()) or grant.user is None or not grant.user.is_active:
        raise ValidationError(
            _("This access opens nothing now: there is nothing to see."), code="stale"
        )
    audit.record("accounts.viewed_as_started", by=by, target=grant, group_id=grant.group_id)
    return grant.user


@transaction.atomic
def end_view_as(grant: Grant, *, by: User) -> None:
    """Write down that *by* sees with their own eyes again."""
    audit.record("accounts.viewed_as_ended", by=by, target=grant, group_id=grant.group_id)
