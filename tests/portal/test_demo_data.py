"""The demo's companies, persons and requests: pure data, checked over many seeds."""

import csv
import json
import re
from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.management import call_command
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from accounts.roles import ROLES
from accounts.seals import SEALS
from groups.identifiers import normalize_group_id, normalize_policyholder_id
from portal.business_days import BusinessClock
from portal.demo import sources
from portal.demo.anchors import ANCHORS, group_names
from portal.demo.companies import FEIN_PREFIXES, build_companies
from portal.demo.dates import end_of_month, first_of_month, next_anniversary
from portal.demo.moments import business_moment
from portal.demo.names import domain_word, email, plain
from portal.demo.persons import persons
from portal.demo.persons_data import PERSONS
from portal.demo.requests_data import REQUESTS

seeds = st.integers(min_value=0, max_value=2**63)
counts = st.integers(min_value=2, max_value=70)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))
FICTION_LINE = re.compile(r"[2-9]\d{2}55501\d{2}")
INVALID_FEIN_PREFIXES = [
    "00",
    "07",
    "08",
    "09",
    "17",
    "18",
    "19",
    "28",
    "29",
    "49",
    "69",
    "70",
    "78",
    "79",
    "89",
    "96",
    "97",
]
EXPECTED_NAMES = [
    "Granite Spring Hospitality, LLC",
    "Quarry Field Plastics Corporation",
    "Ingram Restaurant Group, Inc.",
]


@given(seeds, counts, days)
def test_same_seed_same_companies(seed, count, today):
    assert build_companies(seed, count, today) == build_companies(seed, count, today)


def test_two_processes_agree():
    """The hash of strings differs between processes; this value does not."""
    drawn = build_companies(7, 60)[len(ANCHORS) :]

    assert [company.legal_name for company in drawn[:3]] == EXPECTED_NAMES


@given(seeds, counts)
def test_more_companies_only_add_to_the_end(seed, count):
    assert build_companies(seed, count + 5)[:count] == build_companies(seed, count)


def test_another_seed_gives_other_companies():
    first, second = (build_companies(seed, 44)[len(ANCHORS) :] for seed in (1, 2))

    assert {c.fein for c in first}.isdisjoint({c.fein for c in second})


def test_fewer_than_the_two_cedar_ridge_companies_is_refused():
    with pytest.raises(ValueError, match="Cedar Ridge"):
        build_companies(1, 1)


@given(seeds)
def test_cedar_ridge_is_there_whatever_the_seed(seed):
    making, logistics = build_companies(seed, 2)

    assert making.groups[0].group_id == "20418A"
    assert [(s.code, s.name) for s in making.groups[0].subgroups] == [
        ("0001", "Main plant"),
        ("0002", "Distribution center"),
        ("0003", "COBRA"),
    ]
    assert (logistics.legal_name, logistics.groups[0].group_id) == (
        "Cedar Ridge Logistics",
        "20533A",
    )
    assert (logistics.phone, logistics.fein[-4:]) == ("4135550114", "9031")
    own = [
        c for c in logistics.groups[0].contacts if c.email.endswith("@cedarridgelogistics.example")
    ]
    assert {"Paul Hendricks", "Ruth Delaney"} <= {f"{c.first_name} {c.last_name}" for c in own}


@example(seed=101583, count=57)  # once drew the name of a company that is always there
@given(seeds, counts)
def test_numbers_are_unique_and_well_formed(seed, count):
    companies = build_companies(seed, count)
    groups = [group for company in companies for group in company.groups]

    for values in (
        [group.group_id for group in groups],
        [group.slug for group in groups],
        [group.name for group in groups],
        [company.policyholder_id for company in companies],
        [company.fein for company in companies],
        [company.legal_name for company in companies],
        [company.email_domain for company in companies],
    ):
        assert len(set(values)) == len(values)
    for group in groups:
        assert normalize_group_id(group.group_id) == group.group_id
        assert group.slug == group.group_id.lower()
    for company in companies:
        assert normalize_policyholder_id(company.policyholder_id) == company.policyholder_id
        assert len(company.policyholder_id) == 9
        assert re.fullmatch(r"\d{9}", company.fein)
        assert company.fein[:2] in FEIN_PREFIXES
        assert company.sic_code in sources.sic_labels()
        assert company.market == ("small" if company.employees <= 50 else "large")


