"""The home page of a group, with something in every part of it.

Relative to a bare view behind the same middleware, which sends the statements that the page was seen to send and
renders a template as long as the page.
"""

from datetime import timedelta

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.delegation import add_user
from accounts.models import AccessCode
from portal.tenancy import carrier_scope
from tests.access import given, primary_of
from tests.ambient import owner
from tests.bench import tenants
from tests.bench.harness import in_turn, report
from tests.bench.pages import request_of, text_of
from tests.factories import (
    AccessReviewFactory,
    AnnouncementFactory,
    EmployerGroupFactory,
    SubgroupFactory,
    TeamMemberFactory,
    TransactionFactory,
)

TARGET = 2.0
ROUNDS = 300
MOST = 12  # statements, those of the session, the scope and the rights included
TRANSACTIONS = 300  # of the last thirty days


def measure(only):
    """Report the figure; return whether it is within its target and the statements within their number."""
    if only not in ("", "group_home"):
        return True
    primary = _full_group()
    handler, client = WSGIHandler(), tenants.signed_in(primary.user)
    page = request_of(handler, f"/g/{primary.group.slug}/", client)
    page()
    everything, own = statements_of(page)
    settings.BENCH_HOME[:] = own
    length = len(page())
    settings.STATIC_TEXTS["group-home.bench"] = text_of(length)
    bare = request_of(handler, "/bare-home/", client)
    assert len(bare()) == length
    assert statements_of(bare)[0] == everything, "not the same statements"
    ours, plain = in_turn(page, bare, rounds=ROUNDS)
    tenants.forget()
    ratio = ours / plain
    return report(
        "group_home",
        ratio,
        TARGET,
        ok=ratio <= TARGET and everything <= MOST,
        ms=round(ours * 1000, 3),
        bare_ms=round(plain * 1000, 3),
        statements=everything,
        bytes=length,
        rounds=ROUNDS,
    )


def statements_of(send):
    """Return how many statements a request sends, and those of the view: all after who the browser is."""
    with CaptureQueriesContext(connection) as queries:
        send()
    sent = [query["sql"] for query in queries if query["sql"] not in {"BEGIN", "COMMIT"}]
    first = next((at for at, sql in enumerate(sent) if "portal_scope_of" in sql), len(sent))
    return len(sent), sent[first:]


def _full_group():
    """Return the primary administrator of a group for which something waits in every part of the page."""
    now = timezone.now()
    with carrier_scope():
        primary = primary_of(EmployerGroupFactory())
        group = primary.group
        units = SubgroupFactory.create_batch(3, group=group)
        AccessReviewFactory(group=group)
        typed = {"first_name": "Mark", "last_name": "Johnson", "email": "mark@cedarworks.example"}
        add_user(group, **typed, role="viewer", units=None, last_day=None, by=primary.user)
        AccessCode.objects.update(expires_at=now + timedelta(days=2))
        for number in range(10):
            given(group, "viewer", units=[units[number % 3].pk], parent=primary)
        for number in range(TRANSACTIONS):
            TransactionFactory(
                group=group,
                subgroup=units[number % 3],
                status="pending" if number % 50 == 0 else "completed",
                submitted_by=primary.user,
                submitted_at=now - timedelta(hours=2 * number),
            )
        AnnouncementFactory.create_batch(3)
        for duty in ("account_manager", "billing"):
            TeamMemberFactory(group=group, duty=duty)
    with owner() as database:
        database.execute("ANALYZE")
    return primary
