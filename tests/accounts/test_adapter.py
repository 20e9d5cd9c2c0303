from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.template.loader import get_template
from django.test import RequestFactory

from portal import mail
from portal.models import OutboundEmail
from tests.accounts.steps import letters, secret
from tests.html import text

pytestmark = pytest.mark.django_db

# Every letter that the installed allauth can send through the flows that are switched on.
LETTERS = [
    "account_already_exists", "email_changed", "email_confirmation", "email_confirmation_signup",
    "email_deleted", "login_code", "password_changed", "password_reset", "password_reset_code", "password_set",
    "recovery_codes_generated", "totp_activated", "totp_deactivated", "webauthn_added", "webauthn_removed",
]  # fmt: skip


@pytest.mark.parametrize("name", LETTERS)
def test_every_letter_has_a_subject_a_body_and_nothing_left_open(name):
    get_adapter().send_mail(
        f"account/email/{name}",
        "tquinn@cedarworks.example",
        {"code": "BCDF-GHJK", "user": object()},
    )
    subject, body, html = mail.render(letters(name)[0])

    assert 5 < len(subject) < 70
    assert len(body.split()) > 15
    assert "{{" not in body + subject
    assert "tquinn" not in body + html


@pytest.mark.parametrize("name", ["login_code", "password_reset_code", "email_confirmation"])
def test_code_stands_in_the_letter_and_not_in_its_subject(name):
    get_adapter().send_mail(f"account/email/{name}", "a@b.example", {"code": "BCDF-GHJK"})
    subject, body, html = mail.render(letters(name)[0])

    assert "BCDF-GHJK" in body
    assert "BCDF-GHJK" in html
    assert "BCDF" not in subject


def test_letters_hold_neither_address_nor_browser_of_the_visitor():
    get_adapter().send_mail(
        "account/email/password_changed",
        "a@b.example",
        {"ip": "203.0.113.9", "user_agent": "Firefox"},
    )
    letter = OutboundEmail.objects.get()

    assert list(letter.context) == ["when"]
    assert letter.sealed is None


def test_two_letters_of_a_kind_are_two_letters():
    for _ in range(2):
        get_adapter().send_mail("account/email/login_code", "a@b.example", {"code": "BCDF-GHJK"})

    assert len(letters("login_code")) == 2
    assert secret(letters("login_code")[0]) == {"code": "BCDF-GHJK"}


def test_every_letter_on_file_is_used():
    on_file = {
        path.stem for path in Path(settings.BASE_DIR / "templates/email/account").glob("*.txt")
    }

    assert on_file == {*LETTERS, "seal_changed", "user_name"}


def test_sign_up_is_closed(client):
    page = client.get("/account/signup/")
    client.post(
        "/account/signup/", {"username": "intruder", "email": "a@b.example", "password1": "x"}
    )

    assert text(page, "h1") == "Accounts need an Access Key"
    assert not get_adapter().is_open_for_signup(RequestFactory().get("/"))


def test_templates_of_allauth_are_ours():
    """A page of allauth that we forgot would show up in a look of its own."""
    templates = Path(settings.BASE_DIR / "templates")
    for name in [
        "account/password_change.html",
        "mfa/index.html",
        "mfa/trust.html",
        "account/logout.html",
    ]:
        assert Path(get_template(name).origin.name).is_relative_to(templates)
