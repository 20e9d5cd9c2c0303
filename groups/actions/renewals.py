"""What happens to a renewal: staff draft and publish it, the employer accepts or asks, the clock lets it lapse.

draft -> offered -> accepted | lapsed | withdrawn. An acceptance waits for the carrier as a transaction; the renewal is
accepted when that is completed. Source: domain handbook, "Open enrollment"; "State machines" (benefit application).
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.actions.renewal_rates import put_in_force
from groups.actions.transactions import STALE, Change, Person, already_submitted, submit
from groups.models import EmployerGroup, Plan, Rate, Renewal, RenewalRate, Transaction
from groups.models.renewals import ABOUT, ACCEPTED
from groups.renewal_book import book_of
from groups.renewal_costs import Cost, PlanCosts, side_by_side, total
from groups.renewal_reading import ASKED, rates_of, renewal_in, waiting_acceptance
from portal import audit
from portal.templatetags.portal_words import money

State = Renewal.State
NOT_OPEN = _("This renewal cannot be accepted any more. Call us, and we look for a way.")
WAITS = _("This renewal was accepted already. We are working on it.")
LARGE = _("Renewals of large groups are not made here.")
ENDED = _("This group has ended. It is not renewed.")
ORDER = _("The dates must follow each other: available on, respond by, renewal date.")
TWICE = _("This group has a renewal of this day already. Withdraw it first.")
HELD = _("Nobody could complete this renewal once it is accepted. %(problems)s")
CLASH = _(
    "Two plans of today become %(plan)s with different amounts for %(tier)s. A plan costs the same for all who have it."
)
OVER = _("The last day to accept has passed. Withdraw it, and draft another with a later one.")
WITHDRAWABLE = (State.DRAFT, State.OFFERED, State.LAPSED)
ENDED_GROUP = EmployerGroup.Status.TERMINATED
BATCH = 500  # lapse in one database transaction


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
    about = {ABOUT: str(renewal.key)}
    before = {"monthly": money(cost.now), "plans": _names(plan.current for plan in plans)}
    after = {"monthly": money(cost.then), "plans": _names(plan.renewal for plan in plans)}
    change = Change(about | before, about | after, effective_date=renewal.renewal_date)
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
    about = {ABOUT: str(renewal.key)}
    change = Change(about, about | {"question": question}, effective_date=renewal.renewal_date)
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
    """Make the renewal that the transaction *found* accepts an accepted one, and put its plans and rates in force.

    Raises ValidationError when it is not on offer any more (code ``not_open``), when the group has ended
    (``terminated``), and as ``put_in_force`` when something stands in the way of its rates.
    """
    about = renewal_in(found)
    renewal = _lock(about) if about else None
    if renewal is None or renewal.state != State.OFFERED:
        raise ValidationError(NOT_OPEN, code="not_open")
    if _lock_groups([renewal.group_id])[renewal.group_id].status == ENDED_GROUP:
        raise ValidationError(ENDED, code="terminated")
    renewal.accepted_by_id, renewal.accepted_at = found.submitted_by_id, found.submitted_at
    _move(renewal, State.ACCEPTED, "accepted_by", "accepted_at")
    put_in_force(renewal, by=by)
    _record("groups.renewal_completed", renewal, by=by, note=found.number)
    return renewal


@transaction.atomic
def lapse_renewals(today: date) -> int:
    """Let offers lapse whose last day has passed on *today*; return how many, at most BATCH: 0 says that none is left.

    Those that wait for us stay.
    """
    late = Renewal.objects.late_on(today).unanswered().order_by("pk")
    locked = list(late.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    # Asked again under the lock: an acceptance may have come between
    lapsed = list(Renewal.objects.filter(pk__in=[one.pk for one in locked]).unanswered())
    Renewal.objects.filter(pk__in=[one.pk for one in lapsed]).update(
        state=State.LAPSED, version=F("version") + 1
    )
    _record_all("groups.renewal_lapsed", lapsed, by=None)
    return len(lapsed)


@transaction.atomic
def draft_renewals(drafts: Iterable[Draft], *, by: Person) -> list[Renewal]:
    """Write down *drafts*, all or none, in the same number of statements whatever their number.

    Raises ValidationError with what is wrong with each group, naming it; see ``draft_renewal``.
    """
    drafts = list(drafts)
    groups = _lock_groups(draft.group.pk for draft in drafts)
    taken = _days_taken(groups)
    wrong = []
    for draft in drafts:
        group = groups[draft.group.pk]
        if problem := _problem_of(draft, group, taken):
            words = f"{group.group_id}: {problem.messages[0]}"
            wrong.append(ValidationError(words, code=problem.code))
        taken.add((group.pk, draft.renewal_date))
    if wrong:
        raise ValidationError(wrong)
    return _write_drafts(drafts, by=by)


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

    Raises ValidationError for a large group (code ``large``), one that has ended (``terminated``), dates out of order
    (``order``), a second renewal of the same day (``twice``), and two amounts for a plan and tier (``clash``).
    """
    groups = _lock_groups([group.pk])
    draft = Draft(group, renewal_date, available_on, respond_by, offered)
    if problem := _problem_of(draft, groups[group.pk], _days_taken(groups)):
        raise problem
    [renewal] = _write_drafts([draft], by=by)
    renewal.refresh_from_db(fields=["key"])
    return renewal


