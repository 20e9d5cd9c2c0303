"""What becomes of a change that a person submits: the only writer of transactions.

submitted -> pending (waits for the carrier, or for the employer) -> completed | rejected | canceled. Source: domain
handbook, "State machines" (transaction).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, cast
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups import wanted_letters
from groups.access import still_inside
from groups.models import EmployerGroup, Subgroup, Transaction
from groups.transaction_kinds import in_one_line, is_known, kind_of, on_their_day
from portal import audit, mail
from portal.numbers import next_number

Status, WaitsFor = Transaction.Status, Transaction.WaitsFor
PREFIX = "TX"
ESCALATES_AFTER = timedelta(hours=24)
BATCH = 500  # escalated in one database transaction
LETTERS: dict[str, str] = {
    Status.COMPLETED: "groups/transaction_completed",
    Status.REJECTED: "groups/transaction_rejected",
    Status.CANCELED: "groups/transaction_canceled",
}
UNKNOWN = _("We no longer know how to carry this out. Do it by hand, then reject it and say so.")
UNANSWERED = _("Write the answer. The employer reads it.")
EARLY = _("It takes effect on a day to come. Complete it from that day on.")
STALE = _("Somebody has changed this in the meantime. Look at it again.")


class Person(Protocol):
    """Whoever submits or decides: an account."""

    pk: int


@dataclass(frozen=True)
class Change:
    """What somebody wants: the fields as they are and as they shall be, and from which day.

    *member_key* and *member_name* ("Castillo, Owen") say about whom; empty for a change of the group itself.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    effective_date: date | None = None
    subgroup: Subgroup | None = None
    member_key: str = ""
    member_name: str = ""


@transaction.atomic
def submit(
    kind: str,
    group: EmployerGroup,
    change: Change,
    *,
    by: Person | None,
    waits_for: str = WaitsFor.NOBODY,
    form_key: UUID | None = None,
    source: str = Transaction.Source.PORTAL,
    source_row: int | None = None,
) -> Transaction:
    """Write down *change* under a new confirmation number; completed at once unless it *waits_for* somebody.

    Called by the action that makes the change, in its transaction. The same *form_key* of the same kind and person again
    is the form sent twice, so the caller asks ``already_submitted`` before it changes anything.
    """
    now = timezone.now()
    status = Status.PENDING if waits_for else Status.COMPLETED
    found = Transaction.objects.create(
        group=group,
        number=next_number(PREFIX, now),
        kind=kind,
        subgroup=change.subgroup,
        member_key=change.member_key,
        member_name=change.member_name,
        member_search=change.member_name.casefold(),
        effective_date=change.effective_date,
        before=dict(change.before),
        after=dict(change.after),
        before_words=in_one_line(kind, change.before),
        after_words=in_one_line(kind, change.after),
        status=status,
        waits_for=waits_for,
        source=source,
        source_row=source_row,
        submitted_by_id=by.pk if by else None,
        submitted_at=now,
        decided_at=None if waits_for else now,
        form_key=_key_of(form_key, kind, by),
    )
    audit.record("groups.transaction_submitted", by=by, target=found, group_id=group.pk, note=kind)
    return found


def already_submitted(
    group: EmployerGroup, form_key: UUID | None, *, kind: str, by: Person | None
) -> Transaction | None:
    """Return what an earlier sending of the same form by the same person became, None when it was of another kind.

    To be asked under the lock of what it changes.
    """
    key = _key_of(form_key, kind, by)
    return Transaction.objects.filter(group=group, form_key=key).first() if key else None


def _key_of(form_key: UUID | None, kind: str, by: Person | None) -> UUID | None:
    """Return the key that is kept: of the form, the kind and the person, for anybody can send any key."""
    return uuid5(form_key, f"{kind} {by.pk if by else ''}") if form_key else None


@transaction.atomic
def take(found: Transaction, *, by: Person, version: int) -> Transaction:
    """Let *by*, who is staff, have a waiting transaction. Raises ValidationError when it is decided or changed."""
    found = _lock_undecided(found, version)
    found.assigned_to_id = by.pk
    _save(found, "assigned_to")
    audit.record("groups.transaction_taken", by=by, target=found, group_id=found.group_id)
    return found


@transaction.atomic
def complete(found: Transaction, *, by: Person, version: int, answer: str = "") -> Transaction:
    """Carry a waiting transaction out. *answer* is what the employer reads, for the kinds that ask for one.

    Raises ValidationError when it is decided, changed, cannot be done, its day has yet to come (code ``early``), no
    app knows how any more (``unknown``), or its answer is missing (``answer``).
    """
    found = _lock_undecided(found, version)
    if not is_known(found.kind):
        raise ValidationError(UNKNOWN, code="unknown")
    kind = kind_of(found.kind)
    if kind.on_its_day and found.begins_after(timezone.localdate()):
        raise ValidationError(EARLY, code="early")
    if kind.answer:
        _answer(found, kind.answer, answer.strip())
    found.decided_by_id = by.pk  # who carries it out; stored with the decision
    if kind.apply:
        kind.apply(found)
    return _decide(found, Status.COMPLETED, by=by)


