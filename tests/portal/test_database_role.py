"""Web, worker and clock start as portal_app only."""

from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.db.backends.signals import connection_created

from portal import database_role
from tests.ambient import as_owner, nobody
from tests.guards.test_settings import run

WEB, ASGI = "import portal.wsgi", "import portal.asgi"
WORKER = (
    "from portal.celery import app; from celery.signals import worker_init;"
    "worker_init.send(sender=app)"
)
CLOCK = WORKER.replace("worker_init", "beat_init")


def address(user, password, *, port=None):
    named = connection.settings_dict
    return f"postgresql://{quote(user)}:{quote(password)}@{named['HOST']}:{port or named['PORT']}/{named['NAME']}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "process", [WEB, ASGI, WORKER, CLOCK], ids=["web", "asgi", "worker", "clock"]
)
def test_nothing_starts_as_the_owner(process):
    owner = address(settings.DATABASE_OWNER["USER"], settings.DATABASE_OWNER["PASSWORD"])

    done = run("-c", process, DATABASE_URL=owner)

    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("The portal does not start: DATABASE_URL must be the role portal_app")
    assert "portal.E006" in last
    assert settings.DATABASE_OWNER["PASSWORD"] not in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("process", [WEB, WORKER], ids=["web", "worker"])
def test_everything_starts_as_portal_app(process):
    named = connection.settings_dict

    done = run("-c", process, DATABASE_URL=address(named["USER"], named["PASSWORD"]))

    assert done.returncode == 0
    assert "does not start" not in done.stderr


def test_the_web_starts_while_the_database_is_away():
    assert run("-c", WEB, DATABASE_URL="postgresql://a:b@127.0.0.1:1/portal").returncode == 0


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_comes_about_later_is_looked_at(caplog):
    with nobody(), as_owner():
        connection_created.connect(database_role._look_at, dispatch_uid=database_role.__name__)
        try:
            with pytest.raises(OperationalError, match="E006"):
                connections["default"].ensure_connection()
            assert connection.connection is None
        finally:
            connection_created.disconnect(dispatch_uid=database_role.__name__)

    assert [record.error for record in caplog.records] == ["portal.E006"]
