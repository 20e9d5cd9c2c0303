"""What tenancy costs a request: the rights asked from the database, the scope, and the policies on every table.

The same view body runs in the same middleware without them, in a connection that sees every row. One page with a
person of many groups, one in a group of many people.
"""

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.bench import tenants
from tests.bench.harness import in_turn, report
from tests.bench.pages import request_of

TARGET = 1.3
ROUNDS = 300
# name: what the page is measured with many of and with few of
FEW, MANY = {"broker": 50, "users": 20}, {"broker": 5000, "users": 200}


def measure(only):
    """Report both pages; return whether both are within the target and send the same statements for few and many."""
    chosen = [name for name in PAGES if only in ("", "tenancy", f"tenancy:{name}")]
    fine = [_page(name) for name in chosen]
    return all(fine)


def _page(name):
    few, many = (PAGES[name](letter, sizes[name]) for letter, sizes in (("F", FEW), ("M", MANY)))
    handler = WSGIHandler()
    page, bare = (request_of(handler, prefix + many.path, many.client) for prefix in ("", "/bare"))
    statements = [_statements(request_of(handler, one.path, one.client)) for one in (few, many)]

    def without():
        with tenants.seeing_all():
            return bare()

    assert _rows(page()) == _rows(without()), "not the same page"
    ours, plain = in_turn(page, without, rounds=ROUNDS)
    tenants.forget()
    ratio = ours / plain
    return report(
        f"tenancy:{name}",
        ratio,
        TARGET,
        ok=ratio <= TARGET and statements[0] == statements[1],
        ms=round(ours * 1000, 3),
        without_ms=round(plain * 1000, 3),
        statements={str(FEW[name]): statements[0], str(MANY[name]): statements[1]},
        rounds=ROUNDS,
    )


class Place:
    """A page below a group, and the browser of somebody who may open it."""

    def __init__(self, path, user):
        self.path, self.client = path, tenants.signed_in(user)
        self.client.get(path)


def _home_of_a_client(letter, count):
    return Place(f"/g/{letter.lower()}00001/", tenants.broker(letter, clients=count))


def _list_of_users(_letter, count):
    grant = tenants.primary_with_users(count)
    return Place(f"/g/{grant.group.slug}/users/", grant.user)


PAGES = {"broker": _home_of_a_client, "users": _list_of_users}


def _statements(send):
    send()
    with CaptureQueriesContext(connection) as queries:
        send()
    return len(queries)


def _rows(body):
    return body.count(b"<tr"), body.count(b"<dt")
