"""Fills an empty database with the demo: once, and whole or not at all."""

from django.db import connection
from django.utils import timezone

from portal.demo.companies import build_companies
from portal.demo.load_access import (
    KAREN,
    load_agencies,
    load_grants,
    load_invitations,
    load_reviews,
)
from portal.demo.load_contacts import load_contacts
from portal.demo.load_coverage import load_coverage
from portal.demo.load_groups import load_groups
from portal.demo.load_home import load_announcements, load_teams
from portal.demo.load_papers import RUTH, load_documents, load_renewals
from portal.demo.load_persons import load_persons
from portal.demo.load_requests import load_requests
from portal.demo.load_transactions import load_transactions
from portal.demo.persons_data import PERSONS
from portal.demo.requests_data import BEN, NORA, REQUESTS
from portal.models import AuditEvent
from portal.tenancy import carrier_scope

SEED = 7
COMPANIES = 44
VERSION = 2  # of the data below; a database seeded by another version is left as it is
MARKER = "demo.seeded"
_LOCK = 7_301_958  # any number, the same in every process


def seed_demo(*, seed: int = SEED, companies: int = COMPANIES) -> bool:
    """Load companies, people and requests, unless that was done before; return whether it was done now.

    One transaction under an advisory lock: a second process waits and then finds the marker.
    """
    with carrier_scope():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if AuditEvent.objects.filter(kind=MARKER).exists():
            return False
        _load(seed, companies)
        _leave_marker(seed, companies)
    return True


def _load(seed: int, companies: int) -> None:
    today = timezone.localdate()
    groups = load_groups(build_companies(seed, companies, today))
    load_contacts(groups)
    load_coverage(groups.values())
    users = load_persons(PERSONS)
    agencies = load_agencies()
    load_grants(PERSONS, users, groups, agencies, by=users[NORA])
    load_invitations(users, groups)
    load_reviews(groups, today)
    load_requests(REQUESTS, users, now=timezone.now())
    load_teams(groups.values(), manager=users[NORA], supervisor=users[BEN])
    load_announcements(by=users[BEN], today=today)
    load_documents(groups.values(), staff=users[NORA], karen=users[KAREN], today=today)
    load_renewals(groups.values(), accepted_by=users[RUTH], today=today)
    load_transactions(groups.values(), staff=users[NORA], now=timezone.now())


def _leave_marker(seed: int, companies: int) -> None:
    AuditEvent.objects.create(
        kind=MARKER,
        target_type="portal.demo",
        target_key=str(VERSION),
        target_label=f"Demo data version {VERSION}, seed {seed}, {companies} companies",
    )
