"""What happened in one group, as its own people read it: who, what, about whom, what changed. Only reads.

Staff stand here under the name of the carrier, and their steps on a request that concern nobody else are left
out. Addresses and browsers of people are never shown.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actors import (
    actor_in_words,
    carrier_staff,
    event_for_employers,
    person_in_words,
    staff_among,
)
from accounts.models import AccessCode, Grant, HandOver
from accounts.refusals import NOBODY_YET, TRIED, UNKNOWN
from accounts.roles import ROLES
from groups.atoms import LABELS
from portal.audit import MASK
from portal.keyset import MICROSECOND
from portal.models import AuditEvent
from portal.staff import event_words

BY = "at"  # what the list is ordered by
# How account management works on a request is theirs; linking one names another group.
INTERNAL = {
    "accounts.registration_taken", "accounts.registration_note_added", "accounts.registration_linked",
    "accounts.registration_promoted", "accounts.registration_first_approved", "accounts.registration_escalated",
}  # fmt: skip
# A change of access is an event itself; that it got a confirmation number says nothing more.
SUBMITTED = "groups.transaction_submitted"
GRANT, CODE, PERSON = "accounts.grant", "accounts.accesscode", "accounts.user"
REVIEW = "accounts.accessreview"
NOTE_FIRST = {"accounts.delegation_refused"}
_OF_GRANT = dict([*Grant.State.choices, *HandOver.State.choices])
NO_LAST_DAY = {("ends", ""), ("ends", "None"), ("last day asked", "None")}
STATES = {GRANT: _OF_GRANT, CODE: dict(AccessCode.State.choices)}


@dataclass(frozen=True)
class Area:
    """A kind of activity to filter by; *prefixes* begin the kinds of its events."""

    key: str
    label: str | Promise
    prefixes: tuple[str, ...]


AREAS = (
    Area("review", gettext_lazy("Access review"), ("accounts.access_review", "accounts.access_confirmed")),
    Area("keys", gettext_lazy("Access codes"), ("accounts.access_code", "accounts.code_")),
    Area("registration", gettext_lazy("Registration"), ("accounts.registration_", "accounts.account_created")),
    Area("activity", gettext_lazy("Exports"), ("accounts.activity_",)),
    Area("access", gettext_lazy("Access"), ("accounts.",)),
    Area("groups", gettext_lazy("Group details"), ("groups.",)),
    Area("roster", gettext_lazy("Members and coverage"), ("roster.",)),
    Area("billing", gettext_lazy("Billing"), ("billing.",)),
    Area("messages", gettext_lazy("Messages"), ("messaging.",)),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One event in words."""

    at: datetime
    who: str
    what: str
    about: str
    details: list[str]


def events_of(group_id: int) -> QuerySet[AuditEvent]:
    """Return what happened in a group, newest first, without what shows where people sat."""
    return (
        AuditEvent.objects.filter(group_key=group_id)
        .exclude(kind__in=INTERNAL)
        .exclude(kind=SUBMITTED, note__startswith="accounts.")
        .defer("ip_address", "user_agent", "request_id")
        .order_by("-at", "-pk")
    )


def area_choices() -> list[tuple[str, str | Promise]]:
    """Return the areas in which something can happen today, in order of their words."""
    known = tuple(event_words())
    found = [
        (area.key, area.label)
        for area in AREAS
        if any(kind.startswith(area.prefixes) for kind in known)
    ]
    return sorted(found, key=lambda choice: str(choice[1]))


def in_area(key: str) -> Q:
    """Return what finds the events of an area: the first of AREAS that fits a kind has it."""
    earlier: list[str] = []
    for area in AREAS:
        if area.key == key:
            return _begins(area.prefixes) & ~_begins(
                p for p in earlier if p.startswith(area.prefixes)
            )
        earlier += area.prefixes
    return Q()


def in_lines(events: Collection[AuditEvent]) -> list[Line]:
    """Return *events* of one group in words; three statements, whatever their number."""
    grants = _grants_of(events)
    staff = staff_among([*(event.actor_key for event in events), *_keys(events, PERSON)])
    return [
        Line(
            at=event.at,
            who=actor_in_words(event, staff),
            what=event_for_employers(event.kind),
            about=_about(event, grants, staff),
            details=_details(event),
        )
        for event in events
    ]


def change_in_words(name: str, old: str, new: str, *, of: str = GRANT) -> str:
    """Return one change: "Role: Viewer, now Billing viewer"; what may not be kept says only that it changed.

    *of* is the type of what was changed; it says what a state is called.
    """
    label = capfirst(_NAMES.get(name) or name.replace("_", " "))
    if MASK in {old, new}:
        return _("%(field)s changed") % {"field": label}
    old, new = (_value(name, value, of) for value in (old, new))
    if not old or not new:
        return f"{label}: {old or new}"
    return _("%(field)s: %(old)s, now %(new)s") % {"field": label, "old": old, "new": new}


