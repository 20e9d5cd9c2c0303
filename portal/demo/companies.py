"""Demo companies from a seed: the anchors first, then drawn ones that fit their industry.

The same seed, count and day give the same companies; a larger count only adds to the end.
"""

from collections.abc import Callable
from datetime import date
from random import Random

from portal.demo import names, sources
from portal.demo.anchors import ANCHORS, GroupOutline, Outline, PersonOutline, UnitOutline
from portal.demo.dates import end_of_month, first_of_month, next_anniversary
from portal.demo.industries import INDUSTRIES, Form, Industry
from portal.demo.records import (
    SMALL_GROUP_LIMIT,
    AddressData,
    AddressKind,
    CompanyData,
    ContactData,
    ContactKind,
    GroupData,
    GroupStatus,
    SubgroupData,
    SubgroupKind,
)

REFERENCE_DAY = date(2026, 11, 18)

# Prefixes that the IRS has issued. 04 is New England's own, so it comes up most.
FEIN_PREFIXES = (
    *("04",) * 8,
    *("01", "02", "03", "05", "06", "20", "26", "27", "45", "46", "47"),
    *("81", "82", "83", "84", "85", "86", "87", "88"),
)

STATUSES: tuple[GroupStatus, ...] = (
    *("active",) * 17,
    "terminated",
    "suspended",
    "prospect",
)

CONTACT_ORDER: tuple[ContactKind, ...] = (
    "contract_signer",
    "primary_admin",
    "billing",
    "enrollment",
    "broker",
)
OTHER_ROLES: tuple[tuple[ContactKind, tuple[str, ...]], ...] = (
    ("primary_admin", ("Human resources manager", "Office manager", "Benefits administrator")),
    ("billing", ("Accounts payable", "Bookkeeper", "Controller")),
    ("enrollment", ("Benefits coordinator", "HR generalist", "Payroll specialist")),
)


def build_companies(seed: int, count: int, today: date = REFERENCE_DAY) -> list[CompanyData]:
    """Return *count* companies with contract dates around *today*.

    Raises ValueError below 2: the two Cedar Ridge companies are always there.
    """
    if count < 2:
        raise ValueError("A demo has at least the two Cedar Ridge companies.")
    rng = Random(seed)  # noqa: S311 - must repeat, protects nothing
    taken = Taken()
    outlines = [*ANCHORS[:count]]
    outlines += [draw_outline(rng, taken) for _ in range(count - len(outlines))]
    return [complete(outline, Random(f"{seed} {outline.fein}"), today) for outline in outlines]  # noqa: S311 - as above


class Taken:
    """Names and numbers that are used up; the anchors' are from the start."""

    def __init__(self) -> None:
        groups = [group for outline in ANCHORS for group in outline.groups]
        self.values = {outline.fein for outline in ANCHORS}
        self.values |= {outline.policyholder_id for outline in ANCHORS}
        self.values |= {outline.legal_name for outline in ANCHORS}
        self.values |= {outline.domain for outline in ANCHORS}
        self.values |= {group.name for group in groups}
        self.values |= {group.group_id[:5] for group in groups}

    def fresh(self, draw: Callable[[], str]) -> str:
        """Return the first drawn value that nobody has, and take it."""
        value = draw()
        while value in self.values:
            value = draw()
        self.values.add(value)
        return value


def draw_outline(rng: Random, taken: Taken) -> Outline:
    """Return the outline of a company of a drawn industry, with numbers of its own."""
    industry = rng.choice(INDUSTRIES)
    form = rng.choice(industry.forms)
    home = _draw_place(rng)
    name = taken.fresh(lambda: names.company_name(rng, industry))
    employees = _draw_size(rng, industry)
    status = rng.choice(STATUSES)
    return Outline(
        legal_name=_legal_name(name, form),
        dba=names.trade_name(rng, industry),
        fein=taken.fresh(lambda: f"{rng.choice(FEIN_PREFIXES)}{rng.randrange(10**6, 10**7):07d}"),
        policyholder_id=taken.fresh(lambda: _draw_policyholder_id(rng)),
        entity_kind=form[0],
        sic_code=industry.sic_code,
        employees=employees,
        zip5=home.zip5,
        domain=_draw_domain(rng, taken, name),
        groups=_draw_groups(rng, taken, industry, name, employees),
        people=_draw_known_people(rng),
        status=status,
        age=rng.randint(2 if status == "terminated" else 1, 18),
        month=rng.choice((1, 1, 1, 1, 4, 5, 6, 7, 7, 9, 10, 12)),
        signer=industry.signer,
    )


