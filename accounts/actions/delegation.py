"""What administrators of a group do with the access of others: give, change, take away.

Each action asks again, under the lock of the group, what the giver holds at that moment, whatever the form said:
nobody gives an atom, a billing unit or an end wider than their own, and nobody touches a grant that is wider than
their own. A refusal of that kind is written down. Source: domain handbook, "Delegation rules" 1-7.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import kinds, sessions
from accounts.actions import grants
from accounts.actions.codes import issue_code
from accounts.actions.submitted import state_of, submit_access
from accounts.authority import (
    Access,
    access_of,
    grant_of,
    is_only_theirs,
    may_answer_for,
    may_give,
    may_touch,
    open_grant_of,
)
from accounts.models import AccessCode, Agency, Broker, EndedSession, Grant, User, end_of
from accounts.notices import tell, tell_primaries
from accounts.refusals import asked_for
from accounts.roles import EMERGENCY, PRIMARY_ADMINISTRATOR, ROLES, role_of
from groups.atoms import ALL_ATOMS, with_needs
from groups.models import EmployerGroup, Subgroup
from portal import audit

P = ParamSpec("P")
R = TypeVar("R")
State = Grant.State
NOT_YOURS = "not_yours"  # the code of a refusal that no page offers
STALE = _("Somebody changed this access in the meantime. Nothing was done twice. Look at it again.")


@dataclass(frozen=True)
class Removal:
    """What a removal ended; *sessions* are 0 where the number is not for the group: the person works elsewhere too."""

    grant: Grant
    sessions: int
    codes: int


def refusals_on_record(action: Callable[P, R]) -> Callable[P, R]:
    """Write down a refusal of what no page offers, after the action's own work is rolled back."""

    @wraps(action)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return action(*args, **kwargs)
        except ValidationError as error:
            if getattr(error, "code", None) == NOT_YOURS:
                target = kwargs.get("grant", args[0])  # whom a review is about
                record_refusal(action.__name__, target, by=kwargs["by"], wanted=kwargs)  # type: ignore[arg-type]
            raise

    return inner


@refusals_on_record
@transaction.atomic
def add_user(
    group: EmployerGroup,
    *,
    first_name: str,
    last_name: str,
    email: str,
    role: str,
    atoms: Iterable[str] = (),
    units: Iterable[int] | None = None,
    last_day: date | None = None,
    broker: Broker | None = None,
    by: User,
) -> Grant:
    """Invite a colleague or a broker: a pending grant, and an access code by mail.

    *role* is a preset, or ``custom`` with *atoms*. *units* are ids of billing units, None for every unit.
    *last_day* is inclusive. Raises ValidationError with code ``has_access`` (params ``grant``) when the address
    has an open grant on the group, ``not_yours`` for anything wider than the giver's own grant.
    """
    grants.lock_group(group.pk)
    giver = _giver(group, by)
    email = broker.email if broker else email
    access = _access(group, role=role, atoms=atoms, units=units, last_day=last_day)
    _require_within(giver, access)
    if broker and broker.agency.stopped_at:
        raise ValidationError(_("We have stopped all access of this agency. Call us about it."))
    if open_grant := open_grant_of(group, email):
        raise ValidationError(
            _("%(person)s has access already. Change it instead."),
            code="has_access",
            params={"person": open_grant.person, "grant": open_grant.pk},
        )
    grant = grants.offer_grant(
        group,
        email=email.lower(),
        first_name=broker.first_name if broker else first_name,
        last_name=broker.last_name if broker else last_name,
        role=access.role,
        access=access,
        source=Grant.Source.DELEGATION,
        parent=giver,
        agency=broker.agency if broker else None,
        by=by,
    )
    issue_code(grant, by=by)
    tell_primaries(group, grant)
    submit_access(kinds.AUTHORIZED if broker else kinds.ADDED, grant, before={}, by=by)
    return grant


@refusals_on_record
@transaction.atomic
def change_access(
    grant: Grant,
    *,
    role: str,
    atoms: Iterable[str] = (),
    units: Iterable[int] | None = None,
    last_day: date | None = None,
    version: int,
    by: User,
) -> Grant:
    """Give somebody other rights, units or another end; in force with their next request.

    As ``add_user``; the giver answers for the grant from now on. Raises ValidationError with code ``stale`` when
    the grant changed since the page was shown.
    """
    grant, giver = lock_grant(grant, version=version, by=by)
    access = _access(grant.group, role=role, atoms=atoms, units=units, last_day=last_day)
    _require_within(giver, access)
    before = state_of(grant)
    grant = grants.change_grant(grant, access=access, by=by)
    _answer_for(grant, giver)
    tell(grant, "accounts/access_changed")
    submit_access(kinds.CHANGED, grant, before=before, by=by)
    return grant


