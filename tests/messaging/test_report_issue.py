"""Report an issue: before and after sign-in, whatever is typed."""

from datetime import UTC, datetime

import pytest
import time_machine

from messaging.models import IssueReport
from portal.models import AuditEvent, OutboundEmail
from tests.factories import UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
PAGE = "/report-an-issue/"
TYPED = {
    "category": "page",
    "description": "The page stays white.\r\nI tried twice.",
    "page": "/register/status/",
    "name": "Teresa Quinn",
    "email": "tquinn@cedarworks.example",
    "phone": "(413) 555-0114",
}


def test_visitor_reports_and_gets_number_and_promise(client):
    with time_machine.travel(
        datetime(2026, 11, 17, 15, 0, tzinfo=UTC)
    ):  # Tuesday, 10 a.m. in Boston
        page = client.post(PAGE, TYPED, headers={"User-Agent": "Lynx/2.9"}, follow=True)

    report = IssueReport.objects.get()
    assert report.number == "ISS-261117-0001"
    assert report.due_at == datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
    assert (report.description, report.phone) == (
        "The page stays white.\nI tried twice.",
        "4135550114",
    )
    assert (report.browser, report.user, report.page) == ("Lynx/2.9", None, "/register/status/")
    assert text(page, "#issue-number") == "ISS-261117-0001"
    assert "Thursday, November 19, 2026, 5:00 p.m. ET" in text(page, ".ep-title")


def test_letter_holds_the_number_and_nothing_typed(client):
    client.post(PAGE, TYPED)

    report = IssueReport.objects.get()
    letter = OutboundEmail.objects.get()
    assert (letter.to, letter.template) == (TYPED["email"], "messaging/issue_received")
    assert set(letter.context) == {"number", "due"}
    assert letter.context["number"] == report.number


def test_audit_event_without_what_was_typed(client):
    client.post(PAGE, TYPED)

    event = AuditEvent.objects.get(kind="messaging.issue_reported")
    assert (event.target_label, event.actor_key) == (IssueReport.objects.get().number, None)
    assert (event.note, event.changes) == ("", {})


def test_signed_in_person_is_filled_in_and_remembered(client):
    user = UserFactory(phone="4135550188")
    client.force_login(user)

    page = client.get(PAGE)
    client.post(PAGE, TYPED)

    assert select(page, "#id_name")[0].get("value") == "Teresa Quinn"
    assert select(page, "#id_email")[0].get("value") == user.email
    assert IssueReport.objects.get().user == user


@pytest.mark.parametrize(
    ("asked", "filled"),
    [
        ("/register/status/", "/register/status/"),
        ("/register/status/?email=t@x.example", "/register/status/"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("/\\evil.example", None),
        ("javascript:alert(1)", None),
        ("/a\nb", None),
        ("/" + "a" * 300, None),
        ("", None),
    ],
)
def test_page_is_filled_in_only_with_a_path_of_ours(client, asked, filled):
    page = client.get(PAGE, {"page": asked})

    assert select(page, "#id_page")[0].get("value") == filled


def test_browser_is_shown_as_text(client):
    page = client.get(PAGE, headers={"User-Agent": "Lynx/2.9 <b>"})

    assert text(page, ".ep-readonly dd") == "Lynx/2.9 <b>"
    assert not select(page, "[name=browser]")


def test_nothing_typed_is_lost_and_every_error_is_named(client):
    page = client.post(PAGE, {"description": "Kept", "phone": "555"})

    assert errors(page) == [
        "Choose what it is about",
        "Enter your name",
        "Enter your email address",
        "Enter a US phone number with 10 digits, such as 413-555-0114.",
    ]
    assert text(page, "#id_description") == "Kept"
    assert text(page, "title").startswith("Error: Report an issue")
    assert select(page, "#id_name")[0].get("aria-invalid") == "true"


HOSTILE = [
    "\x00",
    "a\x00b",
    "\x07",
    "\u202eevil",
    "\u200f",
    "<script>alert(1)</script>",
    "👩‍💻🏳️‍🌈",
    "مرحبا",
    "x" * 1_000_000,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("field", TYPED)
def test_hostile_input_is_refused_on_the_page_or_taken_whole(client, field, value):
    page = client.post(PAGE, {**TYPED, field: value}, follow=True)

    assert page.status_code == 200
    assert bool(errors_or_none(page)) != IssueReport.objects.exists()
    assert b"<script>alert(1)" not in page.content


def errors_or_none(page):
    return select(page, "[data-error-summary] li")


@pytest.mark.parametrize("field", TYPED)
def test_a_field_sent_as_file_or_twice_does_no_harm(client, field):
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("a.txt", b"\xff\xfe")
    page = client.post(PAGE, {**TYPED, field: file})

    assert page.status_code in {200, 302}


def test_invisible_characters_are_dropped_from_a_pasted_text(client):
    client.post(PAGE, {**TYPED, "description": "one\u202etwo\x07 👩‍💻\tend"})

    assert IssueReport.objects.get().description == "onetwo 👩‍💻\tend"


def test_eleventh_report_of_an_hour_waits_and_keeps_what_was_typed(client):
    with time_machine.travel(datetime(2026, 11, 17, 15, 30, tzinfo=UTC), tick=False):
        for _ in range(10):
            client.post(PAGE, TYPED)
        page = client.post(PAGE, TYPED)

    assert page.status_code == 429
    assert page["Retry-After"] == "1801"
    assert errors(page) == ["That is many reports in a short time. Try again in 31 minutes."]
    assert select(page, "#id_name")[0].get("value") == "Teresa Quinn"
    assert IssueReport.objects.count() == 10


def test_thank_you_page_without_a_report_leads_to_the_form(client):
    assert client.get("/report-an-issue/sent/").url == PAGE


def test_query_counts(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(PAGE)
    client.post(PAGE, TYPED)
    with django_assert_num_queries(1):  # the session
        client.get("/report-an-issue/sent/")
