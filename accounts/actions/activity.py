"""What leaves a trace without changing anything: the list of what happened, taken away as a file."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from groups.models import EmployerGroup
from portal import audit


@transaction.atomic
def record_export(group: EmployerGroup, *, filters: Sequence[str], by: User) -> None:
    """Write down that *by* exports the activity of *group*, before the first row leaves.

    *filters* are the names of the fields that narrow it, never what was typed.
    """
    audit.record(
        "accounts.activity_exported",
        by=by,
        target=group,
        group_id=group.pk,
        note=", ".join(filters),
    )
