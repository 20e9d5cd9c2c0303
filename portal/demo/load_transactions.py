"""Writes what the demo's groups submitted in the last two years: changes of contacts and addresses, a few that wait."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from accounts.clock import carrier_clock
from accounts.models import Grant, User
from groups.actions.transactions import PREFIX
from groups.contact_rules import ADDABLE_TO_UNIT, ADDRESS_CHANGED, CHANGED, NOT_EDITABLE, state_of
from groups.models import Address, Contact, EmployerGroup, Subgroup, Transaction
from groups.transaction_kinds import in_one_line
from portal.demo.load_access import CEDAR_RIDGE
from portal.numbers import next_number

Status, WaitsFor = Transaction.Status, Transaction.WaitsFor
DAYS_BACK, FEW, MANY = 700, 5, 64
PHONES = 0.6  # this part of the changes of contacts is a new phone number
HOUR_OPENS, HOURS_OPEN = 8, 9
TITLES = (
    "Office manager",
    "Benefits coordinator",
    "Human resources manager",
    "Payroll lead",
    "Controller",
)
STREETS = ("Mill Street", "Canal Road", "Depot Square", "Orchard Lane", "Commerce Way")
REASONS = {
    ADDRESS_CHANGED: "We could not find this address. Send us the full street address, with the suite.",
    CHANGED: "The contact did not confirm this change. Talk to them, and submit it again.",
}
MISTAKE = "Entered for the wrong contact."
# What billing units have of their own
OF_UNITS = {*ADDABLE_TO_UNIT, *Address.Kind.values}


@dataclass
class Past:
    """A transaction to write: what was asked, *ago* it was submitted, and what became of it."""

    kind: str
    before: dict[str, str]
    after: dict[str, str]
    at: datetime
    status: str = Status.COMPLETED
    reason: str = ""
    subgroup: Subgroup | None = None
    by: User | None = None
    decided_after: timedelta = field(default_factory=timedelta)


def load_transactions(groups: Iterable[EmployerGroup], *, staff: User, now: datetime) -> None:
    """Store a history of each group that anybody has access to, oldest numbers first; deterministic but for *now*."""
    rows: list[tuple[EmployerGroup, Past]] = []
    for group in groups:
        people = _people(group)
        if people:
            rows += [(group, past) for past in _history(group, people, now)]
    rows.sort(key=lambda pair: pair[1].at)
    Transaction.objects.bulk_create(_row(group, past, staff) for group, past in rows)


def _people(group: EmployerGroup) -> list[User]:
    grants = Grant.objects.in_force().filter(group=group, user__is_staff=False)
    held = [
        grant for grant in grants.select_related("user") if "group_contacts_edit" in grant.atoms
    ]
    return [grant.user for grant in sorted(held, key=lambda grant: grant.pk) if grant.user]


def _history(group: EmployerGroup, people: list[User], now: datetime) -> Iterator[Past]:
    """Yield changes that lead to what is on file, and in the best-known group some that wait."""
    draw = Random(group.group_id)  # noqa: S311 - the same data every time
    kept = Contact.objects.filter(group=group, subgroup=None)
    contacts = list(kept.exclude(kind__in=NOT_EDITABLE))
    addresses = list(Address.objects.filter(group=group, subgroup=None))
    units = list(Subgroup.objects.filter(group=group))
    is_known = group.group_id == CEDAR_RIDGE
    for number in range(MANY if is_known else FEW):
        at = _office_hour(now - timedelta(days=draw.randrange(3, DAYS_BACK)), draw)
        if addresses and number % 6 == 5:
            past = _moved(draw.choice(addresses), at, draw)
        else:
            past = _contact_changed(draw.choice(contacts), at, draw)
        past.by = draw.choice(people)
        is_of_unit = units and number % 3 == 0 and past.after["kind"] in OF_UNITS
        past.subgroup = draw.choice(units) if is_of_unit else None
        _decide(past, number, draw)
        yield past
    if is_known:
        yield from _waiting(contacts, addresses, people[0], now, draw)


def _contact_changed(contact: Contact, at: datetime, draw: Random) -> Past:
    now = {**state_of(contact), "contact": str(contact.pk)}
    if draw.random() < PHONES:
        old = {"phone": f"413555{draw.randrange(100, 200):04d}"}
    else:
        old = {"title": draw.choice(TITLES)}
    return Past(CHANGED, {**now, **old}, now, at)


def _moved(address: Address, at: datetime, draw: Random) -> Past:
    hours = timedelta(hours=draw.randrange(1, 22))
    return Past(
        ADDRESS_CHANGED, _elsewhere(address, draw), state_of(address), at, decided_after=hours
    )


def _waiting(
    contacts: list[Contact], addresses: list[Address], by: User, now: datetime, draw: Random
) -> Iterator[Past]:
    """Yield what waits for the carrier: a new physical address, and since yesterday another contract signer."""
    for address in addresses:
        if address.kind == Address.Kind.PHYSICAL:
            after, at = _elsewhere(address, draw), now - timedelta(hours=3)
            yield Past(ADDRESS_CHANGED, state_of(address), after, at, status=Status.PENDING, by=by)
    for contact in contacts:
        if contact.kind == Contact.Kind.CONTRACT_SIGNER:
            before = {**state_of(contact), "contact": str(contact.pk)}
            after, at = {**before, "title": draw.choice(TITLES)}, now - timedelta(hours=31)
            yield Past(CHANGED, before, after, at, status=Status.PENDING, by=by)


def _elsewhere(address: Address, draw: Random) -> dict[str, str]:
    street = f"{draw.randrange(2, 400)} {draw.choice(STREETS)}"
    return {**state_of(address), "line1": street, "line2": ""}


def _decide(past: Past, number: int, draw: Random) -> None:
    """Let every eleventh be rejected and every thirteenth be canceled."""
    if number % 11 == 10:
        past.status, past.reason = Status.REJECTED, REASONS[past.kind]
        past.decided_after = timedelta(hours=draw.randrange(1, 20))
    elif number % 13 == 12:
        past.status, past.reason, past.decided_after = Status.CANCELED, MISTAKE, timedelta(hours=1)


def _office_hour(moment: datetime, draw: Random) -> datetime:
    day = moment.astimezone(carrier_clock().zone).date()
    minutes = draw.randrange(HOURS_OPEN * 60)
    start = datetime.combine(day, time(HOUR_OPENS), carrier_clock().zone)
    return start + timedelta(minutes=minutes)


def _row(group: EmployerGroup, past: Past, staff: User) -> Transaction:
    waits = past.status in Transaction.UNDECIDED
    by_staff = past.decided_after and past.status != Status.CANCELED
    decider = staff if by_staff else past.by if past.status == Status.CANCELED else None
    return Transaction(
        group=group,
        number=next_number(PREFIX, past.at),
        kind=past.kind,
        subgroup=past.subgroup,
        effective_date=timezone.localtime(past.at).date(),
        before=past.before,
        after=past.after,
        before_words=in_one_line(past.kind, past.before),
        after_words=in_one_line(past.kind, past.after),
        status=past.status,
        waits_for=WaitsFor.CARRIER if waits else WaitsFor.NOBODY,
        reason=past.reason,
        submitted_by=past.by,
        submitted_at=past.at,
        decided_by=decider,
        decided_at=None if waits else past.at + past.decided_after,
    )
