"""Take-over of users of an old portal: a list is looked at first, then taken over whole.

A list is taken over a group at a time, by the queue: each group is locked for its own lines alone, and what a stopped
worker left is taken up by the next one.
Source: domain handbook, "Old role -> new role map"; docs/adr/0014-grants.md.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import tasks
from accounts.actions.codes import issue_codes
from accounts.actions.grants import lock_groups
from accounts.models import AccessImport, AccessImportRow, Agency, Broker, Grant, User
from accounts.notices import ACCESS_NOTICE, write_to_primaries
from accounts.old_users import OldUser
from accounts.roles import PRIMARY_ADMINISTRATOR, ROLES, role_for_old
from groups.identifiers import IdentifierError, normalize_group_id, normalize_policyholder_id
from groups.models import EmployerGroup
from portal import audit
from portal.fields import refuse_unless_name
from portal.tenancy import carrier_scope

logger = logging.getLogger(__name__)
State = AccessImport.State
Verdict = AccessImportRow.Verdict
# Why a line cannot be taken, by the key of old_users.OldUser.problem.
PROBLEMS: dict[str, str | Promise] = {
    "cells": _("The line has more cells than the headings."),
    "long": _("A cell is too long."),
    "hidden": _("A cell holds invisible characters."),
    "missing": _("Email or group is missing."),
    "email": _("This is no email address."),
    "nameless": _("The name is missing."),
    "name": _("This is no name: names have letters, spaces, apostrophes, hyphens and periods."),
}
GROUP_ENDED = _("This group has ended.")
AGENCY_STOPPED = _("We have stopped all access of this person’s agency.")
BROKER_MANAGES = _("This is a broker. Brokers cannot manage who has access.")


@dataclass(frozen=True)
class _Known:
    """What the database says about the groups and addresses of a list."""

    groups: dict[str, EmployerGroup]  # by Group ID and by policyholder ID
    with_access: set[tuple[int, str]]  # (group, address in lower case)
    stopped: set[str]  # addresses of brokers whose agency is stopped
    brokers: set[str]  # addresses of all brokers


@transaction.atomic
def prepare_import(file_name: str, *, users: Iterable[OldUser], by: User) -> AccessImport:
    """Store a list with a verdict for each line; gives nobody anything yet."""
    users = list(users)
    batch = AccessImport.objects.create(file_name=file_name[:120], uploaded_by=by)
    known = _look_up(users)
    seen: set[tuple[int, str]] = set()
    AccessImportRow.objects.bulk_create(
        (_judged(batch, user, known, seen) for user in users), batch_size=1000
    )
    audit.record("accounts.import_uploaded", by=by, target=batch, note=str(len(users)))
    return batch


@transaction.atomic
def commit_import(
    batch: AccessImport, *, by: User, primaries_confirmed: bool = False
) -> AccessImport:
    """Decide that the list is taken over; the queue does it (``take_over``) and tells in the list how far it is.

    Everybody whose line can be taken gets a pending grant and an Access Key. A role we do not know becomes Viewer,
    marked for the primary administrator to look at. Raises ValidationError with code ``unconfirmed`` when somebody
    would become primary administrator and *primaries_confirmed* does not say that this was looked at, ``stale`` when
    the list was taken over or dropped already: a second click takes nobody twice.
    """
    batch = _lock(batch)
    if not primaries_confirmed and batch.rows.filter(verdict=Verdict.NEW_PRIMARY).exists():
        raise ValidationError(
            _("Confirm that you have checked the new primary administrators."), code="unconfirmed"
        )
    _decide(batch, State.COMMITTING, by=by)
    transaction.on_commit(tasks.take_over_imports.delay, robust=True)
    return batch


def take_over(pk: int) -> None:
    """Take over the list *pk* that ``commit_import`` began, as far as that is not done; safe to repeat or run twice.

    Each group has a scope and a transaction of its own, so a caller opens none. A group that fails is logged by its id
    and stops no other; the list stays open until all are done.
    """
    with carrier_scope():
        batch = AccessImport.objects.select_related("decided_by").get(pk=pk)
        if batch.state != State.COMMITTING:
            return
        groups = list(_waiting(batch).order_by("group_id").values_list("group_id", flat=True))
    for group_id in dict.fromkeys(filter(None, groups)):
        try:
            with carrier_scope():
                take_group(batch, group_id)
        except Exception:
            logger.exception("import %s: group %s not taken over", pk, group_id)
    with carrier_scope():
        _finish(batch)


@transaction.atomic
def take_group(batch: AccessImport, group_id: int) -> None:
    """Take over the lines of one group of *batch*; those that somebody else took meanwhile are left."""
    lock_groups([group_id])
    rows = list(_waiting(batch).filter(group=group_id).select_related("group").order_by("line"))
    by = cast("User", batch.decided_by)
    pairs = _make_grants(_still_to_take(rows), by=by)
    if not pairs:
        return
    issue_codes([grant for _row, grant in pairs], by=by)
    occasion = f"accounts.access_notice:import:{batch.pk}"
    write_to_primaries([group_id], ACCESS_NOTICE, key=occasion)


@transaction.atomic
def drop_import(batch: AccessImport, *, by: User) -> AccessImport:
    """Give the list up; its lines, which name people, are deleted. Raises ValidationError as ``commit_import``."""
    batch = _lock(batch)
    batch.rows.all().delete()
    _decide(batch, State.DROPPED, by=by)
    audit.record("accounts.import_dropped", by=by, target=batch)
    return batch


def _lock(batch: AccessImport) -> AccessImport:
    batch = AccessImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state != State.PREVIEW:
        raise ValidationError(
            _("This list was decided in the meantime. Nothing was done twice."), code="stale"
        )
    return batch


def _decide(batch: AccessImport, state: State, *, by: User) -> None:
    batch.state, batch.decided_by, batch.decided_at = state, by, timezone.now()
    batch.save(update_fields=["state", "decided_by", "decided_at"])


# --- Verdicts -------------------------------------------------------------------------------------


def _look_up(users: Sequence[OldUser]) -> _Known:
    """Return what is known of the groups and addresses that *users* name; four statements for any number."""
    names = {name for user in users for name in _names_of_group(user.group)}
    addresses = {user.email.lower() for user in users}
    found = EmployerGroup.objects.filter(
        Q(group_id__in=names) | Q(policyholder_id__in=names, main_group__isnull=True)
    )
    groups: dict[str, EmployerGroup] = {group.policyholder_id: group for group in found}
    groups |= {group.group_id: group for group in found}
    return _Known(
        groups,
        _with_access({group.pk for group in groups.values()}, addresses),
        _of_stopped_agencies(addresses),
        set(_agencies_by_address(addresses)),
    )


def _names_of_group(text: str) -> list[str]:
    """Return what a cell may mean, a Group ID first."""
    names = []
    for normalize in (normalize_group_id, normalize_policyholder_id):
        try:
            names.append(normalize(text))
        except IdentifierError:
            continue
    return names


def _with_access(groups: Iterable[int], addresses: Iterable[str]) -> set[tuple[int, str]]:
    """Return (group, address in lower case) of every open grant among *groups* and *addresses*."""
    grants = Grant.objects.open().annotate(address=Lower(Coalesce("user__email", "email")))
    found = grants.filter(group__in=groups, address__in=addresses)
    return set(found.values_list("group_id", "address"))


def _of_stopped_agencies(addresses: Iterable[str]) -> set[str]:
    agencies = _agencies_by_address(addresses)
    return {address for address, agency in agencies.items() if agency.stopped_at}


def _agencies_by_address(addresses: Iterable[str]) -> dict[str, Agency]:
    """Return the agencies of the brokers among *addresses*."""
    brokers = Broker.objects.annotate(address=Lower("email")).select_related("agency")
    found = brokers.filter(address__in=set(addresses))
    return {broker.email.lower(): broker.agency for broker in found}


def _judged(
    batch: AccessImport, user: OldUser, known: _Known, seen: set[tuple[int, str]]
) -> AccessImportRow:
    """Return the row of one line; adds to *seen* whom it would take."""
    row = AccessImportRow(
        batch=batch,
        line=user.line,
        old_user_id=user.old_user_id,
        name=user.name,
        email=user.email.lower(),
        group_text=user.group,
        old_role=user.old_role,
        verdict=Verdict.UNREADABLE,
    )
    if problem := user.problem or _problem_of_name(user.name):
        row.problem = str(PROBLEMS[problem])
        return row
    names = _names_of_group(user.group)
    row.group = next((known.groups[name] for name in names if name in known.groups), None)
    role, is_known = role_for_old(user.old_role)
    row.role = role.key
    row.verdict, why = _verdict(row, known, seen, role_is_known=is_known)
    row.problem = str(why)
    if row.verdict in AccessImportRow.TAKEN and row.group:
        seen.add((row.group.pk, row.email))
    return row


def _problem_of_name(name: str) -> str:
    """Return the key of what is wrong with *name*, by the rule of every form that asks for one; empty: nothing."""
    if not name:
        return "nameless"
    try:
        refuse_unless_name(name)
    except ValidationError:
        return "name"
    return ""


def _verdict(
    row: AccessImportRow, known: _Known, seen: set[tuple[int, str]], *, role_is_known: bool
) -> tuple[Verdict, str | Promise]:
    if row.group is None:
        return Verdict.UNKNOWN_GROUP, ""
    if row.group.status == EmployerGroup.Status.TERMINATED:
        return Verdict.UNKNOWN_GROUP, GROUP_ENDED
    if row.email in known.stopped:
        return Verdict.UNREADABLE, AGENCY_STOPPED
    if row.email in known.brokers and "users_manage" in ROLES[row.role].atoms:
        return Verdict.UNREADABLE, BROKER_MANAGES
    who = (row.group.pk, row.email)
    if who in seen:
        return Verdict.TWICE, ""
    if who in known.with_access:
        return Verdict.HAS_ACCESS, ""
    if not role_is_known:
        return Verdict.UNKNOWN_ROLE, ""
    return (Verdict.NEW_PRIMARY if row.role == PRIMARY_ADMINISTRATOR.key else Verdict.NEW), ""


# --- Taking over ----------------------------------------------------------------------------------


def _waiting(batch: AccessImport) -> QuerySet[AccessImportRow]:
    """Return the lines that are still to be taken."""
    return batch.rows.filter(verdict__in=AccessImportRow.TAKEN, grant=None)


def _finish(batch: AccessImport) -> None:
    """Close the list when no line waits any more, and forget who stands in the lines that were not taken."""
    batch = AccessImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state != State.COMMITTING or _waiting(batch).exists():
        return
    left = batch.rows.filter(grant=None)
    left.update(old_user_id="", name="", email="")
    batch.state = State.COMMITTED
    batch.save(update_fields=["state"])
    taken = batch.rows.exclude(grant=None).count()
    audit.record("accounts.import_committed", by=batch.decided_by, target=batch, note=str(taken))


def _still_to_take(rows: list[AccessImportRow]) -> list[AccessImportRow]:
    """Return those of *rows*, of one locked group, that can be taken now; write the new verdict of the others down."""
    addresses = {row.email for row in rows}
    taken = _with_access({row.group_id for row in rows if row.group_id}, addresses)
    stopped, brokers = _of_stopped_agencies(addresses), set(_agencies_by_address(addresses))
    for row in rows:
        if row.group and row.group.status == EmployerGroup.Status.TERMINATED:
            row.verdict, row.problem = Verdict.UNKNOWN_GROUP, str(GROUP_ENDED)
        elif row.email in stopped:
            row.verdict, row.problem = Verdict.UNREADABLE, str(AGENCY_STOPPED)
        elif row.email in brokers and "users_manage" in ROLES[row.role].atoms:
            row.verdict, row.problem = Verdict.UNREADABLE, str(BROKER_MANAGES)
        elif (row.group_id, row.email) in taken:
            row.verdict = Verdict.HAS_ACCESS
    late = [row for row in rows if row.verdict not in AccessImportRow.TAKEN]
    AccessImportRow.objects.bulk_update(late, ["verdict", "problem"], batch_size=1000)
    return [row for row in rows if row.verdict in AccessImportRow.TAKEN]


def _make_grants(rows: list[AccessImportRow], *, by: User) -> list[tuple[AccessImportRow, Grant]]:
    """Make a pending grant for each of *rows* and tie it to its line."""
    now = timezone.now()
    agencies = _agencies_by_address(row.email for row in rows)
    grants = Grant.objects.bulk_create(
        (_grant(row, agencies.get(row.email), by, now) for row in rows), batch_size=1000
    )
    pairs = list(zip(rows, grants, strict=True))
    _tie(pairs)
    audit.record_many(
        "accounts.grant_offered",
        by=by,
        events=[audit.About(grant, grant.group_id, note=_note(row, grant)) for row, grant in pairs],
    )
    return pairs


def _tie(pairs: list[tuple[AccessImportRow, Grant]]) -> None:
    """Write down which line became which grant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_accessimportrow AS r SET grant_id = new.grant_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS new (row_id, grant_id)"
            " WHERE r.id = new.row_id",
            [[row.pk for row, _grant in pairs], [grant.pk for _row, grant in pairs]],
        )


def _grant(row: AccessImportRow, agency: Agency | None, by: User, now: datetime) -> Grant:
    first, last = OldUser(line=row.line, name=row.name).first_and_last
    return Grant(
        group=cast("EmployerGroup", row.group),
        email=row.email,
        first_name=first[:35],
        last_name=last[:60],
        role=row.role,
        atoms=sorted(ROLES[row.role].atoms),
        source=Grant.Source.IMPORT,
        agency=agency,
        granted_by=by,
        orphaned_at=now if row.verdict == Verdict.UNKNOWN_ROLE else None,
    )


def _note(row: AccessImportRow, grant: Grant) -> str:
    """Return the role for the history; says when nobody knew the old one."""
    if row.verdict == Verdict.UNKNOWN_ROLE:
        return f"{grant.role}, old role unknown"
    return grant.role
