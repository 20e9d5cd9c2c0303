"""Access that ends soon: told in time to whom it is about and to those who can prolong it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Grant
from accounts.notices import tell
from accounts.roles import EMERGENCY

DAYS_BEFORE = 14


@transaction.atomic
def announce_endings(*, limit: int = 500) -> int:
    """Write once about each active grant that ends within DAYS_BEFORE days; return how many.

    To the person and to the primary administrators. Access given for a shorter time is not announced.
    Takes *limit* grants a run; rows that another run holds are left to it.
    """
    now = timezone.now()
    soon = (
        Grant.objects.in_force(now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("group", "user")
        .filter(end_announced_at__isnull=True, ends_at__lte=now + timedelta(days=DAYS_BEFORE))
        .exclude(role=EMERGENCY.key)
        .order_by("pk")[:limit]
    )
    announced = []
    for grant in soon:
        announced.append(grant.pk)
        if grant.ends_at and grant.ends_at - grant.created_at > timedelta(days=DAYS_BEFORE):
            tell(grant, "accounts/access_ending", notice="accounts/access_ending_notice")
    Grant.objects.filter(pk__in=announced).update(end_announced_at=now)
    return len(announced)
