import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from accounts.actions.accounts import create_account
from accounts.models import User
from portal.models import AuditEvent
from tests.accounts.steps import (
    give_code,
    give_name,
    give_password,
    latest_code,
    letters,
    secret,
    sign_in,
)
from tests.accounts.test_codes import NEW_ACCOUNT
from tests.factories import PASSWORD, GrantFactory, UserFactory, issued_key
from tests.html import errors, select, text
from tests.staff import staff_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory(username="tquinn")


def kinds():
    return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def signed_in(client):
    return SESSION_KEY in client.session


def test_whole_way_in_with_the_code_from_the_email(client, user):
    first = give_name(client, "tquinn")
    page = client.get(first.url)
    second = give_password(client)
    third = give_code(client, latest_code())
    last = client.post(third.url, {"action": "skip"})

    assert first.url == "/sign-in/seal/"
    assert text(page, "h1") == "Check your Sign-in Seal"
    assert text(page, ".ep-seal b") == "Two loons on the lake"
    assert select(page, ".ep-seal img")[0].get("src").endswith("lighthouse.svg")
    assert second.url == "/account/login/code/confirm/"
    assert third.url == "/account/2fa/trust/"
    assert last.url == "/home/"
    assert client.session[SESSION_KEY] == str(user.pk)
    assert kinds() == ["accounts.signed_in"]


def test_code_travels_encrypted_only(client, user):
    give_name(client, "tquinn")
    give_password(client)
    letter = letters("login_code")[0]
    code = secret(letter)["code"]

    assert letter.to == user.email
    assert code not in str(letter.context)
    assert code.encode() not in bytes(letter.sealed)


@pytest.mark.parametrize(
    "login", ["TQUINN", "tquinn@cedarworks.example", "TQuinn@CedarWorks.example"]
)
def test_name_in_any_case_and_email_address_work_as_well(client, user, login):
    give_name(client, login)
    page = client.get("/sign-in/seal/")
    response = give_password(client)

    assert text(page, ".ep-seal b") == "Two loons on the lake"
    assert response.url == "/account/login/code/confirm/"


def spelled_wide(login):
    """Return *login* in full-width letters."""
    return "".join(chr(ord(char) + 0xFEE0) for char in login)


@pytest.mark.parametrize(
    "spell", [str.upper, spelled_wide, lambda name: name.replace("s", "\u017f")]
)
@pytest.mark.parametrize("login", ["nobody.else", "known.person", "known@cedar.example"])
def test_every_spelling_of_a_name_shows_the_same_seal(client, login, spell):
    UserFactory(username="known.person", email="known@cedar.example")
    seals = []
    for spelling in (login, spell(login)):
        give_name(client, spelling)
        seals.append(html.tostring(select(client.get("/sign-in/seal/"), ".ep-seal")[0]))

    assert seals[0] == seals[1]
    assert (b"Two loons on the lake" in seals[1]) is login.startswith("known")


def test_next_page_survives_all_steps(client, user):
    response = sign_in(client, user, next_page="/profile/?from=mail")

    assert response.url == "/profile/?from=mail"


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "/" + "a" * 3000,
        "true",
        "a b",
    ],
)
def test_next_page_of_others_is_dropped(client, user, evil):
    assert sign_in(client, user, next_page=evil).url == "/home/"


@pytest.mark.parametrize("path", ["/sign-in/", "/session/extend/", "/staff/login/"])
def test_a_bare_word_is_no_page_to_go_on_to(client, path):
    client.force_login(staff_with("am_supervisor"))

    response = (
        client.post(path, {"next": "true"})
        if "extend" in path
        else client.get(path, {"next": "true"})
    )

    assert (response.status_code, response.url.startswith("/")) == (302, True)


def test_session_key_changes_at_sign_in(client, user):
    give_name(client, "tquinn")
    before = client.session.session_key
    give_password(client)
    give_code(client, latest_code())
    client.post("/account/2fa/trust/", {"action": "skip"})

    assert client.session.session_key != before
    assert not Client(headers={"cookie": f"portal_session={before}"}).session.get(SESSION_KEY)


