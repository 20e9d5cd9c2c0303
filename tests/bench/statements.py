"""How many SQL statements a page sends: the same for one row and for fifty, and within its budget."""

from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions import review
from accounts.actions.grants import activate_grant
from accounts.staff_roles import STAFF_ROLES
from portal import audit
from tests.bench.harness import report
from tests.factories import (
    ContactFactory,
    EmployerGroupFactory,
    GrantFactory,
    RegistrationRequestFactory,
    StaffFactory,
    SubgroupFactory,
    UserFactory,
    issued_key,
)
from tests.public_forms import group_named, key_entered, name_given, request_typed

FEW, MANY = 1, 50


@dataclass(frozen=True)
class Page:
    """*arrange* makes *count* rows, brings a browser to the page and returns it with method and path."""

    name: str
    budget: int
    arrange: object


def _supervisor():
    person = StaffFactory()
    person.groups.add(Group.objects.get(name=STAFF_ROLES["am_supervisor"].name))
    client = Client()
    client.force_login(person)
    return client


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
        activate_grant(GrantFactory(), user=user, by=None)
    client = Client()
    client.force_login(user)
    return client, "get", "/home/", None


def _group(path):
    def arrange(count):
        group = EmployerGroupFactory()
        grant = activate_grant(GrantFactory(group=group), user=UserFactory(), by=None)
        for _ in range(count):
            ContactFactory(group=group)
            SubgroupFactory(group=group)
            activate_grant(GrantFactory(group=group), user=UserFactory(), by=None)
            activate_grant(GrantFactory(), user=grant.user, by=None)
        client = Client()
        client.force_login(grant.user)
        return client, "get", f"/g/{group.slug}/{path}", None

    return arrange


def _queue(count):
    for _ in range(count):
        found = RegistrationRequestFactory()
        ContactFactory(group=found.group)
    return _supervisor(), "get", "/staff/accounts/registrationrequest/", None


def _case(count):
    found, by = RegistrationRequestFactory(), StaffFactory()
    for number in range(count):
        ContactFactory(group=found.group)
        review.add_note(found, text=f"Note {number}", by=by)
    return _supervisor(), "get", f"/staff/accounts/registrationrequest/{found.number}/change/", None


def _audit(count):
    group = EmployerGroupFactory()
    for _ in range(count):
        audit.record("groups.thing_done", by=StaffFactory(), target=group, group_id=group.pk)
    return _supervisor(), "get", "/staff/portal/auditevent/", None


PAGES = [
    Page("home", 0, _visitor("/")),
    Page("register", 0, _visitor("/register/")),
    Page("request_form", 1, _visitor("/register/request/", group_named)),
    Page("review_submit", 12, _visitor("/register/request/review/", request_typed, "post", {})),
    Page("status", 4, _status),
    Page("key", 9, _enter_key),
    Page("account", 3, _visitor("/register/account/", key_entered)),
    Page("sign_in", 0, _visitor("/sign-in/")),
    Page("seal", 2, _visitor("/sign-in/seal/", name_given)),
    Page("landing", 4, _landing),
    Page("group_home", 9, _group("")),
    Page("manage_users", 7, _group("users/")),
    Page("admin_queue", 11, _queue),
    Page("admin_detail", 15, _case),
    Page("audit_list", 8, _audit),
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
        assert response.get("Location", "/register/request/sent/") == "/register/request/sent/", (
            path
        )
        return [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]


@contextmanager
def _undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
