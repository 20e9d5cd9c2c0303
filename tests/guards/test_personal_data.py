"""Personal data stays in the rows meant for it: not in logs, addresses, the outbox's open part, nor secrets in history.

One long story with values that nothing else contains, then a search for them.
"""

import json
import logging
import smtplib

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from accounts.actions import review
from accounts.models import AccessCode, RegistrationRequest
from portal import mail
from portal.logs import JsonFormatter
from portal.models import AuditEvent, OutboundEmail
from portal.sealed import unseal
from tests.accounts.steps import give_code, latest_code, sign_in
from tests.factories import EmployerGroupFactory, RegistrationRequestFactory, StaffFactory
from tests.html import select

pytestmark = pytest.mark.django_db

PERSON = {
    "first_name": "Zephyrine",
    "last_name": "Quatermain",
    "email": "zephyrine.q@oddmail.example",
    "phone": "4135550188",
    "fein": "047654321",
    "signer_name": "Balthazar Umberfield",
    "signer_email": "balthazar@umberfield.example",
}
FORM = {
    **PERSON,
    "middle_initial": "X",
    "title": "Keeper of lists",
    "company_legal_name": "Cedar Works",
    "email_again": PERSON["email"],
    "region": "MA",
    "role": "primary_administrator",
    "agency": "",
    "npn": "",
    "authority": "on",
    "terms": "on",
}
CORRECTED = {
    "last_name": "Quatermain-Yarrow",
    "title": "Keeper of more lists",
    "fein": "043182706",
    "phone": "4135550177",
    "signer_email": "ulrich@umberfield.example",
}
DECLINE_REASON = "Balthazar Umberfield never heard of Zephyrine."
ANSWER = "My cousin Ottoline signs for me."
QUESTION = "Is Ottoline your cousin?"
ACCOUNT = {
    "username": "zephyrine.odd",
    "password": "nine violet herons 4",
    "password_again": "nine violet herons 4",
    "picture": "lighthouse",
    "phrase": "Otters under umbrellas",
    "first_name": PERSON["first_name"],
    "middle_initial": "",
    "last_name": PERSON["last_name"],
    "title": "Keeper of lists",
    "phone": PERSON["phone"],
    "company": "Cedar Works",
    "region": "MA",
    "terms": "on",
}
OFFICER = {
    "officer_name": "Ferdinanda Plumtree",
    "officer_title": "Keeper of keepers",
    "officer_email": "ferdinanda@plumtree.example",
    "officer_phone": "4135550166",
}
NOMINATION = {
    **FORM,
    **OFFICER,
    "officer_email_again": OFFICER["officer_email"],
    "identified_by": "group_id",
    "first_name": "Isambard",
    "last_name": "Voss",
    "email": "isambard@oddmail.example",
    "email_again": "isambard@oddmail.example",
}
ISSUE = {
    "category": "other",
    "description": "The page forgot Ottoline.",
    "page": "/register/",
    "name": "Zephyrine Quatermain",
    "email": PERSON["email"],
    "phone": PERSON["phone"],
}
WRONG_PASSWORD = "seven crimson geese 5"
SECRETS = {ACCOUNT["password"], ACCOUNT["phrase"], WRONG_PASSWORD}
TYPED = {
    *PERSON.values(),
    *CORRECTED.values(),
    *OFFICER.values(),
    *(NOMINATION[name] for name in ("first_name", "last_name", "email")),
    DECLINE_REASON,
    ANSWER,
    QUESTION,
    ISSUE["description"],
    ACCOUNT["username"],
    "Ottoline",
} | SECRETS


class RefusingBackend(BaseEmailBackend):
    """A mail server that repeats the address in its refusal, as they do."""

    def send_messages(self, messages):
        to = messages[0].to[0]
        raise smtplib.SMTPRecipientsRefused({to: (450, f"<{to}>: try later".encode())})


class Lines(logging.Handler):
    """Keep what production would print, at the most talkative level."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def lines():
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(before)


class WatchedClient(Client):
    """A browser that remembers every address it was sent to."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def request(self, **environ):
        response = super().request(**environ)
        self.addresses += [
            response.get("Location", ""),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
        ]
        return response