def statements(queries):
    """Count what the database was asked, without the marks of transactions around it."""
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


def answers(login, password):
    """Return status, page without what differs by name, and statements of each step."""
    client, seen = Client(), []
    with CaptureQueriesContext(connection) as queries:
        seen.append((give_name(client, login), statements(queries)))
    with CaptureQueriesContext(connection) as queries:
        seen.append((client.get("/sign-in/seal/"), statements(queries)))
    with CaptureQueriesContext(connection) as queries:
        seen.append((give_password(client, password), statements(queries)))
    return [(response.status_code, neutral(response, login), count) for response, count in seen]


def neutral(response, login):
    if response.status_code != 200:
        return response.url
    for figure in (page := select(response, "main")[0]).cssselect(".ep-seal"):
        figure.getparent().remove(figure)
    for token in page.cssselect("[name=csrfmiddlewaretoken]"):
        token.getparent().remove(token)
    return html.tostring(page).decode().replace(login, "NAME")


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        ("tquinn", "nobody9"),
        ("tquinn@cedarworks.example", "nobody9@cedarworks.example"),
    ],
)
def test_unknown_name_cannot_be_told_from_a_known_one(user, known, unknown):
    right = answers(known, "wrong password 1")
    wrong = answers(unknown, "wrong password 1")

    assert right == wrong


def test_unknown_name_costs_one_password_hash_like_a_known_one(user, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *args: hashed.append(1) or encode(self, *args)
    )
    counts = {}
    for login in ["tquinn", "tquinn@cedarworks.example", "nobody9", "nobody9@cedarworks.example"]:
        client = Client()
        give_name(client, login)
        hashed.clear()
        give_password(client, "wrong password 1")
        counts[login] = len(hashed)

    assert set(counts.values()) == {1}


def test_made_up_seal_is_stable_and_ignores_case(client):
    def shown(login):
        give_name(client, login)
        page = client.get("/sign-in/seal/")
        return select(page, ".ep-seal img")[0].get("src"), text(page, ".ep-seal b")

    assert shown("nobody9") == shown("nobody9") == shown("NOBODY9")
    assert shown("nobody9") != shown("nobody10")


def test_person_without_a_seal_gets_a_made_up_one(client):
    UserFactory(username="sealless", sealed=False)

    give_name(client, "sealless")

    assert text(client.get("/sign-in/seal/"), ".ep-seal b") != ""


def test_wrong_password_stays_at_the_field_and_is_written_down(client, user):
    give_name(client, "tquinn")
    page = give_password(client, "not my password")
    event = AuditEvent.objects.get()

    assert errors(page) == ["User name and password do not match. Check both."]
    assert text(page, "title").startswith("Error:")
    assert (event.kind, event.target_key, event.actor_key) == (
        "accounts.sign_in_failed",
        str(user.pk),
        None,
    )


def test_unknown_name_is_not_kept_in_the_audit_trail(client):
    give_name(client, "my-secret-password")
    give_password(client, "x")
    event = AuditEvent.objects.get()

    assert "my-secret-password" not in str(event.__dict__)


def test_after_five_wrong_passwords_the_right_one_waits(client, user):
    give_name(client, "tquinn")
    for _ in range(5):
        give_password(client, "not my password")
    page = give_password(client, PASSWORD)

    assert errors(page) == [
        "Too many tries. Wait 5 minutes and try again, or choose Forgot password."
    ]
    assert kinds()[-1] == "accounts.sign_in_locked"


def test_seal_page_without_a_name_leads_back(client):
    assert client.get("/sign-in/seal/").url == "/sign-in/"


def test_wrong_code_can_be_tried_again_thrice(client, user):
    give_name(client, "tquinn")
    give_password(client)
    page = give_code(client, "BBBB-BBBB")
    give_code(client, "BBBB-BBBB")
    last = give_code(client, "BBBB-BBBB")
    shown = client.get(last.url, follow=True)

    assert errors(page) == ["This code is not right. Check it, or ask for a new one."]
    assert "Wrong too often" in text(shown, ".ep-messages")
    assert not signed_in(client)


