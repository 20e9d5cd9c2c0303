"""What leaves the portal as a file says so beside its view: nobody takes a file away in the eyes of another person."""

import re

import pytest

from tests.guards.cast import World
from tests.guards.routes import of_groups
from tests.guards.test_access_matrix import address
from tests.html import text

pytestmark = pytest.mark.django_db
FILE = re.compile(r"\.(csv|tsv|xlsx?|ods|pdf|zip|json|xml|txt|edi|834)(/|\Z|$)", re.IGNORECASE)
PAGES = [route for route in of_groups() if "GET" in (route.methods or {"GET"})]
EXPORTS = [route for route in of_groups() if route.is_export]


@pytest.fixture
def world():
    return World()


def by_name(routes):
    return [pytest.param(route, id=route.name) for route in routes]


def test_there_is_an_export():
    assert "accounts:activity_csv" in {route.name for route in EXPORTS}


def test_addresses_that_look_like_a_file_are_exports():
    assert {route.name for route in of_groups() if FILE.search(route.pattern)} <= {
        route.name for route in EXPORTS
    }


@pytest.mark.parametrize("route", by_name(PAGES))
def test_whatever_answers_with_a_file_is_an_export(client, world, route):
    client.force_login(world.primary.user)

    response = client.get(address(route, world))

    is_page = response.get("Content-Type", "text/html").startswith("text/html")
    is_file = response.has_header("Content-Disposition") or not is_page or response.streaming
    assert route.is_export or not is_file


@pytest.mark.parametrize("route", by_name(EXPORTS))
def test_no_export_while_one_sees_as_another_person(client, world, route):
    client.force_login(world.primary.user)
    session = client.session
    session["view_as"] = {world.group.slug: world.second_primary.user_id}
    session.save()

    response = client.get(address(route, world))

    assert response.status_code == 403
    assert "Nothing can be exported meanwhile." in text(response, "main")
