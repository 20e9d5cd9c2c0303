import base64
import json

import pytest
from django.contrib.staticfiles import finders
from django.core.checks import run_checks
from django.db import connection
from django.test import RequestFactory

from portal import checks
from portal.views.errors import server_error


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
    assert checks.database_role(databases=["default"]) == []
    assert checks.database_role() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


@pytest.mark.django_db
def test_the_checks_are_registered(settings):
    settings.SEALING_KEYS, settings.BRAND_COLORS, settings.BRAND_LOGO = [], {}, "img/none.svg"

    assert {"portal.E001", "portal.E002", "portal.E005"} <= set(
        ids(run_checks(databases=["default"]))
    )
