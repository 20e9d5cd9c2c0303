import json
import re

import pytest
import time_machine
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.test import Client

from portal.models import AuditEvent
from tests.accounts.soft_key import SoftKey
from tests.accounts.steps import (
    APP_SECRET,
    add_app,
    app_code,
    confirm_person,
    give_name,
    give_password,
    letters,
    sign_in,
)
from tests.factories import UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory(username="tquinn")


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Let what waits for the commit happen."""
    return django_capture_on_commit_callbacks


def to_the_second_step(client):
    give_name(client, "tquinn")
    return give_password(client)


def set_up_app(client):
    """Set up an authenticator app as a person does; return the secret and the last page."""
    from time import time

    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    page = confirm_person(client, "/account/2fa/totp/activate/")
    secret = text(page, ".ep-code")
    code = format_hotp_value(hotp_value(secret, int(time()) // 30))
    return secret, client.post("/account/2fa/totp/activate/", {"code": code}, follow=True)


def test_app_is_asked_instead_of_the_email(client, user):
    add_app(user)
    second = to_the_second_step(client)
    page = client.get(second.url)
    third = client.post(second.url, {"code": app_code()})
    client.post(third.url, {"action": "skip"})

    assert second.url == "/account/2fa/authenticate/"
    assert text(page, "h1") == "Confirm that it is you"
    assert letters("login_code") == []
    assert client.session[SESSION_KEY] == str(user.pk)


def test_code_of_the_app_works_once(client, user):
    add_app(user)
    with time_machine.travel("2026-11-20 15:00:00Z", tick=False):
        code = app_code()
        client.post(to_the_second_step(client).url, {"code": code})
        other = Client()
        page = other.post(to_the_second_step(other).url, {"code": code})

    assert errors(page) == [
        "This code is not right. Codes change every 30 seconds; enter the current one."
    ]


def test_wrong_code_of_the_app_is_written_down(client, user):
    add_app(user)
    page = client.post(to_the_second_step(client).url, {"code": "000000x"})

    assert text(page, "title").startswith("Error:")
    assert AuditEvent.objects.first().kind == "accounts.code_refused"


def test_setting_up_an_app_encrypts_its_secret_and_tells_the_person(client, user, committed):
    sign_in(client, user)
    with committed(execute=True):
        secret, page = set_up_app(client)
    stored = Authenticator.objects.get(type="totp").data["secret"]

    assert text(page, "h1") == "Recovery codes"
    assert secret not in stored
    assert letters("totp_activated")[0].to == user.email
    events = AuditEvent.objects.filter(kind="accounts.second_step_changed")
    assert {event.note for event in events} == {"totp added", "recovery_codes added"}


def test_recovery_code_opens_once(client, user):
    sign_in(client, user)
    _secret, page = set_up_app(client)
    code = text(page, ".ep-code")
    client.post("/account/logout/")
    first = client.post(to_the_second_step(client).url, {"code": code})
    other = Client()
    second = other.post(to_the_second_step(other).url, {"code": code})

    assert first.url == "/account/2fa/trust/"
    assert second.status_code == 200


def test_recovery_codes_can_be_downloaded_and_made_anew(client, user, committed):
    sign_in(client, user)
    set_up_app(client)
    old = client.get("/account/2fa/recovery-codes/download/").content.decode()
    with committed(execute=True):
        client.post("/account/2fa/recovery-codes/generate/")
    new = client.get("/account/2fa/recovery-codes/download/").content.decode()

    assert old.startswith("Recovery codes for Evergreen Health Plan. Each works once.")
    assert len(re.findall(r"^\d{8}$", new, re.MULTILINE)) == 10
    assert old != new
    assert letters("recovery_codes_generated") != []


def test_app_can_be_removed_and_the_email_code_is_back(client, user, committed):
    sign_in(client, user)
    set_up_app(client)
    page = client.get("/account/2fa/totp/deactivate/")
    with committed(execute=True):
        client.post("/account/2fa/totp/deactivate/")
    client.post("/account/logout/")

    assert text(page, "h1") == "Remove the authenticator app"
    assert not Authenticator.objects.exists()
    assert letters("totp_deactivated")[0].to == user.email
    assert to_the_second_step(client).url == "/account/login/code/confirm/"


def test_overview_says_what_is_set_up(client, user):
    sign_in(client, user)
    before = [
        " ".join(s.text_content().split())
        for s in select(client.get("/account/2fa/"), ".ep-status")
    ]
    set_up_app(client)
    after = [
        " ".join(s.text_content().split())
        for s in select(client.get("/account/2fa/"), ".ep-status")
    ]

    assert before == ["Not set up", "Not set up", "None yet"]
    assert after == ["In use", "Not set up", "10 codes left"]


def test_passkey_pages_carry_their_options_and_no_inline_script(client, user):
    add_app(user)
    second = client.get(to_the_second_step(client).url)
    client.post("/account/2fa/authenticate/", {"code": app_code()})
    client.post("/account/2fa/trust/", {"action": "skip"})
    add = confirm_person(client, "/account/2fa/webauthn/add/")

    for page, kind in [(second, "get"), (add, "create")]:
        assert select(page, "form[data-passkey]")[0].get("data-passkey") == kind
        inline = [s for s in select(page, "script") if not s.get("src")]
        assert [s.get("type") for s in inline] == ["application/json"]
    assert select(client.get("/account/2fa/webauthn/"), ".ep-title__actions a") != []


def options(page):
    """Return what the page asks the passkey."""
    data = json.loads(select(page, "#passkey-options")[0].text)
    return data.get("creation_options") or data["request_options"]


@pytest.fixture
def key(user):
    return SoftKey(user_pk_to_url_str(user).encode())


@pytest.fixture
def with_key(client, user, key, committed):
    """Give a signed-in person whose passkey signs in alone."""
    sign_in(client, user)
    page = confirm_person(client, "/account/2fa/webauthn/add/")
    with committed(execute=True):
        client.post(
            "/account/2fa/webauthn/add/",
            {"name": "Laptop", "passwordless": "on", "credential": key.create(options(page))},
        )
    return client


def ask_at_sign_in(client):
    response = client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    return response.json()["request_options"]


def test_passkey_is_added_and_told_by_mail(with_key, user):
    assert "Laptop" in text(with_key.get("/account/2fa/webauthn/"), "tbody")
    assert letters("webauthn_added")[0].to == user.email
    assert AuditEvent.objects.filter(note="webauthn added").count() == 1


def test_passkey_alone_signs_in(with_key, user, key):
    visitor = Client()
    answer = key.get(ask_at_sign_in(visitor))
    response = visitor.post(
        "/account/2fa/webauthn/login/", {"credential": answer, "next": "/profile/"}
    )

    assert response.url == "/profile/"
    assert visitor.session[SESSION_KEY] == str(user.pk)


def test_forged_answer_of_a_passkey_is_refused(with_key, key):
    visitor = Client()
    answer = key.get(ask_at_sign_in(visitor), forged=True)
    page = visitor.post("/account/2fa/webauthn/login/", {"credential": answer}, follow=True)

    assert "The passkey was not accepted" in text(page, ".ep-messages")
    assert SESSION_KEY not in visitor.session


def test_answer_of_a_passkey_works_once(with_key, key):
    visitor, thief = Client(), Client()
    answer = key.get(ask_at_sign_in(visitor))
    visitor.post("/account/2fa/webauthn/login/", {"credential": answer})
    ask_at_sign_in(thief)
    thief.post("/account/2fa/webauthn/login/", {"credential": answer})

    assert SESSION_KEY not in thief.session


def test_passkey_is_the_second_step_after_the_password(with_key, user, key):
    visitor = Client()
    page = visitor.get(to_the_second_step(visitor).url)
    wrong = visitor.post("/account/2fa/authenticate/", {"credential": "{}"})
    third = visitor.post("/account/2fa/authenticate/", {"credential": key.get(options(wrong))})

    assert options(page)["publicKey"]["allowCredentials"] != []
    assert errors(wrong) == ["The passkey was not accepted. Try again, or choose another way."]
    assert third.url == "/account/2fa/trust/"


def test_passkey_confirms_the_person_instead_of_the_password(with_key, key):
    with_key.post("/account/logout/")
    answer = key.get(ask_at_sign_in(with_key))
    with_key.post("/account/2fa/webauthn/login/", {"credential": answer})
    path = "/account/2fa/webauthn/reauthenticate/?next=/profile/seal/"
    page = with_key.get(path)
    response = with_key.post(path, {"credential": key.get(options(page))}, follow=True)

    assert text(response, "h1") == "Your Sign-in Seal"


@pytest.mark.parametrize("credential", ["", "{}", '{"id": 1}', "[" * 50_000])
def test_junk_is_not_added_as_a_passkey(client, user, credential):
    sign_in(client, user)
    confirm_person(client, "/account/2fa/webauthn/add/")
    page = client.post("/account/2fa/webauthn/add/", {"credential": credential})

    assert page.status_code == 200
    assert errors(page)[0].startswith("The passkey was not accepted.")
    assert not Authenticator.objects.exists()


def test_code_of_the_app_confirms_the_person_instead_of_the_password(client, user):
    client.force_login(user)
    add_app(user)
    path = "/account/2fa/reauthenticate/?next=/profile/seal/"
    wrong = client.post(path, {"code": "x"})
    response = client.post(path, {"code": app_code()}, follow=True)

    assert text(wrong, "title").startswith("Error:")
    assert text(response, "h1") == "Your Sign-in Seal"


def test_passkey_sign_in_offers_a_challenge(client):
    response = client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})

    assert "challenge" in response.json()["request_options"]["publicKey"]


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "x",
        "{}",
        '{"id": 1}',
        '{"id": "x", "rawId": "x", "response": {}}',
        "[]",
        "null",
        "a\x00",
        "[" * 50_000,
    ],
)
def test_junk_instead_of_a_passkey_leads_back(client, user, credential):
    add_app(user)
    to_the_second_step(client)

    assert (
        client.post("/account/2fa/webauthn/login/", {"credential": credential}).status_code == 302
    )
    assert client.post("/account/2fa/authenticate/", {"credential": credential}).status_code in {
        200,
        302,
    }


def test_names_of_passkeys_can_be_changed_and_keys_removed(client, user):
    key = Authenticator.objects.create(
        user=user, type="webauthn", data={"name": "Laptop", "credential": {}}
    )
    Authenticator.objects.filter(pk=key.pk)
    client.force_login(user)
    renamed = confirm_person(client, f"/account/2fa/webauthn/keys/{key.pk}/edit/")
    client.post(f"/account/2fa/webauthn/keys/{key.pk}/edit/", {"name": "Office laptop"})
    listed = client.get("/account/2fa/webauthn/")
    asked = client.get(f"/account/2fa/webauthn/keys/{key.pk}/remove/")
    client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/")

    assert text(renamed, "h1") == "Rename a passkey"
    assert "Office laptop" in text(listed, "tbody")
    assert text(asked, "h1") == "Remove Office laptop"
    assert letters("webauthn_removed")[0].to == user.email


def test_secret_in_the_app_is_labelled_without_the_email_address(client, user):
    from accounts.adapter import SecondStepAdapter

    url = SecondStepAdapter().build_totp_url(user, APP_SECRET)

    assert url.startswith("otpauth://totp/tquinn?")
    assert "issuer=Evergreen%20Health%20Plan" in url
