"""Somebody with access to a group asks the primary administrators for a right they lack."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.authority import grant_of
from accounts.models import User
from accounts.notices import write_to_primaries
from groups.atoms import LABELS
from groups.models import EmployerGroup
from portal import audit


@transaction.atomic
def ask_for_right(group: EmployerGroup, *, atom: str, by: User) -> int:
    """Ask the primary administrators of *group* for *atom*; return how many were written to.

    One letter a day and person and right, however often it is asked: the letter names nobody, it links to the page of
    the person who asks. Raises ValidationError for an unknown right, one that is held already, or without access.
    """
    grant = grant_of(group, by)
    if grant is None or atom not in LABELS or atom in grant.atoms:
        raise ValidationError(_("You have this access already, or it cannot be asked for."))
    count = write_to_primaries(
        [group.pk],
        "accounts/access_asked",
        key=f"accounts.access_asked:{grant.pk}:{atom}:{timezone.localdate():%Y%m%d}",
        context={"grant": str(grant.key), "right": LABELS[atom]},
    )
    audit.record("accounts.access_asked", by=by, target=grant, group_id=group.pk, note=LABELS[atom])
    return count