@refusals_on_record
@transaction.atomic
def keep_access(grant: Grant, *, version: int, by: User) -> Grant:
    """Leave a grant that waits for a review as it is; the giver answers for it from now on.

    Raises ValidationError with code ``not_yours`` when it is more than the giver could give, ``stale`` when nothing
    waits.
    """
    grant, giver = lock_grant(grant, version=version, by=by)
    if not may_answer_for(giver, access_of(grant), timezone.now()):
        raise ValidationError(
            _("You cannot answer for this access: it is wider than yours."), code=NOT_YOURS
        )
    if grant.orphaned_at is None:
        raise ValidationError(STALE, code="stale")
    _answer_for(grant, giver)
    Grant.objects.filter(pk=grant.pk).update(version=F("version") + 1)
    audit.record("accounts.access_kept", by=by, target=grant, group_id=grant.group_id)
    submit_access(kinds.KEPT, grant, before=state_of(grant), by=by)
    grant.refresh_from_db()
    return grant


@refusals_on_record
@transaction.atomic
def remove_user(grant: Grant, *, version: int, by: User) -> Removal:
    """Take all access to the group away, at once: lines, open codes, and every session of the person.

    Raises ValidationError when it is the last primary administrator's.
    """
    grant = lock_grant(grant, version=version, by=by)[0]
    codes = grant.codes.open_at(timezone.now()).count()
    was_invited, before = grant.state == State.PENDING, state_of(grant)
    grant = grants.revoke_grant(grant, by=by)
    submit_access(kinds.REMOVED, grant, before=before, by=by)
    if was_invited:
        tell(grant, "accounts/invitation_cancelled")
        return Removal(grant, 0, codes)
    return Removal(grant, _end_sessions(grant, EndedSession.Reason.ACCESS_REMOVED, by=by), codes)


@refusals_on_record
@transaction.atomic
def deactivate_user(grant: Grant, *, version: int, by: User) -> Removal:
    """Let a person's access to the group rest until it is reactivated; ends their sessions."""
    grant = lock_grant(grant, version=version, by=by)[0]
    if grant.state != State.ACTIVE:
        raise ValidationError(STALE, code="stale")
    before = state_of(grant)
    grant = grants.suspend_grant(grant, by=by, suspension=Grant.Suspension.ADMINISTRATOR)
    submit_access(kinds.DEACTIVATED, grant, before=before, by=by)
    return Removal(grant, _end_sessions(grant, EndedSession.Reason.ACCESS_SUSPENDED, by=by), 0)


@refusals_on_record
@transaction.atomic
def reactivate_user(grant: Grant, *, version: int, by: User) -> Grant:
    """Let a deactivated person's access open again what it did; the giver answers for it from now on.

    Raises ValidationError when the carrier stopped the agency.
    """
    grant, giver = lock_grant(grant, version=version, by=by)
    if grant.state != State.SUSPENDED:
        raise ValidationError(STALE, code="stale")
    if grant.suspension == Grant.Suspension.AGENCY:
        raise ValidationError(_("We have stopped all access of this agency. Call us about it."))
    before = state_of(grant)
    grant = grants.resume_grant(grant, by=by)
    _answer_for(grant, giver)
    tell(grant, "accounts/access_resumed")
    submit_access(kinds.REACTIVATED, grant, before=before, by=by)
    return grant


@refusals_on_record
@transaction.atomic
def resend_invitation(grant: Grant, *, version: int, by: User) -> AccessCode:
    """Mail a new access code to somebody invited; the older one dies.

    Counts as a change, so that a second click is stale and does not kill the code just sent.
    """
    grant = lock_grant(grant, version=version, by=by)[0]
    if grant.state != State.PENDING:
        raise ValidationError(STALE, code="stale")
    Grant.objects.filter(pk=grant.pk).update(version=F("version") + 1)
    return issue_code(grant, by=by)


@refusals_on_record
@transaction.atomic
def remove_agency(group: EmployerGroup, *, agency: Agency, by: User) -> list[Removal]:
    """Take all access of an agency's brokers to this group away, at once. The broker of record stays as it is."""
    grants.lock_group(group.pk)
    found = Grant.objects.open().filter(group=group, agency=agency).order_by("pk")
    return [remove_user(grant, version=grant.version, by=by) for grant in found]


def _giver(group: EmployerGroup, by: User) -> Grant:
    giver = grant_of(group, by)
    if giver is None or "users_manage" not in giver.atoms:
        raise ValidationError(_("You may not manage who has access to this group."), code=NOT_YOURS)
    return giver


