import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.browsers import describe
from portal.models import AuditEvent
from tests.accounts.steps import sign_in
from tests.factories import PASSWORD, UserFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db
NOON = "2026-11-20 17:00:00Z"


@pytest.fixture
def user():
    return UserFactory(username="tquinn")


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def is_in(client):
    """Say whether the next page of the account is still shown."""
    return client.get("/profile/").status_code == 200


@pytest.mark.parametrize(("seconds", "still_in"), [(899, True), (900, False), (901, False)])
def test_idle_limit_is_exact_to_the_second(client, user, clock, seconds, still_in):
    sign_in(client, user)
    clock.shift(seconds)

    assert is_in(client) is still_in


def test_every_request_starts_the_limit_anew(client, user, clock):
    sign_in(client, user)
    for _ in range(4):
        clock.shift(899)
        assert is_in(client)


def test_activity_in_the_same_minute_counts_to_the_second(client, user, clock):
    sign_in(client, user)
    clock.shift(30)
    is_in(client)
    clock.shift(899)

    assert is_in(client)


def test_idle_person_is_led_to_sign_in_with_the_page_and_the_reason(client, user, clock):
    sign_in(client, user)
    clock.shift(900)
    response = client.get("/profile/seal/?x=1")
    page = client.get(response.url)

    assert response.url == "/sign-in/?next=/profile/seal/%3Fx%3D1"
    assert "signed out after 15 minutes without activity" in text(page, ".ep-notice")
    assert AuditEvent.objects.filter(kind="accounts.signed_out", note="idle").count() == 1
    assert SESSION_KEY not in client.session


def test_idle_htmx_request_makes_the_browser_go_to_sign_in(client, user, clock):
    sign_in(client, user)
    clock.shift(900)
    response = client.get(
        "/profile/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/profile/seal/"},
    )

    assert response["HX-Redirect"] == "/sign-in/?next=/profile/seal/"


def test_idle_post_leads_back_to_the_page_it_came_from(client, user, clock):
    sign_in(client, user)
    clock.shift(900)
    ours = client.post("/profile/", headers={"Referer": "http://testserver/profile/"})
    sign_in(client, user)
    clock.shift(900)
    theirs = client.post("/profile/", headers={"Referer": "https://evil.example/x"})

    assert ours.url == "/sign-in/?next=/profile/"
    assert theirs.url == "/sign-in/"


def test_a_public_page_that_refreshes_itself_keeps_nobody_signed_in(client, user, clock):
    sign_in(client, user)
    for _ in range(10):
        clock.shift(100)
        client.post(
            "/register/check/",
            {"identified_by": "group_id", "identifier": "20533A"},
            headers={"HX-Request": "true", "HX-Target": "identifier-field"},
        )

    assert client.get("/profile/")["Location"].startswith("/sign-in/")


def test_public_page_is_shown_to_an_idle_person_as_to_a_visitor(client, user, clock):
    sign_in(client, user)
    clock.shift(900)

    assert client.get("/sign-in/").status_code == 200
    assert SESSION_KEY not in client.session


def test_sign_out_at_the_limit_says_why(client, user, clock):
    sign_in(client, user)
    clock.shift(900)
    response = client.post("/account/logout/", headers={"Referer": "http://testserver/profile/"})
    page = client.get(response.url)

    assert text(page, "h1") == "You are signed out"
    assert "no activity for 15 minutes" in text(page, "main")
    assert select(page, "main .usa-button")[0].get("href") == "/sign-in/?next=/profile/"


def test_extending_counts_as_activity(client, user, clock):
    sign_in(client, user)
    clock.shift(890)
    response = client.post("/session/extend/", headers={"X-Requested-With": "XMLHttpRequest"})
    clock.shift(890)

    assert response.status_code == 204
    assert is_in(client)


def test_extending_without_scripts_leads_back_to_the_form(client, user):
    sign_in(client, user)

    assert client.post("/session/extend/", {"next": "/profile/"}).url == "/profile/"
    assert client.get("/session/extend/").status_code == 405


def test_extending_does_not_wake_an_ended_session(client, user, clock):
    sign_in(client, user)
    clock.shift(900)

    assert client.post("/session/extend/").url == "/sign-in/"