def test_fein_prefixes_are_ones_the_irs_has_issued():
    assert set(FEIN_PREFIXES).isdisjoint(INVALID_FEIN_PREFIXES)


@given(seeds, counts)
def test_first_of_several_group_ids_ends_with_a(seed, count):
    for company in build_companies(seed, count):
        first, *others = [group.group_id for group in company.groups]
        if others:
            assert first.endswith("A")
            assert all(other[:5] == first[:5] and not other.endswith("A") for other in others)
        else:
            assert first[-1] == "A" or first[-1].isdigit()


@given(seeds, counts)
def test_addresses_are_real_places(seed, count):
    pairs = {(p.zip5, p.city, p.state, p.county) for p in sources.places()}
    for company in build_companies(seed, count):
        for group in company.groups:
            kinds = [address.kind for address in group.addresses]
            assert kinds[0] == "physical"
            assert len(set(kinds)) == len(kinds)
            for found in group.addresses:
                assert (found.zip5, found.city, found.state, found.county) in pairs
                assert found.kind == "mailing" or not found.line1.startswith("PO Box")
                assert 0 < len(found.line1) <= 55


@given(seeds, counts)
def test_people_can_be_reached_and_cannot_exist(seed, count):
    for company in build_companies(seed, count):
        assert FICTION_LINE.fullmatch(company.phone)
        for group in company.groups:
            kinds = [contact.kind for contact in group.contacts]
            assert kinds.count("contract_signer") == 1
            assert "primary_admin" in kinds
            addresses = [contact.email for contact in group.contacts]
            assert len(set(addresses)) == len(addresses)
            for contact in group.contacts:
                assert FICTION_LINE.fullmatch(contact.phone)
                assert re.fullmatch(r"[a-z0-9]+@[a-z0-9]+\.example", contact.email)
                assert contact.kind == "broker" or contact.email.endswith(
                    f"@{company.email_domain}"
                )


@given(seeds, counts, days)
def test_contracts_begin_on_a_first_and_renew_yearly(seed, count, today):
    for company in build_companies(seed, count, today):
        start, renewal = company.effective_date, company.renewal_date
        assert (start.day, renewal.day, renewal.month) == (1, 1, start.month)
        assert start < renewal
        begun = company.status not in {"prospect", "installed"}
        assert (start <= today) == begun
        if company.status != "terminated":
            assert renewal > today


@given(seeds, counts, days)
def test_billing_units(seed, count, today):
    for company in build_companies(seed, count, today):
        for group in company.groups:
            codes = [unit.code for unit in group.subgroups]
            assert codes == [f"{n:04d}" for n in range(1, len(codes) + 1)]
            for unit in group.subgroups:
                assert unit.term_date is None or company.effective_date <= unit.term_date < today
            if company.status == "terminated":
                assert all(unit.term_date for unit in group.subgroups)


def test_every_kind_of_group_is_there():
    companies = build_companies(1, len(ANCHORS))
    units = [u for company in companies for group in company.groups for u in group.subgroups]

    assert {company.status for company in companies} == {
        "prospect", "installed", "active", "grace", "suspended", "terminated",
    }  # fmt: skip
    assert {unit.kind for unit in units} == {"active", "cobra", "retiree"}
    assert sorted({len(company.groups) for company in companies}) == [1, 2, 3]
    assert min(company.employees for company in companies) <= 2
    assert max(company.employees for company in companies) > 500
    assert max(len(company.legal_name) for company in companies) > 100


