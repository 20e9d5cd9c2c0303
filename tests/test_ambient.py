"""Whose role the database sees: a test's, a request's, nobody's."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from portal.urls import *  # noqa: F403 - error handlers
from tests.ambient import as_owner, begin_test, nobody


def role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def show(_request):
    return HttpResponse(role())


def show_at_last(_request):
    return StreamingHttpResponse(role() for _ in range(1))


def fail(_request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


urlpatterns = [path("show/", show), path("stream/", show_at_last), path("fail/", fail)]
for pattern in urlpatterns:
    pattern.callback.login_required = False

pytestmark = pytest.mark.urls("tests.test_ambient")
in_either_way = pytest.mark.parametrize(
    "way",
    [
        pytest.param(0, marks=pytest.mark.django_db, id="undone"),
        pytest.param(0, marks=pytest.mark.django_db(transaction=True), id="committed"),
    ],
)


@in_either_way
def test_a_test_is_staff_and_a_request_is_not(client, way):
    assert role() == "portal_staff"
    assert client.get("/show/").content == b"portal_app"
    assert role() == "portal_staff"


@in_either_way
def test_a_request_may_be_the_first_to_connect(client, way):
    if not connection.in_atomic_block:
        connection.close()

    assert client.get("/show/").content == b"portal_app"
    assert role() == "portal_staff"


@in_either_way
def test_a_stream_is_read_as_the_request(client, way):
    response = client.get("/stream/")

    assert response.getvalue() == b"portal_app"
    assert role() == "portal_staff"


@pytest.mark.django_db(transaction=True)
def test_a_page_that_fails_leaves_the_role_right(client):
    with pytest.raises(DatabaseError):
        client.get("/fail/")

    assert role() == "portal_staff"


@pytest.mark.django_db
def test_a_broken_transaction_is_left_alone(client):
    with pytest.raises(DatabaseError), transaction.atomic():
        client.get("/fail/")

    assert role() == "portal_staff"


@in_either_way
def test_what_an_unread_stream_leaves_behind_is_gone_with_the_next_test(client, way):
    client.get("/stream/")
    assert role() == "portal_app"

    begin_test()

    assert role() == "portal_staff"


@in_either_way
def test_nobody_is_nobody(client, way):
    with nobody():
        assert role() == "portal_app"
        client.get("/show/")
        assert role() == "portal_app"

    assert role() == "portal_staff"


@pytest.mark.django_db(transaction=True)
def test_each_thread_has_a_role_of_its_own():
    found = []

    def ask():
        found.append(role())
        connection.close()

    with nobody():
        other = threading.Thread(target=ask)
        other.start()
        other.join()

    assert found == ["portal_staff"]


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_asked_for_by_name():
    with as_owner():
        assert role() == "portal_owner"

    assert role() == "portal_staff"


@pytest.mark.django_db
def test_roles_cost_a_test_no_statement(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/show/")