def secret_of(template, name):
    letter = OutboundEmail.objects.filter(template=template).latest("pk")
    return json.loads(unseal(letter.sealed, place=f"mail:{letter.key}"))[name]


def ask_for_access(browser, group):
    browser.post(
        "/register/", {"identified_by": "group_id", "identifier": group.group_id, "has_key": "no"}
    )
    browser.post("/register/request/", {**FORM, "email_again": "other@oddmail.example"})
    browser.post("/register/request/", FORM)
    browser.get("/register/request/review/")
    assert browser.post("/register/request/review/", follow=True).status_code == 200
    return RegistrationRequest.objects.get()


def follow_the_request(browser, request, staff):
    browser.post("/register/status/", {"number": "REG-000000-0000", "email": PERSON["email"]})
    browser.post("/register/status/", {"number": request.number, "email": PERSON["email"]})
    review.ask_for_information(request, question=QUESTION, version=request.version, by=staff)
    assert QUESTION in browser.get("/register/status/view/").content.decode()
    browser.post("/register/status/answer/", {"text": ANSWER})
    assert browser.post("/register/status/correct/", {**FORM, **CORRECTED}).status_code == 302
    request.refresh_from_db()
    for _first_and_second in range(2):
        request = review.approve_request(request, version=request.version, by=StaffFactory())
    return secret_of("accounts/access_key", "access_key")


def make_the_account(browser, group, key):
    browser.post(
        "/register/", {"identified_by": "group_id", "identifier": group.group_id, "has_key": "yes"}
    )
    browser.post("/register/key/", {"access_key": "4000-0000-0000-0002"})
    browser.post("/register/key/", {"access_key": key})
    browser.post("/register/key/review/")
    browser.post("/register/account/", {**ACCOUNT, "password_again": WRONG_PASSWORD})
    browser.post("/register/account/", ACCOUNT)
    assert browser.post("/register/account/review/", follow=True).status_code == 200
    return AccessCode.objects.get().redeemed_by


def come_and_go(browser, user):
    browser.post("/account/logout/")
    browser.post("/sign-in/", {"login": ACCOUNT["username"]})
    browser.get("/sign-in/seal/")
    browser.post("/sign-in/seal/", {"password": WRONG_PASSWORD})
    browser.post("/sign-in/seal/", {"password": ACCOUNT["password"]})
    give_code(browser, "WRNG-WRNG")
    give_code(browser, latest_code())
    browser.post("/account/2fa/trust/", {"action": "skip"})
    for page in ("/home/", "/profile/", "/account/sessions/"):
        browser.get(page, follow=True)
    browser.post(
        "/profile/",
        {
            **{
                name: ACCOUNT[name]
                for name in ("first_name", "middle_initial", "last_name", "phone")
            },
            "title": "x",
            "company": "",
        },
    )
    browser.post("/report-an-issue/", ISSUE)
    browser.post("/account/logout/")
    browser.post("/sign-in/forgot-username/", {"email": PERSON["email"]})
    browser.post("/account/password/reset/", {"email": PERSON["email"]})
    browser.post("/account/password/reset/", {"email": "nobody.known@oddmail.example"})


def designate_somebody(browser, group, staff):
    """Send the group officer's form, have it approved, and try a wrong code as the invited person would."""
    form = {**NOMINATION, "identifier": group.group_id}
    browser.post("/nominate/", {**form, "officer_email_again": "other@oddmail.example"})
    browser.post("/nominate/", form)
    browser.get("/nominate/form.pdf")
    assert browser.post("/nominate/review/", follow=True).status_code == 200
    request = RegistrationRequest.objects.get(email=form["email"])
    browser.post("/register/status/", {"number": request.number, "email": form["email"]})
    browser.get("/register/status/view/")
    for person in (staff, StaffFactory()):
        request = review.approve_request(request, version=request.version, by=person)
    code = {"email": form["email"], "access_key": "4000-0000-0000-0002"}
    assert browser.post("/register/invited/", code).status_code == 200