@given(seeds)
def test_texts_fit_their_columns(seed):
    for company in build_companies(seed, 70):
        assert max(len(company.legal_name), len(company.dba)) <= 120
        for group in company.groups:
            assert len(group.name) <= 120
            assert all(len(unit.name) <= 80 for unit in group.subgroups)
            for contact in group.contacts:
                assert len(contact.first_name) <= 35
                assert len(contact.last_name) <= 60
                assert len(contact.title) <= 60


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Peña & Söhne Bakery", "penasohnebakery"),
        ("O'Neill & D'Angelo", "oneilldangelo"),
        ("Sørensen, Łukasik & Partners", "sorensenlukasik"),
        ("Law Offices of Lê & Dvořák", "ledvorak"),
    ],
)
def test_domain_word(name, expected):
    assert domain_word(name) == expected


def test_second_person_of_the_same_initial_gets_another_mailbox():
    used = {"nlee@a.example", "nolee@a.example"}

    assert email("Nora", "Lee", "a.example", set()) == "nlee@a.example"
    assert email("Nora", "Lee", "a.example", used) == "norlee@a.example"
    assert email("No", "Lee", "a.example", used) == "nolee2@a.example"


def test_plain_keeps_letters_and_digits_only():
    assert plain("St. Onge-Ó Briain, No. 9") == "st onge o briain no 9"


@given(days, st.integers(min_value=-30, max_value=30))
def test_months(day, months):
    first, last = first_of_month(day, months=months), end_of_month(day, months=months)

    assert first.day == 1
    assert (last + timedelta(days=1)).day == 1
    assert (first.year, first.month) == (last.year, last.month)
    assert (first.year * 12 + first.month) - (day.year * 12 + day.month) == months


@pytest.mark.parametrize(
    ("start", "after", "expected"),
    [
        (date(2023, 1, 1), date(2026, 11, 18), date(2027, 1, 1)),
        (date(2023, 12, 1), date(2026, 11, 30), date(2026, 12, 1)),
        (date(2023, 12, 1), date(2026, 12, 1), date(2027, 12, 1)),
        (date(2027, 1, 1), date(2026, 11, 18), date(2028, 1, 1)),
    ],
)
def test_next_anniversary(start, after, expected):
    assert next_anniversary(start, after=after) == expected


def test_persons_can_sign_in():
    names = [person.user_name for person in PERSONS]
    assert len(set(names)) == len(names)
    assert len({person.email for person in PERSONS}) == len(PERSONS)
    for person in PERSONS:
        user = User(
            username=person.user_name,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
        )
        validate_password(person.password, user)
        assert re.fullmatch(r"[a-z]+-[a-z]+-[a-z]+-\d\d", person.password)
        assert re.fullmatch(r"[a-z.]+@[a-z]+\.example", person.email)
        assert person.seal_picture in SEALS
        assert 0 < len(person.seal_phrase) <= 60


def test_persons_have_known_roles_in_known_groups():
    known = group_names()
    for person in PERSONS:
        assert all(grant.group_id in known and grant.role in ROLES for grant in person.grants)
        assert not (person.is_staff and person.grants)
    assert {p.staff_role for p in PERSONS if p.is_staff} == {
        "am_specialist", "am_supervisor", "read_only", "system_admin",
    }  # fmt: skip


def test_persons_command_prints_the_table():
    out = StringIO()

    call_command("persons", stdout=out)

    rows = json.loads(out.getvalue())
    assert rows == persons()
    assert rows[0] == {
        "role": "Primary administrator, two groups",
        "user_name": "kmitchell",
        "password": "maple-kettle-harbor-42",
        "groups": ["20418A Cedar Ridge Manufacturing", "20533A Cedar Ridge Logistics"],
    }


