"""Staff for tests: people of a role, and browsers in which they are signed in."""

from django.test import Client

from accounts.staff_roles import sync_staff_roles
from tests.factories import StaffFactory

QUEUE = "/staff/accounts/registrationrequest/"


def staff_with(role, **kwargs):
    """Return a member of staff who holds *role* (a key of STAFF_ROLES) and nothing else."""
    person = StaffFactory(**kwargs)
    person.groups.add(sync_staff_roles()[role])
    return person


def browser_of(person):
    """Return a client in which *person* is signed in."""
    client = Client(raise_request_exception=True)
    client.force_login(person)
    return client


def page_of(case):
    """Return the address of a request's page."""
    return f"{QUEUE}{case.number}/change/"


def address(case, decision):
    """Return the address a decision is sent to."""
    return f"{QUEUE}{case.number}/{decision}/"


def decide(client, case, decision, **typed):
    """Send a decision as the page would, with the version that the database holds now; follow to the page."""
    case.refresh_from_db()
    data = {"version": case.version, **typed}
    return client.post(address(case, decision), data, follow=True)
