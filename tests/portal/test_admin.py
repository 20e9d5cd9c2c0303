import re

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from portal import audit, mail
from portal.models import AuditEvent, OutboundEmail
from portal.staff import in_words
from tests.factories import RegistrationRequestFactory, UserFactory, issued_key
from tests.html import select, text
from tests.staff import QUEUE, browser_of, page_of, staff_with

pytestmark = pytest.mark.django_db
EMAILS, TRAIL = "/staff/portal/outboundemail/", "/staff/portal/auditevent/"
PAGES = [
    "/staff/", QUEUE, f"{QUEUE}add/", "/staff/accounts/", "/staff/accounts/user/", "/staff/accounts/grant/",
    "/staff/accounts/accesscode/", "/staff/accounts/agency/", "/staff/accounts/agency/add/",
    "/staff/accounts/accessimport/", "/staff/accounts/accessimport/add/", "/staff/groups/employergroup/", TRAIL, EMAILS,
    "/staff/messaging/issuereport/",
]  # fmt: skip


@pytest.fixture
def browser():
    return browser_of(staff_with("am_supervisor", first_name="Ben", last_name="Whitaker"))


def failed(key="accounts.test:1"):
    """Return a letter that the mail server refused."""
    mail.send("accounts/person_reactivated", to="t@cedar.example", key=key, secret={"k": "s3cr3t"})
    OutboundEmail.objects.filter(key=key).update(
        state=OutboundEmail.State.FAILED, attempts=16, last_error="recipient refused: 550"
    )
    return OutboundEmail.objects.get(key=key)


@pytest.mark.parametrize("page", PAGES)
def test_every_list_is_fine_with_nothing_in_it(browser, page):
    response = browser.get(page)

    assert response.status_code == 200
    assert len(select(response, "h1")) == 1


@pytest.mark.parametrize("page", PAGES)
def test_no_page_needs_inline_scripts_or_styles(browser, page):
    issued_key()
    content = browser.get(page).content.decode()

    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", content)


@pytest.mark.parametrize("page", PAGES)
def test_every_list_breaks_on_no_query(browser, page):
    for query in (
        "q=%00",
        "q=" + "x" * 3000,
        "p=999",
        "p=x",
        "o=99",
        "o=a.b",
        "e=1",
        "state=x",
        "kind=%00",
    ):
        response = browser.get(f"{page}?{query}", follow=True)
        assert response.status_code in {200, 400}, query


def test_only_our_own_tables_are_shown():
    labels = {model._meta.app_label for model in admin.site._registry}

    assert labels == {"portal", "groups", "accounts", "messaging"}
    with pytest.raises(NoReverseMatch):
        reverse("admin:mfa_authenticator_changelist")


def test_the_navigation_shows_what_a_person_may_open():
    page = browser_of(staff_with("billing_staff")).get("/staff/")

    links = [link.text.strip() for link in select(page, ".ep-staff-nav--wide a")]
    assert links == ["Groups", "Plans", "Rates", "People", "Access", "Issues"]


def test_staff_without_a_role_are_told():
    page = browser_of(UserFactory(is_staff=True)).get("/staff/")

    assert "Your role opens nothing here." in text(page, "main")


def test_the_navigation_counts_in_one_statement(browser, django_assert_num_queries):
    failed()
    RegistrationRequestFactory.create_batch(3)

    page = browser.get(f"{QUEUE}add/")

    counts = [count.text for count in select(page, ".ep-staff-nav--wide .ep-count")]
    assert counts == ["3", "1"]
    # session, person, its clock, two of permissions, counts; and the four of the carrier's scope
    with django_assert_num_queries(10):
        browser.get(f"{QUEUE}add/")


def test_public_pages_count_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/").status_code == 200


def test_a_failed_letter_is_sent_again(browser):
    letter = failed()

    home = browser.get("/staff/")
    page = browser.get(f"{EMAILS}{letter.pk}/change/")
    done = browser.post(f"{EMAILS}{letter.pk}/send-again/", follow=True)

    assert "1 email could not be sent." in text(home, ".ep-notice--bad")
    assert select(page, "form[action$='/send-again/']")
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == ("queued", 0)
    assert text(done, ".ep-messages") == "1 email is sent again within a minute."
    assert AuditEvent.objects.get(kind="portal.email_requeued").target_key == str(letter.pk)
    again = browser.post(f"{EMAILS}{letter.pk}/send-again/", follow=True)
    assert text(again, ".ep-messages") == "No failed email here. Nothing was sent again."


def test_all_failed_letters_are_sent_again(browser):
    letters = [failed(f"accounts.test:{number}") for number in range(3)]
    mail.send("accounts/person_reactivated", to="x@cedar.example", key="waiting")

    page = browser.post(f"{EMAILS}send-again/", follow=True)

    assert text(page, ".ep-messages") == "3 emails are sent again within a minute."
    assert OutboundEmail.objects.filter(state="queued").count() == len(letters) + 1


def test_what_is_sealed_stays_sealed(browser):
    letter = failed()

    page = browser.get(f"{EMAILS}{letter.pk}/change/")

    assert b"s3cr3t" not in page.content
    assert "Yes, erased with the sending" in text(page, "dl")


@pytest.mark.parametrize("role", ["am_specialist", "read_only", "billing_staff"])
def test_who_may_not_send_again(role):
    letter = failed()
    client = browser_of(staff_with(role))

    assert client.post(f"{EMAILS}{letter.pk}/send-again/").status_code == 403
    assert client.post(f"{EMAILS}send-again/").status_code == 403
    letter.refresh_from_db()
    assert letter.state == "failed"


def test_the_trail_is_filtered_by_kind_date_and_target(browser):
    case = RegistrationRequestFactory()
    by = UserFactory(first_name="Ruth", last_name="Delaney")
    audit.record("accounts.registration_taken", by=by, target=case, changes={"state": ("a", "b")})
    audit.record("accounts.signed_in", by=by, target=by)

    def found(query):
        return len(select(browser.get(f"{TRAIL}?{query}"), "tbody tr"))

    assert found("kind=accounts.registration_taken") == 1
    assert found("target_type=accounts.user") == 1
    assert found(f"target_type=accounts.registrationrequest&target_key={case.pk}") == 1
    assert found(f"q={case.number}") == 1
    assert found("q=Ruth") == 2
    assert found("at__gte=2001-01-01+00:00:00-05:00&at__lt=2001-01-02+00:00:00-05:00") == 0


def test_an_event_is_read_and_never_changed(browser):
    case = RegistrationRequestFactory()
    audit.record(
        "accounts.registration_taken", by=None, target=case, changes={"state": ("a", "<b>b</b>")}
    )
    event = AuditEvent.objects.get()

    page = browser.get(f"{TRAIL}{event.pk}/change/")

    assert text(page, "h1") == "Nobody signed in took the request"
    assert "state: a, now <b>b</b>" in text(page, "dl")
    assert browser.post(f"{TRAIL}{event.pk}/change/", {"note": "x"}).status_code == 403
    assert browser.post(f"{TRAIL}{event.pk}/delete/").status_code == 403


def test_unknown_kinds_are_readable():
    assert in_words("roster.coverage_ended") == "coverage ended"


def test_the_case_page_has_no_inline_code(browser):
    content = browser.get(page_of(RegistrationRequestFactory())).content.decode()

    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", content)