def test_tracking_costs_one_statement(client, user, clock):
    sign_in(client, user)
    client.get("/profile/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/profile/")

    assert [q["sql"].split()[0] for q in queries if "usersession" in q["sql"]] == ["UPDATE"]


def test_sign_out_says_so_and_is_written_down(client, user):
    sign_in(client, user)
    page = client.post("/account/logout/", follow=True)

    assert text(page, "h1") == "You are signed out"
    assert page.redirect_chain[-1][0] == "/sign-in/ended/"
    assert list(UserSession.objects.all()) == []
    assert AuditEvent.objects.first().kind == "accounts.signed_out"


def test_signing_out_by_link_asks_first(client, user):
    sign_in(client, user)
    page = client.get("/account/logout/")

    assert text(page, "h1") == "Sign out?"
    assert SESSION_KEY in client.session


def test_list_shows_devices_and_what_happened(client, user):
    Client().post("/sign-in/", {"login": "tquinn"})
    sign_in(client, user)
    other = Client(headers={"User-Agent": "Mozilla/5.0 (iPhone; CPU) AppleWebKit Safari/604.1"})
    sign_in(other, user)
    page = client.get("/account/sessions/")

    assert text(page, ".ep-title p") == "You are signed in on 2 devices."
    rows = {
        " ".join(row.text_content().split())
        for row in select(page, "main table:first-of-type tbody th")
    }
    assert "Safari on iPhone" in rows
    assert "Signed in" in text(page, ".ep-section table")


def test_sign_out_everywhere_ends_this_session_and_the_other_ones(client, user):
    other, stranger = Client(), Client()
    sign_in(client, user)
    sign_in(other, user)
    sign_in(stranger, UserFactory(username="stranger"))
    response = client.post("/account/sessions/end/", {"which": "all"})

    assert response.url == "/sign-in/ended/"
    assert not is_in(client)
    assert not is_in(other)
    assert is_in(stranger)


def test_sign_out_of_the_others_keeps_this_session(client, user):
    other = Client()
    sign_in(client, user)
    sign_in(other, user)
    client.post("/account/sessions/end/", {"which": "others"})

    assert is_in(client)
    assert not is_in(other)
    assert AuditEvent.objects.get(kind="accounts.sessions_ended").note == "1"


def test_one_device_can_be_signed_out(client, user):
    others = [Client(), Client()]
    sign_in(client, user)
    for other in others:
        sign_in(other, user)
    row = UserSession.objects.get(session_key=others[0].session.session_key)
    client.post("/account/sessions/end/", {"which": str(row.pk)})

    assert [is_in(other) for other in others] == [False, True]


@pytest.mark.parametrize("which", ["", "x", "-1", "9" * 40, "0", "²"])
def test_junk_ends_nothing(client, user, which):
    sign_in(client, user)

    assert client.post("/account/sessions/end/", {"which": which}).url == "/account/sessions/"
    assert is_in(client)


def test_session_of_somebody_else_cannot_be_ended(client, user):
    stranger = Client()
    sign_in(client, user)
    sign_in(stranger, UserFactory(username="stranger"))
    row = UserSession.objects.get(session_key=stranger.session.session_key)
    client.post("/account/sessions/end/", {"which": str(row.pk)})

    assert is_in(stranger)


def test_changing_the_password_ends_the_other_sessions(client, user):
    other = Client()
    sign_in(client, user)
    sign_in(other, user)
    client.post(
        "/account/password/change/",
        {
            "oldpassword": PASSWORD,
            "password1": "seven brown owls 3",
            "password2": "seven brown owls 3",
        },
    )
    page = client.get("/account/sessions/")

    assert text(page, ".ep-title p") == "You are signed in on 1 device."
    assert not is_in(other)


@pytest.mark.parametrize(
    "path",
    [
        "/profile/",
        "/profile/seal/",
        "/account/sessions/",
        "/account/email/",
        "/account/2fa/",
        "/account/password/change/",
        "/terms/accept/",
    ],
)
def test_visitors_are_led_to_sign_in(client, path):
    assert client.get(path).url == f"/sign-in/?next={path}"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18 Safari/605", "Safari on Mac"),
        ("curl/8", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_browsers_by_their_own_words(user_agent, words):
    assert describe(user_agent) == words