def _begins(prefixes: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for prefix in prefixes:
        found |= Q(kind__startswith=prefix)
    return found


def _grants_of(events: Iterable[AuditEvent]) -> dict[tuple[str, str], Grant]:
    """Return the grants that *events* are about, or whose access code they are about; two statements."""
    codes = AccessCode.objects.filter(pk__in=_keys(events, CODE)).select_related("grant__user")
    grants = Grant.objects.filter(pk__in=_keys(events, GRANT)).select_related("user")
    return {
        **{(GRANT, str(grant.pk)): grant for grant in grants},
        **{(CODE, str(code.pk)): code.grant for code in codes},
    }


def _keys(events: Iterable[AuditEvent], target_type: str) -> list[int]:
    return [
        int(event.target_key)
        for event in events
        if event.target_type == target_type and event.target_key.isdigit()
    ]


def _about(
    event: AuditEvent, grants: Mapping[tuple[str, str], Grant], staff: Collection[int]
) -> str:
    """Return whom or what an event is about; of a grant, the person and the role it has."""
    grant = grants.get((event.target_type, event.target_key))
    if grant:
        name = person_in_words(grant)
        role = event.target_label.rpartition(", ")[0] if event.target_type == GRANT else ""
        return f"{name}, {role}" if role else name
    if (
        event.target_type == PERSON
        and event.target_key.isdigit()
        and int(event.target_key) in staff
    ):
        return carrier_staff()
    return (
        event.target_label.rpartition(", ")[0]
        if event.target_type == REVIEW
        else event.target_label
    )


def _details(event: AuditEvent) -> list[str]:
    """Return changes and note in words; what an applicant corrected stays between them and us."""
    if event.kind.startswith("accounts.registration_"):
        return []
    details = [
        change_in_words(name, old, new, of=event.target_type)
        for name, (old, new) in event.changes.items()
    ]
    if event.note and (words := _NOTES.get(event.kind)):
        said = words(event.note)
        details = [said, *details] if event.kind in NOTE_FIRST else [*details, said]
    return [one for one in details if one]


def _value(name: str, value: str, of: str) -> str:
    """Return a value of a change as people say it; nothing for nothing."""
    if value in {"", "None"}:
        return _("no last day") if (name, value) in NO_LAST_DAY else ""
    if name == "state":
        return str(STATES.get(of, {}).get(value) or value.replace("_", " "))
    return _VALUES.get(name, str)(value)


def _role(key: str) -> str:
    return str(ROLES[key].label) if key in ROLES else _known(key)


def _rights(codenames: str) -> str:
    return ", ".join(LABELS.get(name) or _known(name) for name in codenames.split(", "))


def _known(name: str) -> str:
    return _("something we do not know") if name == UNKNOWN else name


def _codes(codes: str) -> str:
    return ", ".join(
        _("one that is not of this group") if code == UNKNOWN else code
        for code in codes.split(", ")
    )


def _source(key: str) -> str:
    return str(dict(Grant.Source.choices).get(key, key))


def _receiver(key: str) -> str:
    return _("somebody new") if key == NOBODY_YET else _("a broker of %(agency)s") % {"agency": key}


def _last_day(moment: str) -> str:
    """Return the last day before an end (exclusive) as it was written down."""
    try:
        ends_at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return _day(timezone.localtime(ends_at - MICROSECOND).date())


def _day(day: date) -> str:
    return date_format(day, "F j, Y")


def _day_asked(day: str) -> str:
    return _day(date.fromisoformat(day))


def _tried(action: str) -> str:
    return _("Tried to %(do)s") % {"do": TRIED[action]} if action in TRIED else ""


def _sessions(count: str) -> str:
    number = int(count) if count.isdigit() else 0
    return ngettext("%(count)d session", "%(count)d sessions", number) % {"count": number}


def _review(quarter: str) -> str:
    return _("Review %(quarter)s") % {"quarter": quarter}


_NAMES: dict[str, Any] = {
    "role": gettext_lazy("role"),
    "rights taken": gettext_lazy("rights taken"),
    "rights given": gettext_lazy("rights given"),
    "billing units": gettext_lazy("billing units"),
    "ends": gettext_lazy("last day"),
    "state": gettext_lazy("state"),
    "source": gettext_lazy("where it comes from"),
    "for": gettext_lazy("for"),
    "role asked": gettext_lazy("role"),
    "rights asked": gettext_lazy("rights"),
    "billing units asked": gettext_lazy("billing units"),
    "last day asked": gettext_lazy("last day"),
}
_VALUES: dict[str, Callable[[str], str]] = {
    "role": _role,
    "rights taken": _rights,
    "rights given": _rights,
    "ends": _last_day,
    "source": _source,
    "for": _receiver,
    "role asked": _role,
    "rights asked": _rights,
    "billing units asked": _codes,
    "last day asked": _day_asked,
}
# Notes that may be read by the group; any other stays with the carrier.
_NOTES: dict[str, Callable[[str], str]] = {
    "accounts.sessions_ended": _sessions,
    "accounts.password_reset": _sessions,
    "accounts.access_asked": str,
    "accounts.emergency_opened": str,
    "accounts.access_confirmed": _review,
    "accounts.delegation_refused": _tried,
}
