"""Changes of access as transactions: each gets its confirmation number in the transaction that made it."""

from collections.abc import Mapping

from django.db import transaction

from accounts import kinds
from accounts.actors import person_in_words
from accounts.models import AccessReview, Grant, User
from groups.actions.transactions import Change, submit
from groups.models import Subgroup, Transaction
from portal.tenancy import carrier_scope

ALL = "ALL"


def state_of(grant: Grant) -> dict[str, str]:
    """Return what a grant gives, as transactions write it down; reads the billing units of a limited one."""
    units = Subgroup.objects.filter(pk__in=grant.unit_ids()).order_by("code")
    return {
        "person": person_in_words(grant),
        "role": grant.role,
        "rights": ", ".join(sorted(grant.atoms)),
        "units": ALL if grant.all_units else ", ".join(units.values_list("code", flat=True)),
        "last_day": grant.last_day.isoformat() if grant.last_day else "",
        "state": grant.state,
    }


@transaction.atomic
def submit_access(kind: str, grant: Grant, *, before: Mapping[str, str], by: User) -> Transaction:
    """Write down that *by* changed *grant* from *before* to what it is now, under a confirmation number.

    It stands under a billing unit when the grant is and was of that one alone. Any other is of the whole group, so that
    people of single units read nothing about somebody who has, or had, more than they.
    """
    with carrier_scope():  # of no unit, which people of single units may neither see nor write
        fresh = Grant.objects.with_units().select_related("user", "group").get(pk=grant.pk)
        after = state_of(fresh)
        unit = _only_unit(fresh) if before.get("units", after["units"]) == after["units"] else None
        return submit(kind, fresh.group, Change(before, after, subgroup=unit), by=by)


def _only_unit(grant: Grant) -> Subgroup | None:
    units = grant.unit_ids()
    return Subgroup.objects.get(pk=min(units)) if len(units) == 1 else None


@transaction.atomic
def submit_review(review: AccessReview, *, by: User) -> Transaction:
    """Write down that *by* finished an access review, under a confirmation number."""
    change = Change({}, {"quarter": review.quarter})
    with carrier_scope():
        return submit(kinds.REVIEWED, review.group, change, by=by)
