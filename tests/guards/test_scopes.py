"""On whose behalf a connection works: views, tasks, threads and streams never see more than they opened."""

import re
import threading
from contextlib import suppress

import pytest
from django.db import InternalError, connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import JsonResponse, StreamingHttpResponse
from django.urls import path

from accounts.models import Grant
from groups.access import across_groups, group_view
from groups.models import EmployerGroup
from portal.celery import app as celery
from portal.tenancy import carrier_scope, nobody_scope, person_scope
from portal.urls import *  # noqa: F403 - the handlers of errors
from portal.urls import urlpatterns as portal_urlpatterns
from tests import ambient
from tests.access import given, primary_of
from tests.ambient import nobody
from tests.factories import EmployerGroupFactory, UserFactory
from tests.guards.sources import APPS, ROOT, calls, modules

# Tasks that need no scope, each with its reason.
UNSCOPED_TASKS = {
    "portal.deliver_email": "letters belong to no group",
    "portal.send_due_emails": "letters belong to no group",
    "portal.tidy_up": "throttle windows, sessions and letters belong to no group",
}
# Tasks that open a scope for each of their steps, each with its reason.
SCOPED_IN_STEPS = {
    "accounts.expire_access_codes": "a transaction for each request; codes must not stay locked meanwhile",
    "accounts.expire_grants": "a transaction for each grant; no group waits for another",
    "accounts.take_over_imports": "a transaction for each group; none waits for another",
    "groups.escalate_transactions": "a transaction for each batch; one that fails takes no other with it",
    "groups.lapse_renewals": "a transaction for each batch; one that fails takes no other with it",
}


def everything():
    """Answer as a view that forgets every filter."""
    return {
        "groups": sorted(EmployerGroup.objects.values_list("pk", flat=True)),
        "grants": sorted(Grant.objects.values_list("pk", flat=True)),
    }


@group_view("group_view")
def forgetful(request):
    return JsonResponse(everything())


@across_groups
def forgetful_across(request):
    return JsonResponse(everything())


def unscoped(request):
    return JsonResponse(everything())


@group_view("group_view")
def late(request):
    """Stream rows that are read only after the view has returned, and its scope is closed."""
    return StreamingHttpResponse(f"{group.pk}," for group in EmployerGroup.objects.all().iterator())


@group_view("group_view")
def meddling(request):
    """Change everybody's grants."""
    return JsonResponse({"touched": Grant.objects.update(reason="meddled")})


urlpatterns = [
    *portal_urlpatterns,
    path("g/<slug:group_slug>/forgetful/", forgetful),
    path("g/<slug:group_slug>/late/", late),
    path("g/<slug:group_slug>/meddling/", meddling),
    path("forgetful/", forgetful_across),
    path("unscoped/", unscoped),
]
throw_away_views = pytest.mark.urls(__name__)


def seen():
    """Return the ids of the groups that show now."""
    return set(EmployerGroup.objects.values_list("pk", flat=True))


@pytest.fixture
def two(db):
    """Give two groups' primary administrators, of whom the first is a viewer of a third group too."""
    mine, foreign, other = primary_of(), primary_of(), primary_of()
    mine.also = given(other.group, "viewer", user=mine.user)
    return mine, foreign


@throw_away_views
def test_a_view_that_forgets_its_filter_shows_the_rows_of_its_group(client, two):
    mine, _foreign = two
    client.force_login(mine.user)

    shown = client.get(f"/g/{mine.group.slug}/forgetful/").json()

    assert shown == {"groups": [mine.group_id], "grants": [mine.pk]}


@throw_away_views
def test_a_view_across_groups_shows_the_rows_of_ones_own(client, two):
    mine, _foreign = two
    client.force_login(mine.user)

    shown = client.get("/forgetful/").json()

    assert shown["groups"] == sorted([mine.group_id, mine.also.group_id])


@throw_away_views
def test_a_view_without_a_scope_shows_nothing(client, two):
    client.force_login(two[0].user)

    assert client.get("/unscoped/").json() == {"groups": [], "grants": []}


@throw_away_views
def test_a_view_that_forgets_its_filter_changes_the_rows_of_its_group(client, two):
    mine, foreign = two
    client.force_login(mine.user)

    assert client.get(f"/g/{mine.group.slug}/meddling/").json() == {"touched": 1}
    foreign.refresh_from_db()
    assert foreign.reason == ""


@throw_away_views
def test_a_stream_that_outlives_its_view_is_empty(client, two):
    client.force_login(two[0].user)

    response = client.get(f"/g/{two[0].group.slug}/late/")

    assert response.getvalue() == b""


def test_an_inner_scope_gives_the_outer_one_its_own_back(two):
    mine, foreign = two
    with nobody():
        with person_scope(mine.user_id, address=mine.group.slug):
            own = seen()
            with carrier_scope():
                assert len(seen()) == 3
                with person_scope(foreign.user_id):
                    assert seen() == {foreign.group_id}
                    with nobody_scope():
                        assert seen() == set()
                assert len(seen()) == 3
            assert seen() == own == {mine.group_id}
        assert seen() == set()


@pytest.mark.parametrize("inner", [carrier_scope, nobody_scope])
def test_an_exception_in_a_savepoint_gives_the_outer_scope_its_own_back(two, inner):
    mine, _foreign = two
    with nobody(), person_scope(mine.user_id, address=mine.group.slug):
        with pytest.raises(ZeroDivisionError), inner():
            fail()
        assert seen() == {mine.group_id}
        with pytest.raises(InternalError), inner(), transaction.atomic():
            broken_transaction()
        assert seen() == {mine.group_id}


