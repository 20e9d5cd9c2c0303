import base64

import pytest
from django.core.checks import run_checks
from django.db import connection

from portal import checks


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


@pytest.mark.django_db
def test_the_databases_role_is_an_ordinary_one():
    assert checks.database_role(databases=["default"]) == []
    assert checks.database_role() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


@pytest.mark.django_db
def test_the_checks_are_registered(settings):
    settings.SEALING_KEYS, settings.BRAND_COLORS = [], {}

    assert {"portal.E001", "portal.E002"} <= set(ids(run_checks(databases=["default"])))
