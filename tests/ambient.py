"""The database roles of the tests; a plugin that conftest.py loads.

The portal signs in as portal_app, which sees no row of a group before it has said on whose behalf it works
(portal/tenancy.py). Requests and tasks say so. The body of a test, its factories and its assertions work on
nobody's behalf and must see everything: so the connections of the tests have the role portal_staff, except while
a request is answered, when they are exactly as in production. ``nobody`` takes the role away from a block of a
test about tenancy.

The roles are set on psycopg's own connection, below Django: a test that counts statements must not count these.
The tables belong to a third role, as in production. It makes the test database (``as_owner``).
"""

import threading
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connection
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

STAFF, NOBODY = "SET ROLE portal_staff", "SET ROLE NONE"
# A broken transaction refuses every statement, and a COPY that is going on takes none.
CALM = {TransactionStatus.IDLE, TransactionStatus.INTRANS}


class _Thread(threading.local):
    """What this thread is at. A connection opened later follows it, so it is not kept with the connection."""

    in_request = False
    as_nobody = False
    as_owner = False


_thread = _Thread()
_while_making = ExitStack()


def take_role(wrapper=connection):
    """Give the open connection of this thread the role it should have now.

    Inside a transaction, a rollback gives it back the one it had before: of a test's own transaction that is
    portal_staff again.
    """
    raw = wrapper.connection
    if _thread.as_owner or raw is None or raw.closed or raw.info.transaction_status not in CALM:
        return
    with suppress(
        psycopg.OperationalError
    ):  # the server is gone, which the next statement will tell
        raw.execute(NOBODY if _thread.in_request or _thread.as_nobody else STAFF)


def _request_started(**_signal):
    _thread.in_request = True
    take_role()


def _request_finished(**_signal):
    _thread.in_request = False
    take_role()


def _connected(connection, **_signal):
    take_role(connection)


def watch():
    """Follow connections and requests from now on."""
    connection_created.connect(_connected)
    request_started.connect(_request_started)
    request_finished.connect(_request_finished)
    take_role()


@contextmanager
def nobody():
    """Run the block as plain portal_app, which has not said on whose behalf it works."""
    before, _thread.as_nobody = _thread.as_nobody, True
    take_role()
    try:
        yield
    finally:
        _thread.as_nobody = before
        take_role()


@contextmanager
def as_owner():
    """Let Django sign in as the owner of the tables inside the block; no connection outlives either side of it."""
    named = connection.settings_dict
    before = {part: named[part] for part in ("USER", "PASSWORD")}
    _disconnect()
    named.update({part: settings.DATABASE_OWNER[part] for part in before})
    _thread.as_owner = True
    try:
        yield
    finally:
        _disconnect()
        named.update(before)
        _thread.as_owner = False


def _disconnect():
    connection.close()
    connection.close_pool()


def owner():
    """Return a connection of psycopg as the owner of the tables, for tests that change one; it commits at once."""
    named = connection.settings_dict
    return psycopg.connect(
        host=named["HOST"],
        port=named["PORT"],
        dbname=named["NAME"],
        user=settings.DATABASE_OWNER["USER"],
        password=settings.DATABASE_OWNER["PASSWORD"],
        autocommit=True,
    )


def pytest_configure():
    watch()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """Let the owner make the test database and its tables."""
    _while_making.enter_context(as_owner())
    yield
    _while_making.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let the tests run as portal_app, which may empty tables here: a transactional test does it after itself."""
    with owner() as raw:
        raw.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO portal_app, portal_staff")
    _while_making.close()
    yield
    _while_making.enter_context(as_owner())  # it removes the database, unless that is kept


@pytest.fixture(autouse=True)
def _role_of_the_test():
    begin_test()


def begin_test():
    """Begin as portal_staff, whatever an exception or a stream that nobody read left behind."""
    _thread.in_request = _thread.as_nobody = False
    take_role()