def test_code_is_refused_after_ten_minutes_and_says_so(client, user):
    with time_machine.travel("2026-11-20 15:00:00Z", tick=False) as clock:
        give_name(client, "tquinn")
        give_password(client)
        clock.shift(601)
        response = give_code(client, latest_code())
        page = client.get(response.url, follow=True)

    assert not signed_in(client)
    assert "more than 10 minutes old" in text(page, ".ep-notice")


def test_code_is_good_at_ten_minutes(client, user):
    with time_machine.travel("2026-11-20 15:00:00Z", tick=False) as clock:
        give_name(client, "tquinn")
        give_password(client)
        clock.shift(600)
        response = give_code(client, latest_code())

    assert response.url == "/account/2fa/trust/"


def test_new_code_replaces_the_old_one(client, user):
    give_name(client, "tquinn")
    give_password(client)
    old = latest_code()
    client.post("/account/login/code/confirm/", {"action": "resend"})
    new = latest_code()

    assert old != new
    assert give_code(client, old).status_code == 200
    assert give_code(client, new).url == "/account/2fa/trust/"


def test_trusted_browser_is_not_asked_for_a_code(client, user):
    sign_in(client, user, trust=True)
    client.post("/account/logout/")
    give_name(client, "tquinn")

    assert give_password(client).url == "/home/"


def test_trust_does_not_count_for_another_browser(client, user):
    sign_in(client, user, trust=True)
    other = Client()
    give_name(other, "tquinn")

    assert give_password(other).url == "/account/login/code/confirm/"


def test_closed_account_cannot_sign_in(client):
    UserFactory(username="former", is_active=False)

    give_name(client, "former")
    page = client.get(give_password(client).url)

    assert text(page, "h1") == "Your account is closed"


def test_old_address_of_the_sign_in_page_leads_to_ours(client):
    assert client.get("/account/login/?next=/profile/").url == "/sign-in/?next=/profile/"


def test_signed_in_person_is_led_on(client, user):
    client.force_login(user)

    assert client.get("/sign-in/").url == "/home/"
    assert client.get("/sign-in/?next=/profile/").url == "/profile/"


def test_name_is_required_and_kept_on_error(client):
    page = client.post("/sign-in/", {"login": " " * 3})
    long = client.post("/sign-in/", {"login": "a" * 300})

    assert errors(page) == ["Enter your user name."]
    assert select(long, "#id_login")[0].get("value") == "a" * 300


@pytest.mark.parametrize("junk", ["a\x00b", "\u202eabc", "<script>", "😀", "a" * 1_000_000])
@pytest.mark.parametrize(
    "path", ["/sign-in/", "/sign-in/forgot-username/", "/account/password/reset/"]
)
def test_junk_is_answered_with_a_page(client, path, junk):
    response = client.post(path, {"login": junk, "email": junk})

    assert response.status_code in {200, 302}


def test_thirty_names_a_minute_are_enough(client):
    with time_machine.travel("2026-11-20 15:00:10Z", tick=False):
        for number in range(30):
            assert give_name(client, f"name{number}").status_code == 302
        response = give_name(client, "name31")

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60


def test_limit_of_allauth_answers_with_our_page(client, user):
    give_name(client, "nobody9")
    for _ in range(31):
        response = give_password(client, "wrong")

    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert text(response, "h1") == "Too many tries in a short time"


# --- Forgotten user name -----------------------------------------------------------------------


def ask_for_name(email):
    client = Client()
    with CaptureQueriesContext(connection) as queries:
        response = client.post("/sign-in/forgot-username/", {"email": email})
    return (response.status_code, response.url, statements(queries)), client.get(response.url)


def test_forgotten_user_name_goes_to_the_confirmed_address(user):
    ask_for_name("TQuinn@cedarworks.example")
    letter = letters("user_name")[0]

    assert letter.to == "tquinn@cedarworks.example"
    assert secret(letter) == {"user_name": "tquinn"}
    assert "tquinn" not in str(letter.context)


