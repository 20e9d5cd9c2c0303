"""Transactions as people read them: which of them somebody may see, and each in words. Only reads.

The carrier's people stand here under the name of the carrier.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.access import Rights
from groups.models import EmployerGroup, Transaction
from groups.transaction_kinds import Change, codes_open_to, compared, kind_of, subject_of
from portal.brand import brand
from portal.moments import written

Words = str | Promise
BY = "submitted_at"  # what the history is ordered by
MOST_PEOPLE = 200  # who can be chosen in the filter
# Status: (its shape in a list, the tone of its pill)
LOOKS = {
    Transaction.Status.SUBMITTED: ("progress", "info"),
    Transaction.Status.PENDING: ("progress", "info"),
    Transaction.Status.COMPLETED: ("done", "ok"),
    Transaction.Status.REJECTED: ("late", "bad"),
    Transaction.Status.CANCELED: ("ended", "neutral"),
}
# Everybody who submitted something that may be seen, by jumping from person to person in the index:
# as fast with a million transactions as with ten.
_PEOPLE = """
WITH RECURSIVE jump (person) AS (
    (SELECT submitted_by_id FROM groups_transaction WHERE {seen} AND submitted_by_id IS NOT NULL
     ORDER BY submitted_by_id LIMIT 1)
    UNION ALL
    SELECT (SELECT submitted_by_id FROM groups_transaction WHERE {seen} AND submitted_by_id > person
            ORDER BY submitted_by_id LIMIT 1)
    FROM jump WHERE person IS NOT NULL
)
SELECT person FROM jump WHERE person IS NOT NULL LIMIT %(most)s
"""
_SEEN = "group_id = %(group)s AND kind = ANY (%(open)s)"
_OF_UNITS = " AND subgroup_id = ANY (%(units)s)"


@dataclass(frozen=True)
class Line:
    """A transaction in words. *shape* and *tone* draw its status; *age* says how long an undecided one waits."""

    row: Transaction
    what: Words
    about: str
    who: str
    status: Words
    shape: str
    tone: str
    waits: str
    age: str


def visible_to(rights: Rights, group: EmployerGroup) -> QuerySet[Transaction]:
    """Return what somebody who holds *rights* may see of a group's transactions.

    Kinds that need a right beyond theirs are not in it, nor what is of no known kind, nor, for people of single billing
    units, what is of no unit.
    """
    found = Transaction.objects.filter(group=group).filter(kind__in=codes_open_to(rights.atoms))
    if rights.units is not None:
        found = found.filter(subgroup__in=rights.units)
    return found


def with_people(found: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Return *found* with who submitted it and its billing unit, and without what no list shows."""
    return found.select_related("submitted_by", "subgroup").only(
        "number", "kind", "subgroup__code", "subgroup__name", "member_name", "effective_date", "status", "waits_for",
        "source", "source_row", "submitted_by__first_name", "submitted_by__last_name", "submitted_by__username",
        "submitted_by__is_staff", "submitted_at", "escalated_at", "decided_at", "group_id", "version", "before", "after",
    )  # fmt: skip


def submitters_of(
    rights: Rights, group: EmployerGroup, *, most: int | None = MOST_PEOPLE
) -> list[int]:
    """Return the ids of who submitted what ``visible_to`` returns, *most* of them (None: all); one statement."""
    values: dict[str, Any] = {
        "group": group.pk,
        "open": codes_open_to(rights.atoms),
        "most": most,
        "units": sorted(rights.units or ()),
    }
    seen = _SEEN if rights.units is None else _SEEN + _OF_UNITS
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE.format(seen=seen), values)
        return [person for (person,) in cursor.fetchall()]


def in_lines(found: Iterable[Transaction], *, now: datetime | None = None) -> list[Line]:
    """Return transactions in words at *now*; needs what ``with_people`` reads and no statement of its own."""
    moment = now or timezone.now()
    return [in_line(row, moment) for row in found]


def in_line(row: Transaction, now: datetime) -> Line:
    """Return one transaction in words at *now*."""
    shape, tone = LOOKS[Transaction.Status(row.status)]
    return Line(
        row=row,
        what=kind_of(row.kind).label,
        about=subject_of(row.kind, row.before, row.after),
        who=submitter_of(row),
        status=row.get_status_display(),
        shape=shape,
        tone=tone,
        waits=waits_in_words(row),
        age=age_in_words(now - row.submitted_at) if row.is_undecided else "",
    )


