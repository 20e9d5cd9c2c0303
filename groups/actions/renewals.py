"""What happens to a renewal: staff draft and publish it, the employer accepts or asks, the clock lets it lapse.

draft -> offered -> accepted | lapsed | withdrawn. An acceptance waits for the carrier as a transaction; the renewal is
accepted when that is completed. Source: domain handbook, "Open enrollment"; "State machines" (benefit application).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.actions.transactions import STALE, Change, Person, already_submitted, submit
from groups.models import EmployerGroup, Plan, Renewal, RenewalRate, Transaction
from groups.renewal_costs import Cost, PlanCosts, side_by_side, total
from groups.renewal_reading import ACCEPTED, ASKED, rates_of, waiting_acceptance
from portal import audit
from portal.templatetags.portal_words import money

State = Renewal.State
NOT_OPEN = _("This renewal cannot be accepted any more. Call us, and we look for a way.")
WAITS = _("This renewal was accepted already. We are working on it.")
LARGE = _("Renewals of large groups are not made here.")


@dataclass(frozen=True)
class Offered:
    """One tier of a renewal that is being drafted. Dollars a month."""

    current_plan: Plan
    renewal_plan: Plan
    tier: str
    current_amount: Decimal
    renewal_amount: Decimal
    contracts: int


@dataclass(frozen=True)
class Draft:
    """A renewal to be written down for a group: its days, and its tiers."""

    group: EmployerGroup
    renewal_date: date
    available_on: date
    respond_by: date
    offered: Sequence[Offered]


@transaction.atomic
def accept_renewal(
    renewal: Renewal, *, version: int, form_key: UUID | None, by: Person
) -> Transaction:
    """Accept the carrier's offer for the group; the transaction waits until the carrier completes it.

    The same *form_key* again returns the first transaction. Raises ValidationError when the renewal is another than
    *version* (code ``stale``), not open today (``not_open``) or accepted already (``waits``).
    """
    renewal = _lock(renewal)
    if done := already_submitted(renewal.group, form_key, kind=ACCEPTED, by=by):
        return done
    if renewal.version != version:
        raise ValidationError(STALE, code="stale")
    if waiting_acceptance(renewal):
        raise ValidationError(WAITS, code="waits")
    if not renewal.is_open(timezone.localdate()):
        raise ValidationError(NOT_OPEN, code="not_open")
    cost, plans = _summary(renewal)
    change = Change(
        before={"monthly": money(cost.now), "plans": _names(plan.current for plan in plans)},
        after={"monthly": money(cost.then), "plans": _names(plan.renewal for plan in plans)},
        effective_date=renewal.renewal_date,
    )
    found = submit(
        ACCEPTED,
        renewal.group,
        change,
        by=by,
        waits_for=Transaction.WaitsFor.CARRIER,
        form_key=form_key,
    )
    _record(ACCEPTED, renewal, by=by, note=found.number)
    return found


@transaction.atomic
def ask_about_renewal(
    renewal: Renewal, *, question: str, form_key: UUID | None, by: Person
) -> Transaction:
    """Put a question about a renewal to the carrier, for whom it waits as a transaction.

    The same *form_key* again returns the first transaction.
    """
    renewal = _lock(renewal)
    if done := already_submitted(renewal.group, form_key, kind=ASKED, by=by):
        return done
    change = Change(before={}, after={"question": question}, effective_date=renewal.renewal_date)
    found = submit(
        ASKED,
        renewal.group,
        change,
        by=by,
        waits_for=Transaction.WaitsFor.CARRIER,
        form_key=form_key,
    )
    _record(ASKED, renewal, by=by, note=found.number)
    return found


@transaction.atomic
def record_download(renewal: Renewal, *, by: Person) -> None:
    """Write down that *by* takes the renewal away as a file."""
    _record("groups.renewal_downloaded", renewal, by=by)


@transaction.atomic
def carry_out_acceptance(found: Transaction, *, by: Person | None) -> Renewal:
    """Make the renewal that the transaction *found* accepts an accepted one. Raises ValidationError when it lapsed."""
    renewal = (
        Renewal.objects.select_for_update(of=("self",))
        .filter(
            group=found.group_id,
            renewal_date=found.effective_date or date.min,
            state=State.OFFERED,
        )
        .first()
    )
    if renewal is None:
        raise ValidationError(NOT_OPEN, code="not_open")
    renewal.accepted_by_id, renewal.accepted_at = found.submitted_by_id, found.submitted_at
    _move(renewal, State.ACCEPTED, "accepted_by", "accepted_at")
    _record("groups.renewal_completed", renewal, by=by, note=found.number)
    return renewal


@transaction.atomic
def lapse_renewals(today: date) -> int:
    """Let offers lapse whose last day has passed on *today*; return how many. Those that wait for us stay."""
    late = Renewal.objects.late_on(today).select_for_update(of=("self",), skip_locked=True)
    lapsed = [renewal for renewal in late if not waiting_acceptance(renewal)]
    for renewal in lapsed:
        _move(renewal, State.LAPSED)
        _record("groups.renewal_lapsed", renewal, by=None)
    return len(lapsed)


@transaction.atomic
def draft_renewals(drafts: Iterable[Draft], *, by: Person) -> list[Renewal]:
    """Write down *drafts*, all or none. Raises ValidationError with what is wrong with each group, naming it."""
    made, wrong = [], []
    for draft in drafts:
        try:
            made.append(draft_renewal(**vars(draft), by=by))
        except ValidationError as error:
            words = f"{draft.group.group_id}: {error.messages[0]}"
            wrong.append(ValidationError(words, code=error.code))
    if wrong:
        raise ValidationError(wrong)
    return made


@transaction.atomic
def draft_renewal(
    group: EmployerGroup,
    *,
    renewal_date: date,
    available_on: date,
    respond_by: date,
    offered: Sequence[Offered],
    by: Person,
) -> Renewal:
    """Write down a renewal that only staff see until it is published.

    Raises ValidationError for a large group, dates out of order, and a second renewal of the same day.
    """
    if group.market != EmployerGroup.Market.SMALL:
        raise ValidationError(LARGE, code="large")
    renewal = Renewal(
        group=group,
        renewal_date=renewal_date,
        available_on=available_on,
        respond_by=respond_by,
    )
    _refuse_twice(renewal)
    renewal.save()
    renewal.refresh_from_db(fields=["key"])
    RenewalRate.objects.bulk_create(
        RenewalRate(group=group, renewal=renewal, **vars(line)) for line in offered
    )
    _record("groups.renewal_drafted", renewal, by=by)
    return renewal


@transaction.atomic
def publish_renewal(renewal: Renewal, *, version: int, by: Person) -> Renewal:
    """Offer a draft to its group, which sees it from its first day on. Raises ValidationError when it is no draft."""
    renewal = _lock_state(renewal, version, State.DRAFT)
    _move(renewal, State.OFFERED)
    _record("groups.renewal_offered", renewal, by=by)
    return renewal


@transaction.atomic
def withdraw_renewal(renewal: Renewal, *, version: int, reason: str, by: Person) -> Renewal:
    """Take a draft or an offer back, so that another can be made for the day.

    Raises ValidationError when it is accepted, also while that waits for us, lapsed or withdrawn.
    """
    renewal = _lock_state(renewal, version, State.DRAFT, State.OFFERED)
    if waiting_acceptance(renewal):
        raise ValidationError(WAITS, code="waits")
    _move(renewal, State.WITHDRAWN)
    _record("groups.renewal_withdrawn", renewal, by=by, note=reason)
    return renewal


def _lock(renewal: Renewal) -> Renewal:
    return (
        Renewal.objects.select_for_update(of=("self",)).select_related("group").get(pk=renewal.pk)
    )


def _lock_state(renewal: Renewal, version: int, *states: State) -> Renewal:
    renewal = _lock(renewal)
    if renewal.version != version or renewal.state not in states:
        raise ValidationError(STALE, code="stale")
    return renewal


def _refuse_twice(renewal: Renewal) -> None:
    """Raise ValidationError for dates out of order, and when the group has a renewal of the day."""
    if not renewal.available_on <= renewal.respond_by <= renewal.renewal_date:
        words = _("The dates must follow each other: available on, respond by, renewal date.")
        raise ValidationError(words, code="order")
    others = Renewal.objects.filter(group=renewal.group, renewal_date=renewal.renewal_date)
    if others.exclude(state=State.WITHDRAWN).exists():
        words = _("This group has a renewal of this day already. Withdraw it first.")
        raise ValidationError(words, code="twice")


def _summary(renewal: Renewal) -> tuple[Cost, list[PlanCosts]]:
    plans = side_by_side(rates_of(renewal))
    return total(plan.month for plan in plans), plans


def _names(plans: Iterable[Plan]) -> str:
    return ", ".join(dict.fromkeys(plan.name for plan in plans))


def _move(renewal: Renewal, state: State, *fields: str) -> None:
    renewal.state = state
    renewal.version += 1
    renewal.save(update_fields=["state", "version", *fields])


def _record(kind: str, renewal: Renewal, *, by: Person | None, note: str = "") -> None:
    audit.record(kind, by=by, target=renewal, group_id=renewal.group_id, note=note)
