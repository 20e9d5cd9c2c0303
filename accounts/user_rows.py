"""What *Manage user access* says about each person with access: in words, and what may be done. Only reads."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from accounts.actors import (
    actor_in_words,
    address_of,
    is_of_carrier,
    person_in_words,
    staff_among,
    user_in_words,
)
from accounts.authority import may_touch
from accounts.models import AccessCode, Agency, Grant
from accounts.models.grants import GrantQuerySet
from accounts.plain_words import in_short
from accounts.roles import EMERGENCY
from groups.models import EmployerGroup
from portal.models import AuditEvent

UNITS_NAMED = 5  # by code; more are counted


@dataclass(frozen=True)
class UserRow:
    """One line of *Users with access*. *why_not* says in a word why nothing can be done here; empty: it can.

    Of the carrier's people (*is_of_carrier*) employers read neither name nor address nor user ID.
    """

    grant: Grant
    person: str
    address: str
    is_of_carrier: bool
    is_you: bool
    can_do: str
    units: str
    sign: str
    status: str
    status_note: str
    source: str
    why_not: str


def visible_grants(
    group: EmployerGroup, units: frozenset[int] | None, person_key: int, now: datetime
) -> GrantQuerySet:
    """Return the open grants on *group* that somebody limited to *units* (None: not limited) may know of.

    Those that reach no further than the units, and the person's own; none whose end has passed at *now*.
    """
    found = Grant.objects.open().filter(group=group).exclude(ends_at__lte=now)
    if units is None:
        return found
    within = Grant.objects.within(units).filter(group=group)
    return found.filter(Q(pk__in=within.values("pk")) | Q(user_id=person_key))


def for_rows(grants: GrantQuerySet) -> GrantQuerySet:
    """Return *grants* with all that ``user_rows`` reads: the same few statements for any number."""
    codes = Prefetch(
        "codes",
        queryset=AccessCode.objects.filter(grant__state=Grant.State.PENDING).order_by("-pk"),
    )
    return (
        grants.with_units()
        .select_related("user", "granted_by", "agency", "group")
        .prefetch_related(codes)
    )


def user_rows(
    grants: Iterable[Grant], *, giver: Grant | None, person_key: int, now: datetime
) -> list[UserRow]:
    """Return a line for each of *grants*, as the holder of *giver* sees them; None: somebody who only looks."""
    return [_row(grant, giver, person_key, now) for grant in grants]


def why_not(giver: Grant | None, grant: Grant) -> str:
    """Return why the holder of *giver* may not change or take away *grant*; empty where they may."""
    if giver is None or "users_manage" not in giver.atoms:
        return _("View only")
    if may_touch(giver, grant):
        return ""
    if giver.pk == grant.pk:
        return _("Your own access")
    if grant.role == EMERGENCY.key:
        return _("Ends by itself")
    return _("Wider than yours")


def units_in_words(grant: Grant) -> str:
    """Return the billing units of *grant* by code."""
    return codes_in_words(None if grant.all_units else [unit.code for unit in grant.units.all()])


def codes_in_words(codes: Collection[str] | None, everything: Collection[str] = ()) -> str:
    """Return the *codes* of billing units (None: every unit); with *everything*, also what "ALL" means today."""
    if codes is not None:
        return few(codes)
    today = few(everything)
    return _("ALL (%(codes)s)") % {"codes": today} if today else _("ALL")


def few(codes: Collection[str]) -> str:
    """Return the *codes* of billing units; only how many, where they would fill a column."""
    if len(codes) > UNITS_NAMED:
        return ngettext("%(count)d unit", "%(count)d units", len(codes)) % {"count": len(codes)}
    return ", ".join(codes)


def last_change(group: EmployerGroup, visible: GrantQuerySet | None) -> str:
    """Return the last change of who has access, as a sentence; three statements.

    *visible* limits it to these grants (None: all of the group); nothing when it was about another.
    """
    about = {Grant._meta.label_lower, Agency._meta.label_lower}
    event = (
        AuditEvent.objects.filter(group_key=group.pk, kind__in=CHANGES, target_type__in=about)
        .order_by("-at", "-pk")
        .first()
    )
    if event is None:
        return ""
    if event.target_type == Agency._meta.label_lower:
        return _change_of_agency(event) if visible is None else ""
    grants = Grant.objects.filter(group=group) if visible is None else visible
    grant = grants.select_related("user").filter(pk=event.target_key).first()
    if grant is None:
        return ""
    by_itself, by_somebody = CHANGES[event.kind]
    if grant.role == EMERGENCY.key and event.kind in EMERGENCY_CHANGES:
        by_itself = by_somebody = EMERGENCY_CHANGES[event.kind]
    words = by_somebody if event.actor_key and event.actor_key != grant.user_id else by_itself
    return str(words) % {
        "actor": actor_in_words(event, staff_among([event.actor_key])),
        "person": person_in_words(grant),
        "role": grant.get_role_display(),
        "day": _day_of(event),
    }


def _change_of_agency(event: AuditEvent) -> str:
    """Return what happened to all brokers of an agency; the carrier did it."""
    words = str(CHANGES[event.kind][0])
    return words % {"agency": event.target_label, "day": _day_of(event)}


def _day_of(event: AuditEvent) -> str:
    return date_format(timezone.localtime(event.at), _("l, F j"))


# Kind of event: the sentence without somebody else who acted, and the one with.
CHANGES = {
    "accounts.grant_offered": (
        _lazy("%(person)s was invited as %(role)s on %(day)s."),
        _lazy("%(actor)s invited %(person)s as %(role)s on %(day)s."),
    ),
    "accounts.grant_activated": (
        _lazy("%(person)s used the access code and is %(role)s since %(day)s."),
        _lazy("%(actor)s gave access to %(person)s as %(role)s on %(day)s."),
    ),
    "accounts.grant_changed": (
        _lazy("The access of %(person)s was changed on %(day)s."),
        _lazy("%(actor)s changed the access of %(person)s on %(day)s."),
    ),
    "accounts.grant_suspended": (
        _lazy("%(person)s was deactivated on %(day)s."),
        _lazy("%(actor)s deactivated %(person)s on %(day)s."),
    ),
    "accounts.grant_resumed": (
        _lazy("%(person)s was reactivated on %(day)s."),
        _lazy("%(actor)s reactivated %(person)s on %(day)s."),
    ),
    "accounts.grant_revoked": (
        _lazy("The access of %(person)s was removed on %(day)s."),
        _lazy("%(actor)s removed %(person)s on %(day)s."),
    ),
    "accounts.grant_expired": (
        _lazy("The access of %(person)s ended on %(day)s."),
        _lazy("The access of %(person)s ended on %(day)s."),
    ),
    "accounts.access_kept": (
        _lazy("The access of %(person)s was kept as it is on %(day)s."),
        _lazy("%(actor)s kept the access of %(person)s as it is on %(day)s."),
    ),
    "accounts.hand_over_accepted": (
        _lazy("%(person)s took over the primary role on %(day)s."),
        _lazy("%(person)s took over the primary role on %(day)s."),
    ),
    "accounts.agency_stopped": (
        _lazy("We stopped all access of %(agency)s on %(day)s."),
        _lazy("We stopped all access of %(agency)s on %(day)s."),
    ),
    "accounts.agency_resumed": (
        _lazy("We opened the access of %(agency)s again on %(day)s."),
        _lazy("We opened the access of %(agency)s again on %(day)s."),
    ),
}
# The same kinds where one of the carrier's people let themselves in for an hour.
EMERGENCY_CHANGES = {
    "accounts.grant_offered": _lazy("%(actor)s opened emergency access on %(day)s."),
    "accounts.grant_activated": _lazy("%(actor)s opened emergency access on %(day)s."),
    "accounts.grant_revoked": _lazy("%(actor)s ended emergency access on %(day)s."),
    "accounts.grant_expired": _lazy("Emergency access ended by itself on %(day)s."),
}


def _row(grant: Grant, giver: Grant | None, person_key: int, now: datetime) -> UserRow:
    sign, status, note = _status(grant, now)
    return UserRow(
        grant=grant,
        person=person_in_words(grant),
        address=address_of(grant),
        is_of_carrier=is_of_carrier(grant),
        is_you=grant.user_id == person_key,
        can_do=in_short(grant.role, grant.atoms),
        units=units_in_words(grant),
        sign=sign,
        status=status,
        status_note=note,
        source=_source(grant),
        why_not=why_not(giver, grant),
    )


def _status(grant: Grant, now: datetime) -> tuple[str, str, str]:
    """Return sign, word and note: the last sign-in, how the access code stands, or who stopped it."""
    if grant.state == Grant.State.PENDING:
        return "progress", _("Invited"), _key_note(grant, now)
    if grant.state == Grant.State.SUSPENDED:
        return "attention", _("Deactivated"), str(grant.get_suspension_display())
    if grant.user and not grant.user.is_active:
        return "ended", _("Account closed"), ""
    if is_of_carrier(grant):
        return "active", _("Active"), ""
    seen = grant.user.last_login if grant.user else None
    return "active", _("Active"), _day_and_time(seen, now) if seen else _("Never signed in")


def _key_note(grant: Grant, now: datetime) -> str:
    code = next(iter(grant.codes.all()), None)
    if code is None or code.state == AccessCode.State.REVOKED:
        return _("No access code")
    if code.state == AccessCode.State.LOCKED:
        return _("Code locked")
    if code.state_at(now) == AccessCode.State.EXPIRED:
        return _("Code expired")
    days = (_local_day(now) - _local_day(code.issued_at)).days
    sent = (
        ngettext("Code sent %(days)d day ago.", "Code sent %(days)d days ago.", days)
        % {"days": days}
        if days
        else _("Code sent today.")
    )
    end = date_format(timezone.localtime(code.expires_at), _("D, M j"))
    return _("%(sent)s Code expires %(day)s") % {"sent": sent, "day": end}


def _source(grant: Grant) -> str:
    if grant.source == Grant.Source.DELEGATION and grant.granted_by:
        return _("Given by %(person)s") % {"person": user_in_words(grant.granted_by)}
    return str(grant.get_source_display())


def _day_and_time(moment: datetime, now: datetime) -> str:
    local, days = timezone.localtime(moment), (_local_day(now) - _local_day(moment)).days
    if days == 0:
        return _("Today, %(time)s") % {"time": date_format(local, _("g:i a"))}
    return _("Yesterday") if days == 1 else date_format(local, _("M j, Y"))


def _local_day(moment: datetime) -> date:
    return timezone.localtime(moment).date()