def test_answer_and_work_are_the_same_for_unknown_addresses(user):
    known, known_page = ask_for_name("tquinn@cedarworks.example")
    unknown, unknown_page = ask_for_name("nobody@cedarworks.example")

    assert known == unknown
    assert text(known_page, "main") == text(unknown_page, "main")
    assert [letter.to for letter in letters("user_name")] == ["tquinn@cedarworks.example"]


def test_unconfirmed_address_gets_no_letter():
    UserFactory(username="hasty", confirmed=False)

    ask_for_name("hasty@cedarworks.example")

    assert letters("user_name") == []


def test_fourth_request_for_one_address_within_the_hour_is_refused(client):
    with time_machine.travel("2026-11-20 15:00:10Z", tick=False):
        for _ in range(3):
            client.post("/sign-in/forgot-username/", {"email": "a@cedarworks.example"})
        response = client.post("/sign-in/forgot-username/", {"email": "A@cedarworks.example"})

    assert response.status_code == 429


# --- Forgotten password ------------------------------------------------------------------------


def ask_for_password(client, email):
    with CaptureQueriesContext(connection) as queries:
        response = client.post("/account/password/reset/", {"email": email})
    return response.status_code, response.url, statements(queries)


def test_new_password_by_code(client, user):
    other = Client()
    sign_in(other, user)
    ask_for_password(client, user.email)
    confirmed = client.post(
        "/account/password/reset/confirm/", {"code": latest_code("password_reset_code")}
    )
    done = client.post(
        confirmed.url,
        {"password1": "seven brown owls 3", "password2": "seven brown owls 3"},
        follow=True,
    )

    assert text(done, "h1") == "Your password is changed"
    assert User.objects.get().check_password("seven brown owls 3")
    assert not signed_in(client)
    assert not signed_in(other)
    assert letters("password_reset")[0].to == user.email
    assert "accounts.password_changed" in kinds()


def test_reset_answers_and_works_the_same_for_unknown_addresses(user):
    known, unknown = Client(), Client()

    assert ask_for_password(known, "tquinn@cedarworks.example") == ask_for_password(
        unknown, "nobody@cedarworks.example"
    )
    pages = [
        text(client.get("/account/password/reset/confirm/"), "main") for client in (known, unknown)
    ]
    assert pages[0].replace("tquinn", "X") == pages[1].replace("nobody", "X")
    wrong = [
        client.post("/account/password/reset/confirm/", {"code": "BBBB-BBBB"})
        for client in (known, unknown)
    ]
    assert errors(wrong[0]) == errors(wrong[1]) != []


def test_stranger_gets_no_letter(client):
    ask_for_password(client, "nobody@cedarworks.example")

    assert letters("password_reset_code") == letters("unknown_account") == []


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short7words", "at least 12 characters"),
        ("password1234", "too common"),
        ("tquinn@cedarworks", "too similar to the email address"),
        ("abababababab", "at least 5 different characters"),
        ("738194650284", "entirely numeric"),
        ("long words " * 12, "at most 128 characters"),
    ],
)
def test_password_rules(client, user, password, problem):
    ask_for_password(client, user.email)
    client.post("/account/password/reset/confirm/", {"code": latest_code("password_reset_code")})
    page = client.post(
        "/account/password/reset/complete/", {"password1": password, "password2": password}
    )

    assert any(problem in error for error in errors(page)), errors(page)
    assert User.objects.get().check_password(PASSWORD)


def test_account_made_for_an_address_with_capitals_signs_in_and_recovers_by_it(client):
    code, _key = issued_key(GrantFactory(email="Teresa.Quinn@CedarWorks.example"))
    user = create_account(code, **{**NEW_ACCOUNT, "password_hash": make_password(PASSWORD)})
    give_name(client, "teresa.quinn@cedarworks.example")
    give_password(client)
    ask_for_password(Client(), "TERESA.QUINN@cedarworks.example")

    assert user.email == "teresa.quinn@cedarworks.example"
    assert letters("login_code")[0].to == user.email
    assert letters("password_reset_code")[0].to == user.email
