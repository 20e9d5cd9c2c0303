"""The group officer's form, from the first page to the nominee's account."""

import re

import pytest
import time_machine

from accounts.actions import review
from accounts.actions.registration import NEW_KEYS_PER_REQUEST
from accounts.models import AccessCode, Grant, RegistrationRequest
from portal import mail
from portal.models import OutboundEmail
from tests.accounts.steps import secret
from tests.factories import (
    ContactFactory,
    EmployerGroupFactory,
    RegistrationRequestFactory,
    StaffFactory,
    UserFactory,
)
from tests.html import errors, select, text
from tests.public_forms import NOMINATION
from tests.staff import QUEUE, browser_of, page_of, staff_with

pytestmark = pytest.mark.django_db
OFFICER, NOMINEE = NOMINATION["officer_email"], NOMINATION["email"]
Source = RegistrationRequest.Source


@pytest.fixture(autouse=True)
def _one_person_approves(settings):
    settings.FOUR_EYES = "never"


def send(client, **changes):
    """Walk both steps; return the page with the confirmation number."""
    client.post("/nominate/", {**NOMINATION, **changes})
    return client.post("/nominate/review/", follow=True)


def opened(client, sent, email):
    """Open the status page with number and address; return it."""
    return client.post("/register/status/", {"number": sent.number, "email": email}, follow=True)


def letters_to(address):
    return list(
        OutboundEmail.objects.filter(to=address).order_by("pk").values_list("template", flat=True)
    )


def approve(sent):
    sent.refresh_from_db()
    review.approve_request(sent, version=sent.version, by=StaffFactory())
    sent.refresh_from_db()
    return sent


def test_from_the_form_to_the_confirmation_number(client):
    group = EmployerGroupFactory(group_id="20533A", slug="20533a")
    with time_machine.travel("2026-11-17 19:14:00+00:00", tick=False):
        page = send(client)

    sent = RegistrationRequest.objects.get()
    assert text(page, ".ep-eyebrow") == f"Confirmation number {sent.number}"
    assert "Thursday, November 19, 5:00 p.m. ET" in text(page, ".ep-clock__head")
    assert (sent.source, sent.role, sent.group) == (
        Source.NOMINATION,
        "primary_administrator",
        group,
    )
    assert (sent.first_name, sent.email, sent.phone) == ("Teresa", NOMINEE, "4135550188")
    assert (sent.officer_name, sent.officer_title) == ("Paul Hendricks", "CFO")
    assert (sent.officer_email, sent.officer_phone) == (OFFICER, "4135550115")
    assert (sent.signer_name, sent.signer_email) == (sent.officer_name, OFFICER)
    assert "authorized to designate its primary administrator" in sent.statement_of_authority


def test_the_review_shows_everything_before_anything_is_written(client):
    page = client.post("/nominate/", NOMINATION, follow=True)

    shown = " ".join(" ".join(item.text_content().split()) for item in select(page, ".ep-review"))
    for words in ("Paul Hendricks", OFFICER, "20533A", "04-1239031", "Teresa M Quinn", NOMINEE):
        assert words in shown
    assert not RegistrationRequest.objects.exists()


def test_only_the_officer_hears_of_it_before_the_approval(client):
    send(client)

    assert letters_to(OFFICER) == ["accounts/nomination_received"]
    assert letters_to(NOMINEE) == []
    _subject, body, _html = mail.render(OutboundEmail.objects.get())
    assert RegistrationRequest.objects.get().number in body
    assert "Teresa" not in body


def test_approval_sends_the_key_to_the_nominee_and_word_to_the_officer(client):
    EmployerGroupFactory(group_id="20533A", slug="20533a")
    send(client)
    sent = approve(RegistrationRequest.objects.get())

    assert letters_to(NOMINEE) == ["accounts/nomination_key"]
    assert letters_to(OFFICER) == ["accounts/nomination_received", "accounts/nomination_approved"]
    letter = OutboundEmail.objects.get(template="accounts/nomination_key")
    _subject, body, _html = mail.render(letter)
    assert secret(letter)["access_key"] in body
    assert "/register/invited/" in body
    assert (sent.grant.first_name, sent.grant.role) == ("Teresa", "primary_administrator")


def test_the_nominee_registers_with_the_key(client):
    EmployerGroupFactory(group_id="20533A", slug="20533a")
    send(client)
    approve(RegistrationRequest.objects.get())
    key = secret(OutboundEmail.objects.get(template="accounts/nomination_key"))["access_key"]
    nominee = client.__class__()
    nominee.post("/register/invited/", {"email": NOMINEE, "access_key": key})

    form = nominee.get("/register/account/")

    assert select(form, "#id_company")[0].get("value") == NOMINATION["company_legal_name"]
    assert select(form, "#id_first_name")[0].get("value") == "Teresa"


