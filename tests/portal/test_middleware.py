import logging
import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from portal.middleware import PrivatePages, RequestId
from portal.request_info import client_ip, current
from portal.throttle import TooManyRequestsError
from tests.factories import UserFactory
from tests.html import text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def access_lines(caplog):
    return [record for record in caplog.records if record.name == "portal.access"]


def test_one_line_a_request_with_the_route_not_the_path(client, caplog):
    with caplog.at_level(logging.INFO, logger="portal.access"):
        client.get("/help/sign-in/?email=teresa@cedar.example")
    (line,) = access_lines(caplog)

    assert (line.method, line.route, line.status) == ("GET", "help/<slug:slug>/", 200)
    assert 0 <= line.ms < 60_000
    assert "teresa" not in str(line.__dict__)
    assert "sign-in" not in str({**line.__dict__, "pathname": ""})


def test_an_unknown_address_has_no_route(client, caplog):
    with caplog.at_level(logging.INFO, logger="portal.access"):
        client.get("/teresa@cedar.example/")
    (line,) = access_lines(caplog)

    assert (line.route, line.status) == ("", 404)


def test_a_strange_method_is_logged_in_plain_letters(client, caplog):
    with caplog.at_level(logging.INFO, logger="portal.access"):
        client.generic("TERESA@CEDAR.EXAMPLE", "/")
    (line,) = access_lines(caplog)

    assert line.method == "other"


def test_every_answer_has_an_id(client):
    ids = [client.get(path)["X-Request-ID"] for path in ("/", "/nothing/", "/healthz")]

    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in ids)
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        (1, "abcd-1234-from-the-proxy", True),
        (0, "abcd-1234-from-a-visitor", False),
        (1, "short", False),
        (1, "x" * 37, False),
        (1, 'abcd1234"injected', False),
    ],
)
def test_an_id_is_taken_from_a_trusted_proxy_only(client, settings, proxies, given, kept):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    assert (client.get("/", headers={"X-Request-ID": given})["X-Request-ID"] == given) is kept


def test_the_visitor_is_known_during_the_request_only():
    seen = []

    def answer(request):
        seen.append(current.get())
        return HttpResponse()

    RequestId(answer)(
        RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", headers={"User-Agent": "Firefox"})
    )

    assert (seen[0].ip_address, seen[0].user_agent) == ("203.0.113.7", "Firefox")
    assert current.get().request_id == ""


def test_nobody_stays_known_after_a_failure():
    def answer(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RequestId(answer)(RequestFactory().get("/"))

    assert current.get().ip_address is None


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "203.0.113.7"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "203.0.113.7"),
        (1, "", "203.0.113.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "not an address", "203.0.113.7"),
        (1, "198.51.100.1:4711", "203.0.113.7"),
        (1, "9" * 5000, "203.0.113.7"),
        (1, "<script>", "203.0.113.7"),
    ],
)
def test_the_address_is_the_one_the_proxy_saw(settings, proxies, forwarded, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": forwarded}
    )

    assert client_ip(request) == address


@pytest.mark.parametrize("address", ["", "unix:", "@"])
def test_a_socket_without_an_address_counts_as_this_machine(address):
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR=address)) == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/home/", "/nothing/"])
def test_pages_are_not_stored(client, path):
    client.force_login(UserFactory())

    assert "no-store" in client.get(path)["Cache-Control"]
    assert "HX-Request" in client.get(path)["Vary"]


def test_a_redirect_of_htmx_is_followed_by_the_browser(client):
    response = client.get("/home/", headers={**HTMX, "HX-Current-URL": "http://testserver/home/"})

    assert response.status_code == 200
    assert "Location" not in response
    assert response["HX-Redirect"] == client.get("/home/")["Location"] == "/sign-in/?next=/home/"


def test_the_redirect_of_htmx_keeps_cookies(client):
    """A session begun by the answer must survive the change of its kind."""
    response = client.post("/sign-in/", {"login": "tquinn"}, headers=HTMX)

    assert response["HX-Redirect"] == "/sign-in/seal/"
    assert "portal_session" in response.cookies
    assert client.get("/sign-in/seal/").status_code == 200


def test_the_redirect_of_htmx_keeps_cookies_of_the_view(client):
    choice = {"choice": "all", "next": "/"}
    plain = client.post("/cookies/", choice)
    htmx = client.post("/cookies/", choice, headers=HTMX)

    assert plain.status_code == 302
    assert plain.cookies.keys() - {"portal_session", "portal_csrf"}
    assert htmx["HX-Redirect"] == plain["Location"]
    assert htmx.cookies.keys() == plain.cookies.keys()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")],
)
def test_too_many_tries_say_when_to_come_back(rf, seconds, words):
    request = rf.get("/")
    request.user = type("Nobody", (), {"is_authenticated": False})()
    response = PrivatePages(lambda _request: HttpResponse()).process_exception(
        request, TooManyRequestsError(seconds)
    )

    assert (response.status_code, response["Retry-After"]) == (429, str(seconds))
    assert words in text(response, "main, body")


def test_other_failures_are_not_ours(rf):
    assert (
        PrivatePages(lambda _request: HttpResponse()).process_exception(rf.get("/"), ValueError())
        is None
    )