def _draw_place(rng: Random) -> sources.Place:
    """Return a place with streets; seven of ten lie in Massachusetts."""
    at_home = rng.random() < 0.7
    return rng.choice([p for p in sources.street_places() if (p.state == "MA") == at_home])


def _draw_size(rng: Random, industry: Industry) -> int:
    """Return a number of employees; small companies are the most."""
    low, high = industry.size
    return low + int((high - low) * rng.random() ** 2)


def _legal_name(name: str, form: Form) -> str:
    """Return *name* with what its form of company puts behind it."""
    ending = form[1]
    return name if name.endswith(ending.strip(", ")) else f"{name}{ending}"


def _draw_policyholder_id(rng: Random) -> str:
    digits = rng.choice((4, 6, 6, 6, 7, 9))
    return f"{rng.randrange(10 ** (digits - 1), 10**digits):09d}"


def _draw_domain(rng: Random, taken: Taken, name: str) -> str:
    """Return an e-mail domain made of *name*; a later company of the same name gets a number."""
    base = names.domain_word(name)
    first = f"{base}.example"
    if first not in taken.values:
        return taken.fresh(lambda: first)
    return taken.fresh(lambda: f"{base}{rng.randint(2, 99)}.example")


def _draw_groups(
    rng: Random, taken: Taken, industry: Industry, name: str, employees: int
) -> tuple[GroupOutline, ...]:
    """Return the company's Group IDs: one, or for a large company sometimes two or three."""
    stem = taken.fresh(lambda: _draw_stem(rng))
    several = employees > 80 and rng.random() < 0.3
    if not several:
        ending = rng.choice(("A", "A", "A", str(rng.randint(0, 9))))
        return (GroupOutline(f"{stem}{ending}", name, _draw_units(rng, industry, employees)),)
    parts = ("hourly employees", "retirees")[: rng.randint(1, 2)]
    others = [
        GroupOutline(f"{stem}{ending}", f"{name}, {part}", _units_of(part))
        for ending, part in zip("BC", parts, strict=False)
    ]
    return (GroupOutline(f"{stem}A", name, _draw_units(rng, industry, employees)), *others)


def _draw_stem(rng: Random) -> str:
    """Return the first five characters of a Group ID: digits, in one of six with a letter inside."""
    digits = f"{rng.randrange(23000, 99000)}"
    if rng.random() < 1 / 6:
        return f"{digits[0]}{rng.choice('BCDEFGHJKLMNPQRSTUVWXYZ')}{digits[2:]}"
    return digits


def _units_of(part: str) -> tuple[UnitOutline, ...]:
    """Return the one billing unit of a further Group ID."""
    kind: SubgroupKind = "retiree" if part == "retirees" else "active"
    return (UnitOutline("0001", part.capitalize(), kind),)


def _draw_units(rng: Random, industry: Industry, employees: int) -> tuple[UnitOutline, ...]:
    """Return billing units: one for a small company, else the industry's, often one for COBRA."""
    unit_names = industry.units if employees > 30 else industry.units[:1]
    units = [UnitOutline(f"{n:04d}", unit) for n, unit in enumerate(unit_names, start=1)]
    if employees >= 20 and rng.random() < 0.5:
        units.append(UnitOutline(f"{len(units) + 1:04d}", "COBRA", "cobra"))
    return tuple(units)


def _draw_known_people(rng: Random) -> tuple[PersonOutline, ...]:
    """Return a broker from one of a few agencies for half of the companies."""
    if rng.random() < 0.5:
        return ()
    return (rng.choice(names.BROKERS),)


