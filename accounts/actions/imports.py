"""Take-over of users of an old portal: a list is looked at first, then taken over whole.

Everything is set-based: the groups of a list are locked together, and only for the seconds that this takes.
Source: domain handbook, "Old role -> new role map"; docs/adr/0014-grants.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actions.codes import issue_codes
from accounts.models import AccessImport, AccessImportRow, Agency, Broker, Grant, User
from accounts.old_users import OldUser
from accounts.roles import PRIMARY_ADMINISTRATOR, ROLES, role_for_old
from groups.identifiers import IdentifierError, normalize_group_id, normalize_policyholder_id
from groups.models import EmployerGroup
from portal import audit, mail

Verdict = AccessImportRow.Verdict
# Why a line cannot be taken, by the key of old_users.OldUser.problem.
PROBLEMS: dict[str, str | Promise] = {
    "cells": _("The line has more cells than the headings."),
    "long": _("A cell is too long."),
    "hidden": _("A cell holds invisible characters."),
    "missing": _("Email or group is missing."),
    "email": _("This is no email address."),
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
def commit_import(batch: AccessImport, *, by: User) -> int:
    """Give everybody on the list whose line can be taken a pending grant and an Access Key; return how many.

    Judges again under the locks of the groups, for what changed since the list was uploaded. A role we do
    not know becomes Viewer, marked for the primary administrator to look at. Raises ValidationError with code
    ``stale`` when the list was taken over or dropped already: a second click takes nobody twice.
    """
    batch = _lock(batch)
    rows = list(batch.rows.filter(verdict__in=AccessImportRow.TAKEN).select_related("group"))
    _lock_groups(rows)
    rows = _still_to_take(rows)
    pairs = _make_grants(rows, by=by)
    issue_codes([grant for _row, grant in pairs], by=by)
    _decide(batch, AccessImport.State.COMMITTED, by=by)
    audit.record("accounts.import_committed", by=by, target=batch, note=str(len(pairs)))
    _tell_primaries(batch, {grant.group_id for _row, grant in pairs})
    return len(pairs)


@transaction.atomic
def drop_import(batch: AccessImport, *, by: User) -> AccessImport:
    """Give the list up; its lines, which name people, are deleted. Raises ValidationError as ``commit_import``."""
    batch = _lock(batch)
    batch.rows.all().delete()
    _decide(batch, AccessImport.State.DROPPED, by=by)
    audit.record("accounts.import_dropped", by=by, target=batch)
    return batch


def _lock(batch: AccessImport) -> AccessImport:
    batch = AccessImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state != AccessImport.State.PREVIEW:
        raise ValidationError(
            _("This list was decided in the meantime. Nothing was done twice."), code="stale"
        )
    return batch


def _decide(batch: AccessImport, state: AccessImport.State, *, by: User) -> None:
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
        problem=str(PROBLEMS.get(user.problem, "")),
    )
    if user.problem:
        return row
    names = _names_of_group(user.group)
    row.group = next((known.groups[name] for name in names if name in known.groups), None)
    role, is_known = role_for_old(user.old_role)
    row.role = role.key
    row.verdict, problem = _verdict(row, known, seen, role_is_known=is_known)
    row.problem = str(problem)
    if row.verdict in AccessImportRow.TAKEN and row.group:
        seen.add((row.group.pk, row.email))
    return row


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
    return (Verdict.NEW if role_is_known else Verdict.UNKNOWN_ROLE), ""


# --- Taking over ----------------------------------------------------------------------------------


def _lock_groups(rows: Iterable[AccessImportRow]) -> None:
    """Hold the groups of *rows*, in the order of all other locks."""
    groups = {row.group_id for row in rows if row.group_id}
    list(
        EmployerGroup.objects.select_for_update(no_key=True)
        .filter(pk__in=groups)
        .order_by("pk")
        .values_list("pk")
    )


def _still_to_take(rows: list[AccessImportRow]) -> list[AccessImportRow]:
    """Return those of *rows* that can be taken now; write the new verdict of the others down."""
    addresses = {row.email for row in rows}
    taken = _with_access({row.group_id for row in rows if row.group_id}, addresses)
    stopped, brokers = _of_stopped_agencies(addresses), set(_agencies_by_address(addresses))
    for row in rows:
        if row.email in stopped:
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


def _tell_primaries(batch: AccessImport, groups: set[int]) -> None:
    """Write to every primary administrator of *groups*, once a group, that who has access has changed."""
    primaries = (
        Grant.objects.in_force()
        .filter(group__in=groups, role=PRIMARY_ADMINISTRATOR.key, user__is_active=True)
        .values_list("pk", "user__email", "group__slug")
    )
    mail.send_many(
        "accounts/access_notice",
        [
            mail.Letter(email, f"accounts.access_notice:import:{batch.pk}:{pk}", {"slug": slug})
            for pk, email, slug in primaries
        ],
    )