@transaction.atomic
def reject(found: Transaction, *, reason: str, by: Person, version: int) -> Transaction:
    """Refuse a waiting transaction, with the reason the employer reads. Raises ValidationError as ``complete``."""
    if not reason.strip():
        raise ValidationError(_("Say why. The employer reads it."), code="required")
    return _decide(_lock_undecided(found, version), Status.REJECTED, by=by, reason=reason.strip())


@transaction.atomic
def cancel(found: Transaction, *, by: Person, version: int, reason: str = "") -> Transaction:
    """Take a waiting transaction back, by whoever submitted it or their colleagues. Raises as ``complete``."""
    return _decide(_lock_undecided(found, version), Status.CANCELED, by=by, reason=reason.strip())


@transaction.atomic
def escalate_pending(now: datetime) -> int:
    """Mark what has waited for the carrier for 24 hours or more at *now*, once each; return how many.

    At most BATCH of them: 0 says that nothing is left. What can only be carried out on its effective date has not waited before that day is over.
    Source: domain handbook, "State machines": pending ones older than 24 hours escalate by themselves.
    """
    waiting = (
        Transaction.objects.waiting_since(now - ESCALATES_AFTER)
        .filter(escalated_at__isnull=True)
        .exclude(kind__in=on_their_day(), effective_date__gte=timezone.localdate(now))
        .select_for_update(skip_locked=True, of=("self",))
    )
    found = list(
        waiting.select_related("group", "submitted_by").defer(
            "before", "after", "before_words", "after_words"
        )[:BATCH]
    )
    Transaction.objects.filter(pk__in=[one.pk for one in found]).update(escalated_at=now)
    mail.send_many("groups/transaction_late", [_letter(one, "late") for one in _told(found)])
    audit.record_many(
        "groups.transaction_escalated",
        by=None,
        events=[audit.About(one, one.group_id) for one in found],
    )
    return len(found)


@transaction.atomic
def record_export(
    group: EmployerGroup, *, form: str, filters: Sequence[str], by: audit.Actor
) -> None:
    """Write down that *by* takes transactions of *group* away as a file of the *form* csv or xlsx, before it leaves.

    *filters* are the names of the fields that narrow it, never what was typed.
    """
    note = ", ".join([form, *filters])
    audit.record("groups.transactions_exported", by=by, target=group, group_id=group.pk, note=note)


@transaction.atomic
def record_download(found: Transaction, *, by: audit.Actor) -> None:
    """Write down that *by* takes the confirmation away as a file."""
    audit.record("groups.transaction_downloaded", by=by, target=found, group_id=found.group_id)


def _answer(found: Transaction, name: str, answer: str) -> None:
    """Write *answer* into the field *name* of what the transaction says, to be saved with the decision."""
    if not answer:
        raise ValidationError(UNANSWERED, code="answer")
    found.after = {**found.after, name: answer}
    found.after_words = in_one_line(found.kind, found.after)


def _lock_undecided(found: Transaction, version: int) -> Transaction:
    found = Transaction.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if not found.is_undecided or found.version != version:
        raise ValidationError(STALE, code="stale")
    return found


def _decide(found: Transaction, status: str, *, by: Person, reason: str = "") -> Transaction:
    found.status, found.waits_for, found.reason = status, WaitsFor.NOBODY, reason
    found.decided_by_id, found.decided_at = by.pk, timezone.now()
    _save(
        found, "status", "waits_for", "reason", "decided_by", "decided_at", "after", "after_words"
    )
    audit.record(f"groups.transaction_{status}", by=by, target=found, group_id=found.group_id)
    if found.submitted_by_id != by.pk and _told([found]) and _wants_to_know(found):
        mail.send_many(LETTERS[status], [_letter(found, status)])
    return found


def _told(found: Sequence[Transaction]) -> list[Transaction]:
    """Return those of *found* about which somebody gets letters: whoever submitted it and still works in the group."""
    theirs = [
        one for one in found if (who := one.submitted_by) and who.is_active and not who.is_staff
    ]
    inside = still_inside([_whose(one) for one in theirs])
    return [one for one in theirs if _whose(one) in inside]


def _whose(found: Transaction) -> tuple[int, int]:
    return cast("int", found.submitted_by_id), found.group_id


def _wants_to_know(found: Transaction) -> bool:
    """Tell whether whoever submitted it wants letters about decisions in this group."""
    return wanted_letters.wants(found.submitted_by, found.group, wanted_letters.DECISIONS)


def _letter(found: Transaction, about: str) -> mail.Letter:
    """Return what the submitter gets: the number and a link, nothing about whom or what."""
    email = found.submitted_by.email if found.submitted_by else ""
    context = {"number": found.number, "slug": found.group.slug, "group": found.group.name}
    return mail.Letter(email, f"groups.transaction:{found.pk}:{about}", context)


def _save(found: Transaction, *fields: str) -> None:
    found.version += 1
    found.save(update_fields=[*fields, "version"])