def complete(outline: Outline, rng: Random, today: date) -> CompanyData:
    """Return the company of *outline* with the dates, addresses and people that it leaves open."""
    home = sources.place(outline.zip5)
    start = _effective_date(outline, today)
    end = end_of_month(today, months=-rng.randint(1, 9)) if outline.status == "terminated" else None
    addresses = _draw_addresses(outline, rng, home)
    contacts = _draw_contacts(outline, rng, home)
    groups = tuple(
        GroupData(
            group.group_id,
            group.group_id.lower(),
            group.name,
            tuple(_subgroup(unit, start, end, today) for unit in group.units),
            addresses,
            contacts,
        )
        for group in outline.groups
    )
    return CompanyData(
        legal_name=outline.legal_name,
        dba=outline.dba,
        fein=outline.fein,
        entity_kind=outline.entity_kind,
        sic_code=outline.sic_code,
        market="small" if outline.employees <= SMALL_GROUP_LIMIT else "large",
        employees=outline.employees,
        effective_date=start,
        renewal_date=next_anniversary(start, after=end or today),
        status=outline.status,
        phone=outline.phone or names.phone(rng, home.area_codes[0]),
        email_domain=outline.domain,
        region=home.state,
        policyholder_id=outline.policyholder_id,
        groups=groups,
    )


def _effective_date(outline: Outline, today: date) -> date:
    """Return the first day of the contract: to come for a prospect, in an earlier year else."""
    if outline.status in {"prospect", "installed"}:
        return first_of_month(today, months=2 if outline.status == "prospect" else 1)
    return date(today.year - outline.age, outline.month, 1)


def _subgroup(unit: UnitOutline, start: date, end: date | None, today: date) -> SubgroupData:
    """Return the billing unit, ended with the company, or in the month before last if closed."""
    last = end_of_month(today, months=-2) if unit.closed else end
    return SubgroupData(unit.code, unit.name, unit.kind, start, last)


def _draw_addresses(outline: Outline, rng: Random, home: sources.Place) -> tuple[AddressData, ...]:
    """Return the street address and, for some, a box for letters and another place for bills."""
    street = outline.street or names.street_line(rng)
    found = [_address("physical", street, names.suite(rng), home)]
    box = sources.box_place(home)
    if box and rng.random() < 0.6:
        found.append(_address("mailing", f"PO Box {rng.randint(11, 2400)}", "", box))
    if rng.random() < 0.25:
        other = _draw_place(rng)
        found.append(_address("billing", names.street_line(rng), names.suite(rng), other))
    return tuple(found)


def _address(kind: AddressKind, line1: str, line2: str, place: sources.Place) -> AddressData:
    return AddressData(kind, line1, line2, place.city, place.state, place.zip5, place.county)


def _draw_contacts(outline: Outline, rng: Random, home: sources.Place) -> tuple[ContactData, ...]:
    """Return one contact of each kind that a company of its size has."""
    people = list(outline.people)
    known = {person.kind for person in people}
    if "contract_signer" not in known:
        people.append(PersonOutline("contract_signer", *names.person(rng), outline.signer))
    for kind, titles in OTHER_ROLES[: 1 if outline.employees < 12 else 3]:
        if kind not in known:
            people.append(PersonOutline(kind, *names.person(rng), rng.choice(titles)))
    people.sort(key=lambda person: CONTACT_ORDER.index(person.kind))
    mailboxes: set[str] = set()
    return tuple(_contact(person, outline, rng, home, mailboxes) for person in people)


def _contact(
    person: PersonOutline, outline: Outline, rng: Random, home: sources.Place, used: set[str]
) -> ContactData:
    """Return the contact of *person*, with an address that no colleague in *used* has."""
    email = names.email(person.first_name, person.last_name, person.domain or outline.domain, used)
    used.add(email)
    phone = person.phone or names.phone(rng, rng.choice(home.area_codes))
    return ContactData(person.kind, person.first_name, person.last_name, person.title, phone, email)
