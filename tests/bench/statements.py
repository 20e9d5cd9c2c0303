"""How many SQL statements a page sends: the same for one row and for fifty, and within its budget."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import review
from portal import audit
from tests.access import given, primary_of
from tests.bench.harness import report
from tests.factories import (
    AccessReviewFactory,
    AgencyFactory,
    BrokerFactory,
    ContactFactory,
    EmployerGroupFactory,
    RegistrationRequestFactory,
    StaffFactory,
    SubgroupFactory,
    UserFactory,
    issued_key,
)
from tests.public_forms import group_named, key_entered, name_given, request_typed
from tests.staff import browser_of, staff_with

FEW, MANY = 1, 50
NEW_USER = {
    "first_name": "Priscilla", "last_name": "Vance", "email": "pvance@cedarworks.example",
    "email_again": "pvance@cedarworks.example",
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """*arrange* makes *count* rows, brings a browser to the page and returns it with method and path."""

    name: str
    budget: int
    arrange: object


def _supervisor():
    return browser_of(staff_with("am_supervisor"))


def _visitor(path, prepare=lambda _client: None, method="get", data=None):
    def arrange(count):
        for _ in range(count):
            RegistrationRequestFactory()
        client = Client()
        prepare(client)
        return client, method, path, data

    return arrange


def _status(count):
    """Open the status of a request that staff and applicant said *count* things about."""
    found, by = RegistrationRequestFactory(), StaffFactory()
    for number in range(count):
        review.add_note(found, text=f"Note {number}", by=by)
    found = review.ask_for_information(found, question="Who are you?", version=found.version, by=by)
    client = Client()
    client.post("/register/status/", {"number": found.number, "email": found.email})
    return client, "get", "/register/status/view/", None


def _enter_key(count):
    for _ in range(count):
        issued_key()
    client = Client()
    group_named(client, has_key="yes")
    return client, "post", "/register/key/", {"access_key": "4000-0000-0000-0002"}


def _landing(count):
    user = UserFactory()
    for _ in range(count + 1):  # one group alone is opened at once
        given(EmployerGroupFactory(), "broker_full", user=user)
    return browser_of(user), "get", "/home/", None


def _group(path, method="get", data=None, prepare=lambda _client, _slug: None):
    """Open a page of a group with *count* users, units, contacts and events, whose reader has as many groups more."""

    def arrange(count):
        primary = primary_of(EmployerGroupFactory())
        group = primary.group
        for number in range(count):
            ContactFactory(group=group, email=f"{number}@cedarworks.example")
            unit = SubgroupFactory(group=group)
            given(group, atoms=["billing_view"], units=[unit.pk], parent=primary)
            given(EmployerGroupFactory(), "viewer", user=primary.user)
        client, about = browser_of(primary.user), given(group, "viewer", parent=primary)
        for _ in range(count):
            audit.record("accounts.grant_changed", by=primary.user, target=about, group_id=group.pk)
        AccessReviewFactory(group=group)
        prepare(client, group.slug)
        return client, method, f"/g/{group.slug}/{path.format(about=about)}", data

    return arrange


def _user_named(client, slug):
    client.post(f"/g/{slug}/users/add/", NEW_USER)


def _user_chosen(client, slug):
    _user_named(client, slug)
    client.post(f"/g/{slug}/users/add/access/", {"role": "viewer", "reach": "all"})


def _grants(count):
    agency = AgencyFactory()
    for _ in range(count):
        BrokerFactory(agency=agency)
        given(EmployerGroupFactory(), "broker_view", agency=agency)
    return _supervisor(), "get", "/staff/accounts/grant/", None


def _agencies(count):
    for _ in range(count):
        given(EmployerGroupFactory(), "broker_view", agency=BrokerFactory().agency)
    return _supervisor(), "get", "/staff/accounts/agency/", None


def _reviews(count):
    AccessReviewFactory.create_batch(count, due_at=timezone.now() - timedelta(days=1))
    return _supervisor(), "get", "/staff/accounts/accessreview/", None


def _queue(count):
    for _ in range(count):
        found = RegistrationRequestFactory()
        ContactFactory(group=found.group)
    return _supervisor(), "get", "/staff/accounts/registrationrequest/", None


def _case(count):
    found, by = RegistrationRequestFactory(), StaffFactory()
    for number in range(count):
        ContactFactory(group=found.group, email=f"{number}@cedarworks.example")
        review.add_note(found, text=f"Note {number}", by=by)
    return _supervisor(), "get", f"/staff/accounts/registrationrequest/{found.number}/change/", None


def _audit(count):
    group = EmployerGroupFactory()
    for _ in range(count):
        audit.record("groups.thing_done", by=StaffFactory(), target=group, group_id=group.pk)
    return _supervisor(), "get", "/staff/portal/auditevent/", None


# Each scope costs two: to enter it and to leave it. (Production saves the second, as the transaction ends there.)
PAGES = [
    Page("home", 0, _visitor("/")),
    Page("register", 0, _visitor("/register/")),
    Page("request_form", 3, _visitor("/register/request/", group_named)),
    Page("review_submit", 14, _visitor("/register/request/review/", request_typed, "post", {})),
    Page("status", 6, _status),
    Page("key", 11, _enter_key),
    Page("account", 5, _visitor("/register/account/", key_entered)),
    Page("sign_in", 0, _visitor("/sign-in/")),
    Page("seal", 2, _visitor("/sign-in/seal/", name_given)),
    Page("landing", 7, _landing),
    Page("group_home", 12, _group("")),
    Page("manage_users", 29, _group("users/")),
    Page("add_user", 10, _group("users/add/", "post", NEW_USER)),
    Page("add_user_access", 11, _group("users/add/access/", prepare=_user_named)),
    Page("add_user_review", 11, _group("users/add/review/", prepare=_user_chosen)),
    Page("colleague", 23, _group("users/{about.key}/")),
    Page("change_access", 16, _group("users/{about.key}/access/")),
    Page("remove_user", 24, _group("users/{about.key}/remove/")),
    Page("authorize_broker", 9, _group("users/broker/")),
    Page("access_review", 15, _group("users/review/")),
    Page("activity", 12, _group("activity/")),
    Page("admin_queue", 13, _queue),
    Page("admin_detail", 17, _case),
    Page("audit_list", 10, _audit),
    Page("admin_grants", 12, _grants),
    Page("admin_agencies", 10, _agencies),
    Page("admin_reviews", 10, _reviews),
]


def measure(only):
    """Report every page; return whether all are constant and within their budgets."""
    chosen = [page for page in PAGES if only in ("", "statements", f"statements:{page.name}")]
    return all(list(map(_page, chosen)))


def _page(page):
    _count(page, FEW)  # fills the caches of permissions and content types
    few, many = len(_count(page, FEW)), len(_count(page, MANY))
    return report(
        f"statements:{page.name}",
        many / few if few else float(1 + many),
        1.0,
        ok=few == many <= page.budget,
        rows={str(FEW): few, str(MANY): many},
        budget=page.budget,
    )


def _count(page, rows):
    """Return the statements of one request with so many *rows*; whatever was made is undone."""
    cache.clear()
    with _undone():
        client, method, path, data = page.arrange(rows)
        client.get("/healthz")
        with CaptureQueriesContext(connection) as queries:
            response = getattr(client, method)(path, data)
        assert response.status_code in {200, 302}, f"{page.name}: {response.status_code}"
        assert not response.get("Location", "").startswith("/sign-in/"), page.name
        return [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]


@contextmanager
def _undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