def test_where_no_key_is_needed_the_officer_is_told_all_the_same(client, settings):
    settings.PRIMARY_NEEDS_ACCESS_CODE = False
    UserFactory(email=NOMINEE)
    EmployerGroupFactory(group_id="20533A", slug="20533a")
    send(client)
    sent = approve(RegistrationRequest.objects.get())

    assert sent.state == RegistrationRequest.State.COMPLETED
    assert letters_to(NOMINEE) == ["accounts/registration_activated"]
    assert letters_to(OFFICER)[-1] == "accounts/nomination_approved"


@pytest.mark.parametrize(
    ("decide", "letter"),
    [
        (lambda sent, by: review.decline_request(sent, reason="No.", version=1, by=by), "declined"),
        (
            lambda sent, by: review.ask_for_information(sent, question="Who?", version=1, by=by),
            "question",
        ),
    ],
)
def test_questions_and_refusals_go_to_the_officer_alone(decide, letter):
    sent = RegistrationRequestFactory(nominated=True)
    decide(sent, StaffFactory())

    assert letters_to(sent.officer_email) == [f"accounts/registration_{letter}"]
    assert letters_to(sent.email) == []


def test_the_same_form_twice_is_one_request_and_one_letter(client):
    first = text(send(client), ".ep-eyebrow")
    again = text(send(client), ".ep-eyebrow")

    assert first == again
    assert letters_to(OFFICER) == ["accounts/nomination_received"]


def test_another_officer_gets_a_number_of_their_own(client):
    first = text(send(client), ".ep-eyebrow")
    other = {"officer_email": "else@x.example", "officer_email_again": "else@x.example"}
    second = text(send(client, **other), ".ep-eyebrow")

    assert first != second
    assert RegistrationRequest.objects.get(officer_email="else@x.example").repeat_of is not None
    assert RegistrationRequest.objects.in_queue().count() == 1


def normalized(response):
    number = RegistrationRequest.objects.latest("pk").number
    page = response.content.decode().replace(number, "NUMBER")
    return re.sub(r'csrfmiddlewaretoken" value="\w+', "TOKEN", page)


def test_known_and_unknown_groups_look_the_same(client):
    EmployerGroupFactory(group_id="20533A", slug="20533a")
    with time_machine.travel("2026-11-17 19:14:00+00:00", tick=False):
        known = normalized(send(client))
        unknown = normalized(send(client, identifier="QQ999A"))

    assert known == unknown


@pytest.mark.parametrize("identifier", ["20533A", "QQ999A"])
def test_known_and_unknown_groups_take_the_same_work(client, identifier, django_assert_num_queries):
    EmployerGroupFactory(group_id="20533A", slug="20533a")
    client.post("/nominate/", {**NOMINATION, "identifier": identifier})

    with django_assert_num_queries(22):
        client.post("/nominate/review/")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"officer_email_again": "else@x.example"}, "The two email addresses are different."),
        ({"email_again": "else@x.example"}, "The two email addresses are different."),
        ({"identifier": "2053A"}, "Group ID needs 6 characters. You entered 5: “2053A”."),
        ({"fein": "12"}, "FEIN needs 9 digits, such as 04-1234567."),
        ({"officer_name": ""}, "Enter your name."),
        ({"title": ""}, "Enter the title of the person you designate."),
        ({"authority": ""}, "Confirm that you are authorized by the company."),
        ({"terms": ""}, "Read and accept the Terms and Conditions."),
        (
            {"email": OFFICER, "email_again": OFFICER},
            "This is your own address. To be the primary administrator yourself, choose Register for Access.",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, changes, message):
    page = client.post("/nominate/", {**NOMINATION, **changes})

    assert errors(page) == [message]
    assert select(page, "#id_officer_title")[0].get("value") == "CFO"
    assert text(page, "title").startswith("Error:")


def test_a_short_policyholder_id_gets_its_zeros(client):
    client.post(
        "/nominate/", {**NOMINATION, "identified_by": "policyholder_id", "identifier": "123456"}
    )

    assert "000123456" in client.get("/nominate/review/").content.decode()


def test_fields_the_form_does_not_have_change_nothing(client):
    send(client, role="broker", signer_email="evil@x.example", source="online", state="approved")

    sent = RegistrationRequest.objects.get()
    assert (sent.role, sent.signer_email, sent.source, sent.state) == (
        "primary_administrator",
        OFFICER,
        Source.NOMINATION,
        "submitted",
    )


