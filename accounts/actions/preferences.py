"""A person says which letters about a group they want."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from accounts.models import GroupPreference, User
from groups.models import EmployerGroup
from portal import audit


@transaction.atomic
def choose_letters(group: EmployerGroup, *, muted: Collection[str], by: User) -> bool:
    """Switch off the letters *muted* about *group* for *by*, and every other on; return whether that was a change."""
    found, _created = GroupPreference.objects.get_or_create(group=group, user=by)
    found = GroupPreference.objects.select_for_update(of=("self",)).get(pk=found.pk)
    before, after = sorted(found.muted), sorted(set(muted))
    if before == after:
        return False
    found.muted, found.changed_at = after, timezone.now()
    found.save(update_fields=["muted", "changed_at"])
    audit.record(
        "accounts.preferences_changed",
        by=by,
        target=found,
        group_id=group.pk,
        changes={"muted": (", ".join(before), ", ".join(after))},
    )
    return True
