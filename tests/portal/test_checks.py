import base64
import json

import pytest
from django.contrib.staticfiles import finders
from django.core.checks import run_checks
from django.db import connection
from django.test import RequestFactory

from portal import checks, devservices
from portal import settings as portal_settings
from portal.views.errors import server_error
from tests.ambient import as_owner, nobody


def ids(found):
    return [message.id for message in found]


def test_all_is_well_as_shipped():
    assert checks.sealing_keys() == []
    assert checks.brand_colors() == []


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["not base64!"],
        [base64.b64encode(b"short").decode()],
        [base64.b64encode(bytes(32)).decode(), "x"],
    ],
)
def test_sealing_keys(settings, keys):
    settings.SEALING_KEYS = keys
    assert ids(checks.sealing_keys()) == ["portal.E001"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"brand": "green"}, ["portal.E002"]),
        ({"brand": "#0b5d4e; } body { display: none"}, ["portal.E002"]),
        ({"accent": "#000000"}, ["portal.E002"]),
        ({"brand": "#7cc9b8"}, ["portal.E003"]),
        ({"brand-dark": "#c9dfd8"}, ["portal.E003"]),
        ({"brand": "#102a6b"}, []),
    ],
)
def test_brand_colors(settings, changes, found):
    settings.BRAND_COLORS = {**settings.BRAND_COLORS, **changes}
    assert ids(checks.brand_colors()) == found


def test_a_missing_color(settings):
    settings.BRAND_COLORS = {"brand": "#0b5d4e"}
    assert ids(checks.brand_colors()) == ["portal.E002"]


@pytest.mark.parametrize(
    ("logo", "found"),
    [
        ("img/brand/logo.svg", []),
        ("", []),
        ("img/brand/mine.svg", ["portal.E005"]),
        ("brand/logo.svg", ["portal.E005"]),
    ],
)
def test_the_logo_is_a_static_file(settings, logo, found):
    settings.BRAND_LOGO = logo

    assert ids(checks.brand_logo()) == found


def collected(settings, folder, without):
    """Let static files be those of production: all of them collected, save *without*."""
    names = {
        f"{storage.prefix}/{name}" if getattr(storage, "prefix", "") else name
        for finder in finders.get_finders()
        for name, storage in finder.list([])
    }
    paths = {name: name for name in names - {without}}
    (folder / "staticfiles.json").write_text(json.dumps({"version": "1.1", "paths": paths}))
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STATIC_ROOT = folder
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}


def test_in_production_the_logo_was_collected(settings, tmp_path):
    collected(settings, tmp_path, without="img/brand/logo-light.svg")

    assert ids(checks.brand_logo()) == []
    settings.BRAND_LOGO = "img/brand/logo-light.svg"
    assert ids(checks.brand_logo()) == ["portal.E005"]


@pytest.mark.django_db
def test_a_wrong_logo_costs_the_picture_not_the_page(settings, tmp_path, client):
    collected(settings, tmp_path, without="img/brand/logo-light.svg")
    settings.BRAND_LOGO = "img/brand/logo-light.svg"
    client.raise_request_exception = False
    request = RequestFactory().get("/")

    assert client.get("/").status_code == 200
    assert b"logo-light" not in client.get("/").content
    assert server_error(request).status_code == 500


@pytest.mark.django_db
def test_the_databases_role_is_an_ordinary_one():
    assert checks.database_roles(databases=["default"]) == []
    assert checks.database_roles() == []


@pytest.mark.django_db(transaction=True)
def test_the_portal_does_not_run_as_the_owner():
    with as_owner():
        [error] = checks.database_roles(databases=["default"])

    assert error.id == "portal.E006"
    assert error.msg.startswith("DATABASE_URL must be the role portal_app, which owns nothing")
    assert "docs/running.md" in error.hint


@pytest.fixture(scope="module")
def cluster():
    """Give a server of our own whose roles may be spoiled."""
    with devservices.throwaway_folder() as folder:
        server = devservices.Postgres(folder / "pg", throwaway=True)
        yield server
        server.stop()


@pytest.mark.servers
@pytest.mark.parametrize(
    ("spoil", "mend", "of_portal", "of_owner"),
    [
        ("SELECT 1", "SELECT 1", [], []),
        *[
            (f"ALTER ROLE portal_app {right}", f"ALTER ROLE portal_app NO{right}", ["E004"], [])
            for right in ("SUPERUSER", "BYPASSRLS")
        ],
        ("ALTER ROLE portal_owner BYPASSRLS", "ALTER ROLE portal_owner NOBYPASSRLS", [], ["E004"]),
        (
            "ALTER DATABASE portal OWNER TO portal_app",
            "ALTER DATABASE portal OWNER TO portal_owner",
            ["E006"],
            [],
        ),
        (
            "GRANT portal_owner TO portal_app",
            "REVOKE portal_owner FROM portal_app",
            ["E006"],
            [],
        ),
        ("REVOKE portal_staff FROM portal_app", "SELECT 1", ["E007"], []),
        (
            "GRANT portal_staff TO portal_app WITH INHERIT TRUE",
            "GRANT portal_staff TO portal_app WITH INHERIT FALSE",
            ["E007"],
            [],
        ),
    ],
)
def test_roles_that_are_not_as_they_should_be(
    cluster, monkeypatch, django_db_blocker, spoil, mend, of_portal, of_owner
):
    cluster.start().stop()
    cluster._make_roles(cluster.home, spoil)
    with cluster, django_db_blocker.unblock(), nobody():
        found = [
            errors_on(monkeypatch, alias, url)
            for alias, url in [("default", cluster.url), ("owner", cluster.owner_url)]
        ]
    cluster._make_roles(cluster.home, mend)

    assert found == [
        [(f"portal.{code}", variable) for code in codes]
        for codes, variable in [(of_portal, "DATABASE_URL"), (of_owner, "DATABASE_OWNER_URL")]
    ]


def errors_on(monkeypatch, alias, url):
    """Return what the check says about the address *url* under *alias*: ids, and the variable it names."""
    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(checks, "connections", {alias: connection})
        for part, value in portal_settings._database(url).items():
            patch.setitem(connection.settings_dict, part, value)
        errors = checks.database_roles(databases=[alias])
        connection.close()
    return [(error.id, error.msg.partition(" ")[0]) for error in errors]


@pytest.mark.django_db
def test_the_checks_are_registered(settings):
    settings.SEALING_KEYS, settings.BRAND_COLORS, settings.BRAND_LOGO = [], {}, "img/none.svg"

    assert {"portal.E001", "portal.E002", "portal.E005"} <= set(
        ids(run_checks(databases=["default"]))
    )