def test_what_another_tab_changed_is_not_sent_unseen(client):
    seen = client.post("/nominate/", NOMINATION, follow=True)
    mark = select(seen, "input[name=shown]")[0].get("value")
    client.post("/nominate/", {**NOMINATION, "title": "Other"})

    refused = client.post("/nominate/review/", {"shown": mark})

    assert "another tab" in text(refused, ".ep-notice--warn")
    assert not RegistrationRequest.objects.exists()


def test_nothing_typed_stays_for_the_next_person_on_this_browser(client):
    send(client)
    assert "nominate_typed" not in client.session

    client.post("/register/status/close/")

    assert client.get("/nominate/sent/").url == "/nominate/"
    assert client.get("/nominate/review/").url == "/nominate/"


def test_one_mailbox_is_not_filled_with_forms(client):
    for number in range(10):
        email = f"person{number}@x.example"
        send(client, email=email, email_again=email)
    page = send(client, email="last@x.example", email_again="last@x.example")

    assert page.status_code == 429
    assert RegistrationRequest.objects.count() == 10


# --- PDF


def test_pdf_filled_sent_and_empty(client):
    assert client.get("/nominate/form.pdf").url == "/nominate/"
    empty = client.get("/nominate/empty-form.pdf")
    client.post("/nominate/", NOMINATION)
    filled = client.get("/nominate/form.pdf")
    client.post("/nominate/review/")
    sent = client.get("/nominate/form.pdf")

    for response in (empty, filled, sent):
        assert response["Content-Type"] == "application/pdf"
        assert response.content.startswith(b"%PDF-")
        assert "primary-administrator-form.pdf" in response["Content-Disposition"]
    assert len(filled.content) != len(empty.content)


def test_the_two_forms_do_not_mix_up_their_pages(client):
    send(client)

    assert client.get("/register/request/sent/").url == "/nominate/sent/"
    assert client.get("/register/request/form.pdf").url == "/nominate/form.pdf"


# --- Status page


def test_the_officer_follows_corrects_and_withdraws(client):
    sent = RegistrationRequestFactory(nominated=True)

    page = opened(client, sent, sent.officer_email.upper())
    form = client.get("/register/status/correct/")
    typed = {
        name: value
        for name, value in NOMINATION.items()
        if "email" not in name and name not in {"identified_by", "identifier"}
    }
    client.post("/register/status/correct/", {**typed, "officer_name": "Paula Hendricks"})
    sent.refresh_from_db()

    assert text(page, "h1") == "We have your form"
    assert "Paul Hendricks, CFO" in text(page, ".ep-facts")
    assert select(form, "#id_officer_email, #id_email, #id_role, #id_signer_name") == []
    assert (sent.officer_name, sent.signer_name) == ("Paula Hendricks", "Paula Hendricks")
    assert (sent.officer_email, sent.role) == (OFFICER, "primary_administrator")
    assert letters_to(sent.officer_email) == ["accounts/registration_changed"]

    assert text(client.post("/register/status/withdraw/", follow=True), "h1").startswith(
        "You took this form back"
    )
    assert letters_to(sent.email) == []


def test_the_nominee_may_read_but_not_change(client):
    sent = RegistrationRequestFactory(nominated=True)
    review.ask_for_information(sent, question="Are you an officer?", version=1, by=StaffFactory())

    page = opened(client, sent, sent.email)

    assert text(page, "h1") == "We asked the officer a question Needs information"
    assert "Are you an officer?" not in page.content.decode()
    assert select(page, "main textarea") == []
    for path, data in {
        "correct/": NOMINATION,
        "withdraw/": {},
        "answer/": {"text": "I am."},
    }.items():
        assert client.post(f"/register/status/{path}", data).url == "/register/status/"
    sent.refresh_from_db()
    assert (sent.state, sent.version) == ("needs_info", 2)


def test_the_nominee_does_not_read_why_it_was_declined(client):
    sent = RegistrationRequestFactory(nominated=True)
    review.decline_request(sent, reason="You are no officer.", version=1, by=StaffFactory())

    assert "You are no officer." in opened(client, sent, sent.officer_email).content.decode()
    assert "You are no officer." not in opened(client, sent, sent.email).content.decode()


def test_a_stranger_does_not_open_it(client):
    sent = RegistrationRequestFactory(nominated=True)

    assert errors(opened(client, sent, "else@x.example")) == [
        "We find no request with this confirmation number and email address."
    ]