def test_requests_show_every_state_and_doubt():
    assert {r.decision.state for r in REQUESTS} == {
        "submitted", "in_review", "needs_info", "approved", "declined", "withdrawn", "expired",
    }  # fmt: skip
    assert {r.source for r in REQUESTS} == {"online", "paper"}
    assert {r.identify_by for r in REQUESTS} == {"group_id", "policyholder_id"}
    assert [r.last_name for r in REQUESTS if r.role == "broker"] == ["Mercer"]
    assert len({(r.email, r.identifier) for r in REQUESTS}) == len(REQUESTS)


def test_requests_are_well_formed():
    staff = {person.user_name for person in PERSONS if person.is_staff}
    for request in REQUESTS:
        assert re.fullmatch(r"\d{9}", request.fein)
        assert FICTION_LINE.fullmatch(request.phone)
        assert bool(request.agency) == bool(request.npn) == (request.role == "broker")
        assert request.npn == "" or re.fullmatch(r"\d{1,10}", request.npn)
        assert request.decision.assigned in {"", *staff}
        assert request.submitted_business_days_ago > 0
        assert (request.decision.state == "declined") == bool(request.decision.decline_reason)


def test_requests_mean_the_groups_they_should():
    on_file = {
        key: company
        for company in build_companies(1, len(ANCHORS))
        for key in [company.policyholder_id, *(group.group_id for group in company.groups)]
    }
    strangers = [r.last_name for r in REQUESTS if r.identifier not in on_file]
    wrong_fein = [
        r.last_name
        for r in REQUESTS
        if r.identifier in on_file and on_file[r.identifier].fein != r.fein
    ]

    assert strangers == ["Tran"]
    assert wrong_fein == ["Eklund"]


def test_data_folder_is_small_and_every_file_has_a_source():
    files = sorted(path for path in sources.FOLDER.iterdir() if path.suffix == ".csv")
    named = (sources.FOLDER / "SOURCES.md").read_text(encoding="utf-8")

    assert sum(path.stat().st_size for path in files) < 300_000
    assert [path.name for path in files if f"| {path.name} |" not in named] == []


def test_zip_and_county_pairs_are_stated_once():
    with (sources.FOLDER / "places.csv").open(encoding="utf-8") as file:
        pairs = [(row["zip5"], row["county"]) for row in csv.DictReader(file)]

    assert len(set(pairs)) == len(pairs)
    with pytest.raises(KeyError):
        sources.place("99999")


NEW_YORK = ZoneInfo("America/New_York")
CLOCK = BusinessClock(NEW_YORK, ends=17)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("ago", "now", "expected"),
    [
        # Wednesday noon: today, yesterday, the day before.
        (0.75, "2026-11-18 12:00", "2026-11-18 10:15"),
        (1.5, "2026-11-18 12:00", "2026-11-17 12:30"),
        (2.25, "2026-11-18 12:00", "2026-11-16 14:45"),
        # Before work: still to come is not yet, so just now.
        (0.5, "2026-11-18 07:00", "2026-11-18 06:30"),
        # After five, and on a Saturday, days count from the next business day.
        (1.5, "2026-11-18 18:00", "2026-11-18 12:30"),
        (1.5, "2026-11-21 09:00", "2026-11-20 12:30"),
        # Thanksgiving and the weekend after it are skipped.
        (3.5, "2026-11-30 12:00", "2026-11-24 12:30"),
    ],
)
def test_business_moment(ago, now, expected):
    moment = business_moment(ago, now=at(now), clock=CLOCK)

    assert moment == at(expected)


@example(minutes=4 * 24 * 60 + 17 * 60 + 30, first=1.0, second=0.99)  # Friday, half past five
@given(
    st.integers(min_value=0, max_value=6 * 365 * 24 * 60),
    st.floats(min_value=0, max_value=20),
    st.floats(min_value=0, max_value=20),
)
def test_business_moments_are_past_and_in_order(minutes, first, second):
    now = at("2024-01-01 00:00") + timedelta(minutes=minutes)
    older, newer = (
        business_moment(ago, now=now, clock=CLOCK)
        for ago in (max(first, second), min(first, second))
    )

    assert older <= newer <= now