def lock_grant(grant: Grant, *, version: int, by: User) -> tuple[Grant, Grant]:
    """Lock the group for the caller's transaction; return the grant as it is now, and the giver's.

    Raises ValidationError with code ``not_yours`` or ``stale``.
    """
    grants.lock_group(grant.group_id)
    fresh = (
        Grant.objects.with_units()
        .select_for_update(of=("self",))
        .select_related("group", "user")
        .get(pk=grant.pk)
    )
    giver = giver_over(fresh, by=by)
    if fresh.version != version or fresh.state not in Grant.OPEN:
        raise ValidationError(STALE, code="stale")
    return fresh, giver


def giver_over(grant: Grant, *, by: User) -> Grant:
    """Return the grant under which *by* may touch *grant* now; raises ValidationError with code ``not_yours``."""
    giver = _giver(grant.group, by)
    if not may_touch(giver, grant):
        raise ValidationError(
            _("You cannot change this access: it is your own, or wider than yours."), code=NOT_YOURS
        )
    return giver


def _access(
    group: EmployerGroup,
    *,
    role: str,
    atoms: Iterable[str],
    units: Iterable[int] | None,
    last_day: date | None,
) -> Access:
    """Return what was asked for, checked for sense, not for rights; raises ValidationError keyed by field."""
    chosen = ROLES[role].atoms if role in ROLES and ROLES[role].atoms else with_needs(atoms)
    if role not in ROLES or role in {PRIMARY_ADMINISTRATOR.key, EMERGENCY.key}:
        raise ValidationError(_("This role cannot be given here."), code=NOT_YOURS)
    if unknown := chosen - ALL_ATOMS:
        raise ValidationError(
            _("We know no such right: %(atoms)s."),
            code=NOT_YOURS,
            params={"atoms": ", ".join(sorted(unknown))},
        )
    found: frozenset[int] | None = None
    if units is not None:
        wanted = frozenset(units)
        found = frozenset(
            Subgroup.objects.filter(group=group, pk__in=wanted).values_list("pk", flat=True)
        )
        if found != wanted:
            raise ValidationError(_("A billing unit is not one of this group."), code=NOT_YOURS)
        if not found:
            raise ValidationError({"units": _("Choose at least one billing unit, or all of them.")})
    if last_day and last_day < timezone.localdate():
        raise ValidationError({"last_day": _("Access cannot end before today.")})
    ends_at = end_of(last_day) if last_day else None
    return Access(role_of(chosen, wanted=role), chosen, found, ends_at)


def _require_within(giver: Grant, access: Access) -> None:
    """Raise ValidationError with code ``not_yours`` unless *giver* may give all of *access*."""
    if not access.atoms <= may_give(giver):
        raise ValidationError(
            _(
                "You can give only rights that you hold yourself; users are managed by the primary administrator."
            ),
            code=NOT_YOURS,
        )
    if not giver.covers(access.atoms, access.units, access.ends_at):
        raise ValidationError(
            _(
                "You can give only billing units that are yours, and no longer than your own access lasts."
            ),
            code=NOT_YOURS,
        )


def _answer_for(grant: Grant, giver: Grant) -> None:
    """Let *giver* answer for *grant* from now on; a giver who answered to it answers to the carrier instead.

    Only a primary administrator touches a grant above their own.
    """
    if giver.answers_to(grant):
        Grant.objects.filter(pk=giver.pk).update(parent=None)
    Grant.objects.filter(pk=grant.pk).update(parent=giver, orphaned_at=None)


def _end_sessions(grant: Grant, reason: EndedSession.Reason, *, by: User) -> int:
    """End the person's sessions, tell them and the primary administrators; return how many were open.

    0, and no number in the history, for somebody who also works where *by* has no say.
    """
    ended, note = 0, ""
    if grant.user:
        if is_only_theirs(grant.user, by=by):
            ended = sessions.still_open(grant.user, timezone.now()).count()
            note = str(ended)
        sessions.end(sessions.of(grant.user), because=reason)  # forgotten ones too
    audit.record("accounts.sessions_ended", by=by, target=grant, group_id=grant.group_id, note=note)
    letter = {
        EndedSession.Reason.ACCESS_REMOVED: "accounts/access_removed",
        EndedSession.Reason.ACCESS_SUSPENDED: "accounts/access_suspended",
    }[reason]
    tell(grant, letter if grant.user else "accounts/invitation_withdrawn")
    return ended


@transaction.atomic
def record_refusal(
    what: str, target: EmployerGroup | Grant, *, by: User, wanted: Mapping[str, Any] | None = None
) -> None:
    """Write down that *by* asked for *what* (an action's name, with *wanted* arguments), which no page offers them."""
    group_id = target.pk if isinstance(target, EmployerGroup) else target.group_id
    changes = asked_for(group_id, wanted or {})
    audit.record(
        "accounts.delegation_refused",
        by=by,
        target=target,
        group_id=group_id,
        changes=changes,
        note=what,
    )