def test_an_exception_that_is_caught_inside_gives_the_outer_scope_its_own_back(two):
    mine, _foreign = two
    with nobody(), person_scope(mine.user_id, address=mine.group.slug):
        with carrier_scope():
            with pytest.raises(InternalError), transaction.atomic():
                broken_transaction()
            assert len(seen()) == 3
        assert seen() == {mine.group_id}


def fail():
    raise ZeroDivisionError


def broken_transaction():
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '25P02'; END $$")


def test_a_scope_that_is_rolled_back_leaves_nothing(two):
    mine, _foreign = two
    with nobody():
        with transaction.atomic(), person_scope(mine.user_id):
            transaction.set_rollback(True)
        assert seen() == set()


def pooled(size):
    """Return a connection of this thread, taken from a pool of *size* that all threads share."""
    named = connections.settings["default"]
    pool = {"min_size": size, "max_size": size, "timeout": 10}
    return DatabaseWrapper({**named, "OPTIONS": {**named["OPTIONS"], "pool": pool}}, "default")


def in_threads(*works, size):
    """Return threads that run *works* on connections of one pool, the list of results, and of what went wrong."""
    results, problems = [None] * len(works), []

    def run(place, work):
        connections["default"] = pooled(size)
        try:
            results[place] = work()
        except Exception as error:  # noqa: BLE001 - shown by the test
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    return threads, results, problems


def process():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.fixture
def pool():
    """Leave the roles of new connections alone, as in production; close the pool, which Django keeps by alias."""
    connection.ensure_connection()
    connection_created.disconnect(ambient._connected)
    yield
    connection_created.connect(ambient._connected)
    pooled(1).close_pool()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["ends", "fails"])
def test_a_scope_does_not_stay_with_a_connection_of_the_pool(pool, how):
    grant = primary_of()

    def somebody():
        with suppress(ZeroDivisionError), person_scope(grant.user_id):
            found = seen()
            if how == "fails":
                fail()
        return process(), found

    def carrier():
        with carrier_scope():
            return process(), seen()

    def next_one():
        return process(), seen()

    threads, results, problems = in_threads(somebody, next_one, carrier, next_one, size=1)
    for thread in threads:  # one after the other, on the only connection there is
        thread.start()
        thread.join(timeout=30)

    assert problems == []
    assert len({pid for pid, _found in results}) == 1
    assert [found for _pid, found in results] == [{grant.group_id}, set(), {grant.group_id}, set()]


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_moment_see_their_own(pool):
    one, two = primary_of(), primary_of()
    meet = threading.Barrier(2)

    def looking(grant):
        def look():
            found = []
            for _round in range(10):
                with person_scope(grant.user_id):
                    meet.wait(timeout=10)
                    found.append(seen())
            return found

        return look

    threads, results, problems = in_threads(looking(one), looking(two), size=2)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert problems == []
    assert results == [[{one.group_id}] * 10, [{two.group_id}] * 10]


def sources():
    return {
        file.relative_to(ROOT).as_posix(): file.read_text()
        for app in APPS
        for file in (ROOT / app).rglob("*")
        if file.suffix in {".py", ".sql"}
    }


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        # a setting of the session would stay with the pooled connection
        (r"set_config\([^)]*\bfalse\b", set()),
        (r"(?i)\bSET\s+(SESSION\s+)?(ROLE|AUTHORIZATION)\b", {"portal/checks.py"}),  # in a message
        (r"(?i)\bRESET\s+(ROLE|ALL)\b", set()),
        (r"(?i)\bSET\s+(LOCAL\s+)?portal\.", set()),
        # the zone of one export, of this transaction alone: it opens nothing
        (r"set_config\((?!'TimeZone', %s, true\))", {"portal/tenancy.py"}),
        (r"STAFF_ROLE\b", {"portal/tenancy.py", "portal/row_security.py", "portal/migrations"}),
    ],
)
def test_only_the_frame_says_on_whose_behalf_it_works(pattern, allowed):
    found = {
        path
        for path, text in sources().items()
        if re.search(pattern, text) and not path.startswith(tuple(allowed))
    }

    assert found == set()


def test_no_rights_are_asked_from_guardian_but_in_one_place():
    """Guardian knows no ends: a grant past its end keeps its lines until the sweep."""
    names = {"get_objects_for_user", "get_perms", "get_user_perms", "ObjectPermissionChecker"}
    found = {
        path for path, tree in modules().items() for name, _node in calls(tree) if name in names
    }
    of_objects = {
        path
        for path, tree in modules().items()
        for name, node in calls(tree)
        if name.endswith("has_perm") and len(node.args) > 1
    }

    assert found | of_objects == set()


def tasks():
    celery.loader.import_default_modules()
    return {name: task for name, task in celery.tasks.items() if name.partition(".")[0] in APPS}


def test_every_task_says_on_whose_behalf_it_works():
    unscoped_now = {name for name, task in tasks().items() if not hasattr(task.run, "on_behalf_of")}

    assert unscoped_now == UNSCOPED_TASKS.keys() | SCOPED_IN_STEPS.keys()


@pytest.mark.django_db(transaction=True)
def test_a_task_sees_every_group_and_leaves_nothing_behind():
    EmployerGroupFactory()
    with nobody():
        tasks()["accounts.expire_grants"].run()
        assert seen() == set()


@pytest.mark.django_db
def test_somebody_without_an_account_opens_nothing():
    primary_of()
    with nobody():
        for key in (0, -1, UserFactory().pk):
            with person_scope(key):
                assert seen() == set()