def sessions():
    """Return what the sessions of all browsers hold now."""
    return [session.get_decoded() for session in Session.objects.all()]


def decline_another(staff):
    """Decline a second request, with a reason that names people."""
    request = RegistrationRequestFactory()
    review.decline_request(request, reason=DECLINE_REASON, version=request.version, by=staff)


@pytest.fixture
def story(lines, settings):
    """Walk the whole story; return the browser, the key and what was logged."""
    cache.clear()  # the limits of the stories before
    group, staff, browser = EmployerGroupFactory(), StaffFactory(), WatchedClient()
    key = follow_the_request(browser, ask_for_access(browser, group), staff)
    user = make_the_account(browser, group, key)
    browser.left_behind = sessions()
    come_and_go(browser, user)
    browser.left_behind += sessions()
    designate_somebody(browser, group, staff)
    browser.left_behind += sessions()
    decline_another(staff)
    assert (
        sign_in(
            browser, type("Name", (), {"username": ACCOUNT["username"].replace("odd", "nobody")})
        )
        is not None
    )
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    mail.deliver_due()
    return browser, key, lines


def found_in(text, values):
    return sorted(value for value in values if value.lower() in text.lower())


def keys_written(key):
    return {key, key.replace("-", "")}


def test_logs_addresses_and_outbox_hold_no_personal_data(story):
    browser, key, lines = story
    values = TYPED | keys_written(key)

    assert len(lines) > 40  # the story was logged at all
    assert any("portal.access" in line for line in lines)
    assert any("mail not sent" in line for line in lines)
    assert found_in("\n".join(lines), values) == []
    assert found_in("\n".join(browser.addresses), values) == []
    contexts = json.dumps(
        list(OutboundEmail.objects.values("context", "key", "last_error", "template"))
    )
    assert OutboundEmail.objects.count() >= 8
    assert found_in(contexts, values) == []
    assert "@" not in contexts


def test_history_holds_no_secret(story):
    _browser, key, _lines = story
    history = json.dumps(list(AuditEvent.objects.values()), default=str)

    assert AuditEvent.objects.count() > 10
    assert (
        found_in(
            history,
            SECRETS | keys_written(key) | {PERSON["fein"], PERSON["phone"], ANSWER, "Ottoline"},
        )
        == []
    )


def test_history_repeats_nothing_that_was_typed(story):
    """Who acted and on what stands there as a label; what was written into a row stands in the row alone."""
    _browser, key, _lines = story
    kinds = set(AuditEvent.objects.values_list("kind", flat=True))
    written = json.dumps(list(AuditEvent.objects.values_list("changes", "note")), default=str)

    assert {
        "accounts.registration_corrected", "accounts.registration_declined", "accounts.profile_edited",
    } <= kinds  # fmt: skip
    assert found_in(written, TYPED | keys_written(key)) == []


def test_nothing_typed_is_left_in_a_session(story):
    browser, key, _lines = story

    assert browser.left_behind
    assert found_in(json.dumps(browser.left_behind), TYPED | keys_written(key)) == []
    assert "argon2" not in json.dumps(browser.left_behind)
    assert "md5$" not in json.dumps(browser.left_behind)


def test_letters_name_nobody(story):
    """Whoever reads over the shoulder, or gets a misdirected letter, learns no name and no number of a person."""
    for letter in OutboundEmail.objects.exclude(template__in=["account/user_name"]):
        subject, body, html = mail.render(letter)

        assert found_in(subject + body + html, TYPED - {ACCOUNT["username"]}) == [], letter.template


def test_forms_with_personal_data_are_sent_by_post(client):
    for path in (
        "/",
        "/register/",
        "/register/status/",
        "/register/invited/",
        "/nominate/",
        "/sign-in/",
        "/report-an-issue/",
        "/sign-in/forgot-username/",
    ):
        gets = [
            form.get("action")
            for form in select(client.get(path), "form")
            if form.get("method", "get").lower() != "post"
        ]
        assert gets == [], path
