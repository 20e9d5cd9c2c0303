"""Who at the carrier looks after a group."""

from collections.abc import Mapping
from typing import Protocol

from django.db import transaction

from groups.models import EmployerGroup, TeamMember
from portal import audit


class Person(Protocol):
    """An account of the carrier's staff."""

    pk: int


@transaction.atomic
def set_team(group: EmployerGroup, team: Mapping[str, Person | None], *, by: Person) -> bool:
    """Let *team* (duty: person, or None for nobody) look after *group*; return whether that changed anything.

    Locks the group, so that two people who change its team do so one after the other.
    """
    group = EmployerGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    before = {
        member.duty: member.person
        for member in TeamMember.objects.filter(group=group).select_related("person")
    }
    changes: dict[str, tuple[object, object]] = {}
    for duty in TeamMember.Duty.values:
        old, new = before.get(duty), team.get(duty)
        if (old.pk if old else None) == (new.pk if new else None):
            continue
        changes[duty] = (old or "", new or "")
        _fill(group, duty, new)
    if changes:
        audit.record("groups.team_changed", by=by, target=group, group_id=group.pk, changes=changes)
    return bool(changes)


def _fill(group: EmployerGroup, duty: str, person: Person | None) -> None:
    if person is None:
        TeamMember.objects.filter(group=group, duty=duty).delete()
    else:
        TeamMember.objects.update_or_create(
            group=group, duty=duty, defaults={"person_id": person.pk}
        )
