"""Every form a visitor or a person may send: where it is, how to get there, and what fills it rightly."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from accounts.actions import review
from accounts.models import RegistrationRequest
from tests.accounts.steps import (
    add_app,
    confirm_person,
    give_name,
    give_password,
    latest_code,
)
from tests.factories import (
    PASSWORD,
    RegistrationRequestFactory,
    StaffFactory,
    UserFactory,
    issued_key,
)

DETAILS = {
    "first_name": "Teresa",
    "middle_initial": "M",
    "last_name": "Quinn",
    "title": "HR Manager",
    "company_legal_name": "Cedar Ridge Logistics, LLC",
    "fein": "04-1239031",
    "phone": "(413) 555-0188",
    "email": "teresa@cedarworks.example",
    "email_again": "teresa@cedarworks.example",
    "region": "MA",
    "role": "broker",
    "agency": "Harbor Benefits",
    "npn": "17654321",
    "signer_name": "Paul Hendricks",
    "signer_email": "paul@cedarworks.example",
    "authority": "on",
    "terms": "on",
}
ACCOUNT = {
    "username": "tquinn.new",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "picture": "lighthouse",
    "phrase": "Two loons on the lake",
    "first_name": "Teresa",
    "middle_initial": "M",
    "last_name": "Quinn",
    "title": "HR Manager",
    "phone": "413-555-0188",
    "company": "Cedar Ridge Logistics, LLC",
    "region": "MA",
    "terms": "on",
}
PROFILE = {
    name: ACCOUNT[name]
    for name in ("first_name", "middle_initial", "last_name", "title", "phone", "company")
}
NOMINATION = {
    "officer_name": "Paul Hendricks",
    "officer_title": "CFO",
    "officer_email": "paul@cedarworks.example",
    "officer_email_again": "paul@cedarworks.example",
    "officer_phone": "413-555-0115",
    "identified_by": "group_id",
    "identifier": "20533A",
    **{
        name: DETAILS[name]
        for name in (
            "company_legal_name", "fein", "first_name", "middle_initial", "last_name", "title", "email",
            "email_again", "phone", "region", "authority", "terms",
        )
    },
}  # fmt: skip
ISSUE = {
    "category": "other",
    "description": "The page did not load.",
    "page": "/register/",
    "name": "Teresa Quinn",
    "email": "teresa@cedarworks.example",
    "phone": "413-555-0188",
}
NEW_PASSWORD = "eight brown otters 2"


def nothing(_client: Client) -> None:
    """Be a visitor who has just come."""


def group_named(client, has_key="no"):
    client.post(
        "/register/", {"identified_by": "group_id", "identifier": "20533A", "has_key": has_key}
    )


def request_typed(client):
    group_named(client)
    client.post("/register/request/", DETAILS)


def request_opened(client, **traits):
    found = RegistrationRequestFactory(**traits)
    client.post("/register/status/", {"number": found.number, "email": found.contact_email})
    return found


def question_asked(client):
    found = request_opened(client)
    review.ask_for_information(
        found, question="Who are you?", version=found.version, by=StaffFactory()
    )


def key_expired(client):
    code, _digits = issued_key()
    code.state = "expired"
    code.save()
    found = request_opened(client, group=code.group, email=code.email)
    RegistrationRequest.objects.filter(pk=found.pk).update(state="approved", grant=code.grant)


def key_entered(client):
    code, digits = issued_key()
    client.post(
        "/register/",
        {"identified_by": "group_id", "identifier": code.group.group_id, "has_key": "yes"},
    )
    client.post("/register/key/", {"access_key": digits})


def nomination_typed(client):
    client.post("/nominate/", NOMINATION)


def nomination_opened(client):
    return request_opened(client, nominated=True)


def account_typed(client):
    key_entered(client)
    client.post("/register/account/", ACCOUNT)


def name_given(client):
    UserFactory(username="tquinn")
    give_name(client, "tquinn")


def password_given(client):
    name_given(client)
    give_password(client)


def code_given(client):
    password_given(client)
    client.post("/account/login/code/confirm/", {"code": latest_code()})


def app_asked(client):
    add_app(UserFactory(username="tquinn"))
    give_name(client, "tquinn")
    give_password(client)


def reset_asked(client):
    user = UserFactory(username="tquinn")
    client.post("/account/password/reset/", {"email": user.email})


def reset_code_given(client):
    reset_asked(client)
    client.post("/account/password/reset/confirm/", {"code": latest_code("password_reset_code")})


def signed_in(client):
    client.force_login(UserFactory(username="tquinn"))


def confirmed(path):
    def prepare(client):
        signed_in(client)
        confirm_person(client, path)

    return prepare


@dataclass(frozen=True)
class PublicForm:
    """A form at *path*, sent to *to* (the same when empty); *valid* is what goes through.

    *partners* names fields that may carry the error of another: the second of two e-mail addresses.
    *plain* forms say what is wrong without marking a field: they are buttons.
    """

    name: str
    path: str
    prepare: Callable[[Client], Any] = nothing
    valid: dict[str, str] = field(default_factory=dict)
    to: str = ""
    partners: dict[str, set[str]] = field(default_factory=dict)
    plain: bool = False

    @property
    def target(self) -> str:
        """Return where the form is sent."""
        return self.to or self.path

    def __str__(self) -> str:
        return self.name


OFFICER = {
    "officer_email": {"officer_email_again", "email"},
    "email": {"email_again"},
    "identified_by": {"identifier"},
}
EMAILS = {"email": {"email_again"}, "role": {"agency", "npn"}}
PASSWORDS = {"password": {"password_again"}}
RESEND = {"action": {"code"}}
REGISTER = {"identified_by": "policyholder_id", "identifier": "123456", "has_key": "no"}
STATUS = {"number": "REG-261117-0042", "email": "teresa@cedarworks.example"}
CORRECTION = {
    key: value
    for key, value in DETAILS.items()
    if key not in {"email", "email_again", "authority", "terms"}
}

FORMS = [
    PublicForm("cookies", "/cookies/", valid={"choice": "all"}, plain=True),
    PublicForm("region", "/region/", valid={"region": "MA"}),
    PublicForm("sign_in", "/sign-in/", valid={"login": "tquinn"}),
    PublicForm("home", "/", valid={"login": "tquinn"}, to="/sign-in/"),
    PublicForm("seal", "/sign-in/seal/", name_given, {"password": "not the password 3"}),
    PublicForm(
        "forgot_username", "/sign-in/forgot-username/", valid={"email": "teresa@cedarworks.example"}
    ),
    PublicForm(
        "login_code",
        "/account/login/code/confirm/",
        password_given,
        {"code": "BCDF-GHJK"},
        partners=RESEND,
    ),
    PublicForm("second_step", "/account/2fa/authenticate/", app_asked, {"code": "123456"}),
    PublicForm("trust", "/account/2fa/trust/", code_given, {"action": "skip"}, plain=True),
    PublicForm(
        "passkey",
        "/sign-in/",
        valid={"credential": "{}"},
        to="/account/2fa/webauthn/login/",
        plain=True,
    ),
    PublicForm("logout", "/account/logout/", signed_in, plain=True),
    PublicForm(
        "reset_password", "/account/password/reset/", valid={"email": "teresa@cedarworks.example"}
    ),
    PublicForm(
        "reset_code",
        "/account/password/reset/confirm/",
        reset_asked,
        {"code": "BCDF-GHJK"},
        partners=RESEND,
    ),
    PublicForm(
        "new_password",
        "/account/password/reset/complete/",
        reset_code_given,
        {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        partners={"password1": {"password2"}},
    ),
    PublicForm(
        "register", "/register/", valid=REGISTER, partners={"identified_by": {"identifier"}}
    ),
    PublicForm("check_identifier", "/register/", valid=REGISTER, to="/register/check/", plain=True),
    PublicForm("request_access", "/register/request/", group_named, DETAILS, partners=EMAILS),
    PublicForm("review_request", "/register/request/review/", request_typed, plain=True),
    PublicForm("find_request", "/register/status/", valid=STATUS, plain=True),
    PublicForm(
        "answer",
        "/register/status/view/",
        question_asked,
        {"text": "I am."},
        to="/register/status/answer/",
    ),
    PublicForm("correct", "/register/status/correct/", request_opened, CORRECTION, partners=EMAILS),
    PublicForm("withdraw", "/register/status/withdraw/", request_opened, plain=True),
    PublicForm(
        "new_key", "/register/status/view/", key_expired, to="/register/status/new-key/", plain=True
    ),
    PublicForm(
        "close_status",
        "/register/status/view/",
        request_opened,
        to="/register/status/close/",
        plain=True,
    ),
    PublicForm("enter_key", "/register/key/", group_named, {"access_key": "4000-0000-0000-0002"}),
    PublicForm("review_key", "/register/key/review/", key_entered, plain=True),
    PublicForm("create_account", "/register/account/", key_entered, ACCOUNT, partners=PASSWORDS),
    PublicForm("review_account", "/register/account/review/", account_typed, plain=True),
    PublicForm(
        "invited",
        "/register/invited/",
        valid={"email": "teresa@cedarworks.example", "access_key": "4000-0000-0000-0002"},
        partners={"email": {"access_key"}},
    ),
    PublicForm("nominate", "/nominate/", valid=NOMINATION, partners=OFFICER),
    PublicForm("review_nomination", "/nominate/review/", nomination_typed, plain=True),
    PublicForm(
        "correct_nomination",
        "/register/status/correct/",
        nomination_opened,
        {
            name: value
            for name, value in NOMINATION.items()
            if "email" not in name
            and name not in {"identified_by", "identifier", "authority", "terms"}
        },
    ),
    PublicForm("report_issue", "/report-an-issue/", valid=ISSUE),
    # signed in, but open to everybody who has an account
    PublicForm("redeem", "/enter-access-code/", signed_in, {"access_key": "4000-0000-0000-0002"}),
    PublicForm("profile", "/profile/", signed_in, PROFILE),
    PublicForm(
        "edit_seal",
        "/profile/seal/",
        confirmed("/profile/seal/"),
        {"picture": "lighthouse", "phrase": "Two loons on the lake"},
    ),
    PublicForm(
        "reauthenticate", "/account/reauthenticate/", signed_in, {"password": "not the password 3"}
    ),
    PublicForm(
        "change_password",
        "/account/password/change/",
        signed_in,
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        partners={"password1": {"password2"}},
    ),
    PublicForm(
        "change_email",
        "/account/email/",
        confirmed("/profile/seal/"),
        {"email": "new@cedarworks.example"},
    ),
    PublicForm(
        "add_app",
        "/account/2fa/totp/activate/",
        confirmed("/account/2fa/totp/activate/"),
        {"code": "123456"},
    ),
    PublicForm(
        "end_sessions",
        "/account/sessions/",
        signed_in,
        {"which": "others"},
        to="/account/sessions/end/",
        plain=True,
    ),
    PublicForm("extend_session", "/home/", signed_in, to="/session/extend/", plain=True),
]
BY_NAME = {form.name: form for form in FORMS}