def submitter_of(row: Transaction) -> str:
    """Return who submitted a transaction, as employers read it."""
    if row.submitted_by is None:
        return _("The portal")
    return carrier_staff() if row.submitted_by.is_staff else str(row.submitted_by)


def carrier_staff() -> str:
    """Return how the carrier's people are called before employers: "Evergreen Health Plan staff"."""
    return _("%(carrier)s staff") % {"carrier": brand().name}


def waits_in_words(row: Transaction) -> str:
    """Return whose turn it is, "" when it is nobody's."""
    return {
        Transaction.WaitsFor.CARRIER: _("Waits for us"),
        Transaction.WaitsFor.EMPLOYER: _("Waits for you"),
    }.get(Transaction.WaitsFor(row.waits_for), "")


def age_in_words(age: timedelta) -> str:
    """Return how long something waits: whole hours, from two days on whole days."""
    hours = max(int(age.total_seconds() // 3600), 0)
    if hours < 1:
        return _("less than 1 hour")
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}


def changes_of(row: Transaction) -> list[Change]:
    """Return what is different in a transaction, and what it is about, as people read it."""
    return compared(row.kind, row.before, row.after)


def answer_to(row: Transaction) -> str:
    """Return what we answered to a transaction that asks for it; "" before, and for every other."""
    return str(row.after.get(kind_of(row.kind).answer, ""))


def subject_page_of(row: Transaction) -> tuple[Words, str] | None:
    """Return words and address of the page of what a transaction is about, None without one."""
    find = kind_of(row.kind).page
    return find(row) if find else None


def day_awaited(row: Transaction) -> date | None:
    """Return the day that an undecided transaction waits for, since what it asks for would hold at once; else None."""
    on_its_day = row.is_undecided and kind_of(row.kind).on_its_day
    return row.effective_date if on_its_day and row.begins_after(timezone.localdate()) else None


def steps_of(row: Transaction, *, to_staff: bool = False) -> list[dict[str, object]]:
    """Return what happened to a transaction, as the time line takes it: submitted, with whom, what became of it.

    What comes next is said to employers; *to_staff* it says how long the employer has waited.
    """
    submitted = _("%(moment)s, by %(person)s") % {
        "moment": written(row.submitted_at),
        "person": submitter_of(row),
    }
    steps = [_step(_("Submitted"), submitted, "done")]
    if row.escalated_at:
        late = _("%(moment)s: it had waited for 24 hours, so our supervisors look at it.")
        steps.append(_step(_("Escalated"), late % {"moment": written(row.escalated_at)}, "done"))
    if row.is_undecided:
        age = age_in_words(timezone.now() - row.submitted_at)
        text = _("For %(age)s") % {"age": age} if to_staff else _next_step(row)
        return [*steps, _step(waits_in_words(row), text, "now"), _step(_("Decided"), "")]
    state = "done" if row.status == Transaction.Status.COMPLETED else "stopped"
    return [*steps, _step(row.get_status_display(), _decided(row), state)]


def _step(title: Words, text: str, state: str = "next") -> dict[str, object]:
    return {"title": title, "text": text, "state": state}


def _next_step(row: Transaction) -> str:
    if row.waits_for == Transaction.WaitsFor.EMPLOYER:
        return _("We need something from you before we can go on.")
    if day := day_awaited(row):
        words = _("We answer by %(day)s, from which it holds.")
        return words % {"day": date_format(day, "F j, Y")}
    if row.escalated_at:
        return _("Our supervisors look at it now. You get an email when it is decided.")
    if row.assigned_to_id:
        return _("Somebody on our side is working on it. You get an email when it is decided.")
    return _("We look at it within 24 hours. You get an email when it is decided.")


def _decided(row: Transaction) -> str:
    moment = written(row.decided_at) if row.decided_at else ""
    if row.decided_by is None:
        return moment
    person = carrier_staff() if row.decided_by.is_staff else str(row.decided_by)
    return _("%(moment)s, by %(person)s") % {"moment": moment, "person": person}
