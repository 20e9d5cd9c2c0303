from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import RegistrationRequest
from portal.models import AuditEvent, OutboundEmail
from tests.factories import EmployerGroupFactory
from tests.html import errors, select, text
from tests.staff import QUEUE, browser_of, page_of, staff_with

pytestmark = pytest.mark.django_db
ADD = f"{QUEUE}add/"
NOW = datetime(2026, 11, 18, 16, tzinfo=ZoneInfo("America/New_York"))  # a Wednesday
PAPER = {
    "identified_by": "group_id",
    "identifier": "20533a",
    "first_name": "Agnes",
    "last_name": "Sullivan",
    "title": "Personnel clerk",
    "company_legal_name": "Cedar Ridge Logistics",
    "fein": "04-5529031",
    "phone": "(978) 555-0129",
    "email": "asullivan@cedarridge.example",
    "region": "MA",
    "role": "primary_administrator",
    "signer_name": "Paul Hendricks",
    "signer_email": "paul@cedarridge.example",
    "authority": "on",
    "terms": "on",
}


@pytest.fixture
def nora():
    return staff_with("am_specialist")


@pytest.fixture
def browser(nora):
    return browser_of(nora)


@time_machine.travel(NOW)
def test_a_paper_enters_the_queue_like_an_online_request(browser, nora):
    group = EmployerGroupFactory(group_id="20533A")

    page = browser.post(ADD, PAPER, follow=True)

    case = RegistrationRequest.objects.get()
    assert page.redirect_chain[-1][0] == page_of(case)
    assert text(page, ".ep-messages") == f"Request {case.number} is in the queue."
    assert (case.source, case.group, case.state) == ("paper", group, "submitted")
    assert (case.fein, case.phone, case.identifier) == ("045529031", "9785550129", "20533A")
    assert case.due_at.date() == date(2026, 11, 20)
    assert AuditEvent.objects.get(kind="accounts.registration_submitted").actor_key == nora.pk
    assert OutboundEmail.objects.get().template == "accounts/registration_received"


@time_machine.travel(NOW)
@pytest.mark.parametrize(
    ("received", "due"),
    [("2026-11-13", 17), ("11/14/2026", 18), ("2026-11-18", 20), ("", 20)],
)
def test_the_promise_counts_from_the_day_it_arrived(browser, received, due):
    browser.post(ADD, {**PAPER, "received_on": received})

    case = RegistrationRequest.objects.get()
    assert case.due_at.astimezone(NOW.tzinfo).day == due


@time_machine.travel(NOW)
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"received_on": "2026-11-19"}, "This day is yet to come."),
        ({"received_on": "2024-11-19"}, "This is more than a year ago. Check the year."),
        ({"received_on": "soon"}, "Enter a date, such as 11/17/2026."),
        ({"identifier": ""}, "Enter your Group ID or Group Policyholder ID."),
        ({"fein": "12"}, "FEIN needs 9 digits, such as 04-1234567."),
        ({"role": "broker"}, "Enter the name of your agency."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"terms": ""}, "Read and accept the Terms and Conditions."),
    ],
)
def test_what_is_wrong_is_told_and_kept(browser, typed, message):
    page = browser.post(ADD, {**PAPER, **typed})

    assert message in errors(page)
    assert text(page, "title").startswith("Error:")
    assert select(page, "#id_last_name")[0].get("value") == "Sullivan"
    assert not RegistrationRequest.objects.exists()


def test_the_same_paper_twice_is_one_request(browser):
    browser.post(ADD, PAPER, follow=True)
    page = browser.post(ADD, PAPER, follow=True)

    assert RegistrationRequest.objects.count() == 1
    assert text(page, ".ep-messages").startswith("This person has asked for this group already.")


def test_the_form_asks_once_for_each_field(browser):
    page = browser.get(ADD)

    names = {field.get("name") for field in select(page, "form.ep-form [name]")}
    assert names == {
        *PAPER,
        "middle_initial",
        "agency",
        "npn",
        "received_on",
        "csrfmiddlewaretoken",
    }
    assert not select(page, "form.ep-form [autocomplete*=name]")


@pytest.mark.parametrize("role", ["read_only", "system_admin", "billing_staff"])
def test_only_account_management_types_papers_in(role):
    client = browser_of(staff_with(role))

    assert client.get(ADD).status_code == 403
    assert client.post(ADD, PAPER).status_code == 403
    assert not RegistrationRequest.objects.exists()
