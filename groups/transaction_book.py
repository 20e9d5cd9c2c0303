"""The transactions of all groups of a person: in each group only what they may see there. Only reads."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet
from django.utils import timezone
from guardian.utils import get_user_obj_perms_model

from groups.models import EmployerGroup, Subgroup, Transaction
from groups.transaction_kinds import all_kinds

RIGHT = "transactions_view"


@dataclass(frozen=True)
class Reach:
    """What somebody may see across groups: the rights of kinds they hold anywhere, and by group where they lack one.

    *groups* are the ids of all their groups, *held* says in which of them they hold a right, *limited* which of them
    they see by single billing units, *units* which units these are.
    """

    groups: frozenset[int]
    held: dict[str, frozenset[int]]
    limited: frozenset[int]
    units: frozenset[int]

    @property
    def atoms(self) -> frozenset[str]:
        """Return the rights held where transactions may be seen."""
        open_groups = self.held.get(RIGHT, frozenset())
        return frozenset(atom for atom, where in self.held.items() if where & open_groups)


def reach_of(person: int) -> Reach:
    """Return what the person (id) may see across their groups now; three statements, in the scope of the person."""
    rights = {RIGHT, *(kind.right for kind in all_kinds())}
    not_ended = Q(grant__ends_at__isnull=True) | Q(grant__ends_at__gt=timezone.now())
    ours = {"user": person, "permission__codename__in": rights}
    group_lines: Any = get_user_obj_perms_model(EmployerGroup)  # type: ignore[arg-type]
    unit_lines: Any = get_user_obj_perms_model(Subgroup)  # type: ignore[arg-type]
    names = group_lines.objects.filter(not_ended, **ours).values_list("permission__codename")
    whole = names.order_by().annotate(found=ArrayAgg("content_object_id"))
    single = unit_lines.objects.filter(not_ended, **ours).values_list(
        "permission__codename", "group_id", "content_object_id"
    )
    held: dict[str, set[int]] = defaultdict(set)
    for atom, found in whole:
        held[atom] |= set(found)
    singles = list(single)
    for atom, group, _unit in singles:
        held[atom].add(group)
    return Reach(
        groups=frozenset(EmployerGroup.objects.order_by().values_list("pk", flat=True)),
        held={atom: frozenset(found) for atom, found in held.items()},
        limited=frozenset(group for _atom, group, _unit in singles),
        units=frozenset(unit for atom, _group, unit in singles if atom == RIGHT),
    )


def visible_in(reach: Reach) -> QuerySet[Transaction]:
    """Return the transactions within *reach*.

    Row-level security keeps to the person's groups; here only exceptions are named, which are few or none: a long
    list of groups would cost more than the page.
    """
    if not reach.held.get(RIGHT):
        return Transaction.objects.none()
    known = [kind.code for kind in all_kinds()]
    found = Transaction.objects.filter(_where(reach, RIGHT), kind__in=known)
    for right, kinds in _kinds_by_right().items():
        if reach.groups - reach.held.get(right, frozenset()):
            found = found.filter(~Q(kind__in=kinds) | _where(reach, right))
    if reach.limited:
        found = found.filter(~Q(group__in=reach.limited) | Q(subgroup__in=reach.units))
    return found


def _where(reach: Reach, right: str) -> Q:
    """Return what finds rows of the groups in which *right* is held, by whichever list of groups is shorter."""
    held = reach.held.get(right, frozenset())
    lacking = reach.groups - held
    return ~Q(group__in=lacking) if len(lacking) < len(held) else Q(group__in=held)


def _kinds_by_right() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind in all_kinds():
        kinds[kind.right].append(kind.code)
    return kinds