@transaction.atomic
def publish_renewal(renewal: Renewal, *, version: int, by: Person) -> Renewal:
    """Offer a draft to its group, which sees it from its first day on.

    Raises ValidationError when it is no draft (code ``stale``), its last day to accept has passed (``over``), the
    group has ended (``terminated``), or it could not be completed once it is accepted (``rates``).
    """
    renewal = _lock_state(renewal, version, State.DRAFT)
    if renewal.respond_by < timezone.localdate():
        raise ValidationError(OVER, code="over")
    if renewal.group.status == ENDED_GROUP:
        raise ValidationError(ENDED, code="terminated")
    _book, problems = book_of(renewal)
    if problems:
        raise ValidationError(HELD, code="rates", params={"problems": " ".join(problems)})
    _move(renewal, State.OFFERED)
    _record("groups.renewal_offered", renewal, by=by)
    return renewal


@transaction.atomic
def withdraw_renewal(renewal: Renewal, *, version: int, reason: str, by: Person) -> Renewal:
    """Take back a draft, an offer, or one that lapsed, so that another can be made for the day.

    Raises ValidationError when it is accepted, also while that waits for us, or withdrawn.
    """
    renewal = _lock_state(renewal, version, *WITHDRAWABLE)
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


def _lock_groups(keys: Iterable[int]) -> dict[int, EmployerGroup]:
    """Hold off whoever drafts renewals for the groups with these ids; return them by id."""
    locked = EmployerGroup.objects.select_for_update(no_key=True, of=("self",))
    return {group.pk: group for group in locked.filter(pk__in=set(keys)).order_by("pk")}


def _days_taken(groups: Iterable[int]) -> set[tuple[int, date]]:
    """Return group (id) and day of every renewal of *groups* that is not withdrawn."""
    standing = Renewal.objects.filter(group__in=groups).exclude(state=State.WITHDRAWN)
    return set(standing.values_list("group_id", "renewal_date"))


def _problem_of(
    draft: Draft, group: EmployerGroup, taken: Container[tuple[int, date]]
) -> ValidationError | None:
    """Return why *draft* cannot be written down for *group*, None when it can."""
    if group.market != EmployerGroup.Market.SMALL:
        return ValidationError(LARGE, code="large")
    if group.status == ENDED_GROUP:
        return ValidationError(ENDED, code="terminated")
    if not draft.available_on <= draft.respond_by <= draft.renewal_date:
        return ValidationError(ORDER, code="order")
    if (group.pk, draft.renewal_date) in taken:
        return ValidationError(TWICE, code="twice")
    return _clash(draft.offered)


def _clash(offered: Iterable[Offered]) -> ValidationError | None:
    """Return that a plan and tier has two amounts, which could never be put in force; None when all agree."""
    amounts: dict[tuple[int, str], Decimal] = {}
    for line in offered:
        if (
            amounts.setdefault((line.renewal_plan.pk, line.tier), line.renewal_amount)
            != line.renewal_amount
        ):
            words = {"plan": line.renewal_plan.name, "tier": Rate.Tier(line.tier).label}
            return ValidationError(CLASH, code="clash", params=words)
    return None


def _write_drafts(drafts: Sequence[Draft], *, by: Person) -> list[Renewal]:
    made = Renewal.objects.bulk_create(
        Renewal(
            group=draft.group,
            renewal_date=draft.renewal_date,
            available_on=draft.available_on,
            respond_by=draft.respond_by,
        )
        for draft in drafts
    )
    RenewalRate.objects.bulk_create(
        RenewalRate(group=draft.group, renewal=renewal, **vars(line))
        for draft, renewal in zip(drafts, made, strict=True)
        for line in draft.offered
    )
    _record_all("groups.renewal_drafted", made, by=by)
    return made


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


def _record_all(kind: str, renewals: Iterable[Renewal], *, by: Person | None) -> None:
    audit.record_many(kind, by=by, events=[audit.About(one, one.group_id) for one in renewals])
