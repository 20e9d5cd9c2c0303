"""Why somebody with an account has no group any more, so that they are told whom to ask. Only reads."""

from django.db import models
from django.db.models.functions import Coalesce

from accounts.models import Grant
from portal.models import AuditEvent
from portal.tenancy import carrier_scope


class Loss(models.TextChoices):
    """What became of the access somebody had last."""

    NONE = ""
    AGENCY = "agency"  # the carrier stopped the agency
    CARRIER = "carrier"  # the carrier took it away
    SUSPENDED = "suspended"
    REMOVED = "removed"
    ENDED = "ended"  # with its last day


def last_loss_of(person_key: int) -> Loss:
    """Return what became of the access that a person without any had last; two statements.

    Read past the person's own scope, in which there is nothing left; which group it was stays here.
    """
    with carrier_scope():
        mine = Grant.objects.filter(user=person_key).only("state", "suspension", "ends_at")
        last = mine.order_by(Coalesce("revoked_at", "activated_at").desc(), "-pk").first()
        if last is None:
            return Loss.NONE
        if last.state == Grant.State.SUSPENDED:
            by_agency = last.suspension == Grant.Suspension.AGENCY
            return Loss.AGENCY if by_agency else Loss.SUSPENDED
        if last.state != Grant.State.REVOKED:
            return Loss.ENDED
        return Loss.CARRIER if _was_taken_by_staff(last) else Loss.REMOVED


def _was_taken_by_staff(grant: Grant) -> bool:
    return AuditEvent.objects.filter(
        kind="accounts.access_revoked",
        target_type=Grant._meta.label_lower,
        target_key=str(grant.pk),
    ).exists()
