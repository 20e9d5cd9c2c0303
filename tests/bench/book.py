"""The book of business of a broker with 5,000 clients.

Relative to a bare view that sends the same statements in a connection that sees every row, and writes the same rows
in a plain loop; and relative to itself with fifty clients.
"""

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.book import Wanted, open_book
from tests.bench import tenants
from tests.bench.harness import in_turn, report
from tests.bench.pages import request_of

TARGET, FLAT = 2.0, 1.5
ROUNDS = 200
FEW, MANY = 50, 5000
PATH = "/home/"


def measure(only):
    """Report both figures; return whether both are within their targets."""
    if only not in ("", "book"):
        return True
    handler = WSGIHandler()
    few, many = tenants.broker("F", clients=FEW), tenants.broker("M", clients=MANY)
    small = request_of(handler, PATH, tenants.signed_in(few))
    client = tenants.signed_in(many)
    large = request_of(handler, PATH, client)
    settings.BENCH_BOOK[:] = statements_of(many)
    bare = request_of(handler, "/bare-book/", client)

    def without():
        with tenants.seeing_all():
            return bare()

    assert large().count(b"Cedar Works") >= FEW
    assert without().count(b"<tr>") == FEW
    fifty, thousands, plain = in_turn(small, large, without, rounds=ROUNDS)
    tenants.forget()
    return all([
        report("book:relative", thousands / plain, TARGET, **_ms(many=thousands, bare=plain), clients=MANY),
        report("book:flat", thousands / fifty, FLAT, **_ms(many=thousands, few=fifty), clients=MANY),
    ])  # fmt: skip


def statements_of(user):
    """Return the statements that read a page of the book, without those of the scope around it."""
    with CaptureQueriesContext(connection) as queries:
        open_book(user.pk, Wanted(), now=timezone.now())
    return [
        query["sql"]
        for query in queries
        if "set_config" not in query["sql"] and query["sql"].lstrip().startswith(("SELECT", "WITH"))
    ]


def _ms(**seconds):
    return {f"{name}_ms": round(value * 1000, 3) for name, value in seconds.items()}
