"""Every address of a group, opened by everybody: the answer is the one declared beside the view.

The matrix is made from the URL tree, so that a new view is in it by being there. Somebody who may not know of the
group is answered as if there was none; a colleague who lacks the right is told so.
"""

import logging
import sys
from dataclasses import replace

import pytest
from django.db import transaction
from django.urls import reverse

from groups.atoms import ALL_ATOMS
from portal.tenancy import carrier_scope
from tests.access import primary_of
from tests.guards.cast import (
    FOR_PRIMARIES,
    OF_EVERYBODY,
    OF_SUBMITTERS,
    PERSONAS,
    ROWS_OF_ROUTE,
    World,
    row_for,
)
from tests.guards.routes import all_routes, of_groups

pytestmark = pytest.mark.django_db

ROUTES = of_groups()
SIGN_IN, OPEN = "sign in", "open"
by_name = pytest.mark.parametrize("route", [pytest.param(route, id=route.name) for route in ROUTES])


def declared_answer(route, method, standing):
    """Return what *route* must answer, from what stands beside its view alone."""
    if not standing.signed_in:
        return SIGN_IN
    if not standing.knows:
        return 404
    if not has_the_right(route, method, standing):
        return 403
    if not standing.reaches and names_a_row(route):
        return 404
    if f"{method} {route.name}" in OF_SUBMITTERS and "transactions_view" not in standing.atoms:
        return 404
    if f"{method} {route.name}" in FOR_PRIMARIES and not standing.decides:
        return 403
    return OPEN


def has_the_right(route, method, standing):
    if route.view.whole_group and not standing.whole:
        return False
    if route.is_way_out:
        return True
    if standing.looks and (method != "GET" or route.is_export):
        return False
    return {route.view.group_permission, route.view.also_needed} - {""} <= standing.atoms


def methods_of(route):
    """Return the methods to try; both where the view does not say, which another test objects to."""
    return sorted(route.methods or {"GET", "POST"})


def names_a_row(route):
    return len(route.parameters) > 1 and route.name not in OF_EVERYBODY


def answer(client, route, method, world):
    """Return what *route* answers, in the words of ``declared_answer``; whatever it wrote is undone."""
    with transaction.atomic():
        response = getattr(client, method.lower())(address(route, world))
        transaction.set_rollback(True)
    if response.status_code == 302 and response["Location"].startswith("/sign-in/"):
        return SIGN_IN
    return OPEN if response.status_code in {200, 302} else response.status_code


def address(route, world):
    rows = {
        name: row_for(route, converter, name)(world)
        for converter, name in route.parameters
        if name != "group_slug"
    }
    return reverse(route.name, kwargs={"group_slug": world.group.slug, **rows})


def matrix(client, standing, world):
    """Return {address: (declared, given)} of all addresses that answer otherwise than declared."""
    wrong = {}
    for route in ROUTES:
        for method in methods_of(route):
            declared = declared_answer(route, method, standing)
            given = answer(client, route, method, world)
            if given != declared:
                wrong[f"{method} {route.name}"] = (declared, given)
    return wrong


@pytest.fixture
def world():
    return World()


@pytest.fixture(autouse=True)
def _no_log():
    """Keep thousands of refusals, each with its traceback, out of the memory of the test."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def _without_second_wall(monkeypatch):
    """Let PostgreSQL show every row to every view, so that only the rights and filters of the code are left."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("groups.", "accounts.")) and hasattr(module, "person_scope"):
            monkeypatch.setattr(module, "person_scope", lambda *_args, **_kwargs: carrier_scope())


@pytest.mark.parametrize("persona", PERSONAS)
def test_answers_are_the_declared_ones(persona, world):
    client, standing = PERSONAS[persona](world)

    assert matrix(client, standing, world) == {}


@pytest.mark.usefixtures("_without_second_wall")
@pytest.mark.parametrize("persona", ["of another billing unit", "past the end", "stranger"])
def test_the_first_wall_holds_by_itself(persona, world):
    client, standing = PERSONAS[persona](world)

    assert matrix(client, standing, world) == {}


@pytest.mark.usefixtures("_without_second_wall")
def test_views_find_no_row_of_another_group(client, world):
    """A row's key tried under the address of a group that one may do everything in."""
    own = primary_of()
    client.force_login(own.user)
    foreign = World()
    foreign.group = own.group  # the address is one's own, every row in it another group's

    answers = {
        (route.name, method): answer(client, route, method, foreign)
        for route in ROUTES
        for method in methods_of(route)
        if names_a_row(route)
    }

    assert {place: given for place, given in answers.items() if given != 404} == {}


def test_groups_that_nobody_has_answer_as_foreign_ones(client, world):
    client.force_login(primary_of().user)
    nobodys = World()
    nobodys.group = replace_slug(nobodys.group)
    standing = PERSONAS["stranger"](world)[1]

    assert matrix(client, standing, nobodys) == {}


def replace_slug(group):
    group.slug = "zz999z"
    return group


@by_name
def test_pages_of_a_group_declare_a_right_and_their_methods(route):
    assert getattr(route.view, "group_permission", None) in ALL_ATOMS, "decorate it with group_view"
    assert route.methods, "say which methods it takes, outside of group_view"


@pytest.mark.parametrize("persona", ["primary", "stranger", "anonymous"])
def test_other_methods_are_not_allowed_whoever_asks(persona, world):
    client, standing = PERSONAS[persona](world)
    declared = 405 if standing.signed_in else SIGN_IN

    answers = {
        f"{method} {route.name}": answer(client, route, method, world)
        for route in ROUTES
        for method in ({"GET", "POST", "PUT", "PATCH", "DELETE"} - set(methods_of(route)))
    }

    assert {place: given for place, given in answers.items() if given != declared} == {}


@by_name
def test_pages_of_a_group_have_rows_for_their_addresses(route):
    unknown = [
        f"<{converter}:{name}>"
        for converter, name in route.parameters
        if name != "group_slug" and row_for(route, converter, name) is None
    ]

    assert unknown == [], "say in tests/guards/cast.py which row stands for it"


def test_exceptions_are_of_routes_that_exist():
    exceptions = {
        *ROWS_OF_ROUTE,
        *OF_EVERYBODY,
        *(place.partition(" ")[2] for place in FOR_PRIMARIES),
    }

    assert exceptions - {route.name for route in ROUTES} == set()


def test_everything_below_a_group_names_it():
    below = [route for route in all_routes() if route.pattern.startswith("g/")]

    assert below == ROUTES


def test_the_matrix_sees_a_page_that_is_more_open_than_declared(world):
    client, standing = PERSONAS["primary"](world)

    assert matrix(client, replace(standing, atoms=frozenset({"group_view"})), world)
    assert matrix(client, replace(standing, knows=False), world)