def test_a_request_without_officer_opens_for_no_empty_address(client):
    sent = RegistrationRequestFactory()

    assert errors(opened(client, sent, "")) == ["Enter the email address of the request."]


@pytest.mark.parametrize("who", ["officer_email", "email"])
def test_an_expired_key_is_sent_anew_to_the_nominee(client, who):
    sent = approve(RegistrationRequestFactory(nominated=True))
    AccessCode.objects.update(state=AccessCode.State.EXPIRED)
    page = opened(client, sent, getattr(sent, who))

    done = client.post("/register/status/new-key/", follow=True)

    assert "no longer works" in text(page, "h1")
    assert "t•••••@cedarworks.example" in done.content.decode()
    assert letters_to(sent.email) == ["accounts/nomination_key"] * 2
    assert AccessCode.objects.count() <= NEW_KEYS_PER_REQUEST


@pytest.mark.parametrize(
    ("who", "words"),
    [("officer_email", "Your form is approved"), ("email", "You are approved")],
)
def test_approved_in_the_words_of_who_reads(client, who, words):
    sent = approve(RegistrationRequestFactory(nominated=True))
    page = opened(client, sent, getattr(sent, who))

    assert text(page, "h1") == f"{words} Approved"
    assert bool(select(page, "main a[href='/register/invited/']")) is (who == "email")


@pytest.mark.parametrize("state", ["withdrawn", "expired", "in_review"])
@pytest.mark.parametrize("who", ["officer_email", "email"])
def test_every_state_has_a_page(client, state, who):
    sent = RegistrationRequestFactory(nominated=True, state=state)

    assert opened(client, sent, getattr(sent, who)).status_code == 200


def test_a_completed_one(client):
    sent = approve(RegistrationRequestFactory(nominated=True))
    RegistrationRequest.objects.update(state="completed")
    Grant.objects.update(state="expired")

    assert text(opened(client, sent, sent.officer_email), "h1").startswith(
        "Your primary administrator has access"
    )


# --- Staff


@pytest.fixture
def nora():
    return browser_of(staff_with("am_specialist"))


def test_the_queue_says_who_nominated(nora):
    RegistrationRequestFactory(nominated=True)

    row = text(nora.get(QUEUE), ".ep-table tbody tr")
    found = text(nora.get(f"{QUEUE}?source=nomination&q={OFFICER}"), ".ep-table tbody tr")

    assert "Nominated by a group officer" in row
    assert row == found


SECTION = "section[aria-labelledby=officer]"


def officer_rows(page):
    return [
        [" ".join(cell.text_content().split()) for cell in row.cssselect("th, td")]
        for row in select(page, f"{SECTION} tbody tr")
    ]


def test_the_case_sets_the_officer_against_the_contacts_on_file(nora):
    sent = RegistrationRequestFactory(nominated=True)
    ContactFactory(group=sent.group)

    page = nora.get(page_of(sent))

    assert "Paul Hendricks, CFO, designates this person" in text(page, SECTION)
    assert officer_rows(page) == [
        ["Name", "Paul Hendricks", "Paul Hendricks, contract signer", "Same"],
        ["Email address", OFFICER, "Paul Hendricks, contract signer", "Same"],
        ["Phone", "(413) 555-0115", "Paul Hendricks, contract signer", "Same"],
    ]
    assert "Group officer, as contract signer" in page.content.decode()


def test_an_officer_nobody_knows_stands_out(nora):
    sent = RegistrationRequestFactory(
        nominated=True, officer_name="Eve Stranger", officer_phone="4135550114"
    )
    ContactFactory(group=sent.group, email="paul.h@cedarworks.example")

    assert officer_rows(nora.get(page_of(sent))) == [
        ["Name", "Eve Stranger", "–", "Not on file"],
        ["Email address", OFFICER, "–", "Not on file"],
        ["Phone", "(413) 555-0114", "The group’s own number", "Same"],
    ]


def test_the_page_of_any_other_request_speaks_of_no_officer(nora):
    page = nora.get(page_of(RegistrationRequestFactory()))

    assert select(page, "#officer") == []
    assert "Officer" not in text(page, ".ep-aside")


def test_every_way_in_leads_to_the_form(client):
    for path in (
        "/",
        "/register/",
        "/help/request-portal-access/",
        "/help/designate-primary-administrator/",
    ):
        assert select(client.get(path), "main a[href='/nominate/']"), path
    assert select(client.get("/nominate/"), "main a[href='/nominate/empty-form.pdf']")
