import re

import pytest
import time_machine

from accounts.models import RegistrationRequest
from portal.models import OutboundEmail
from tests.accounts.steps import sign_in
from tests.factories import EmployerGroupFactory, RegistrationRequestFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db

DETAILS = {
    "first_name": "Teresa",
    "middle_initial": "M",
    "last_name": "Quinn",
    "title": "HR Manager",
    "company_legal_name": "Cedar Ridge Logistics, LLC",
    "fein": "04-1239031",
    "phone": "(413) 555-0188",
    "email": "teresa@cedarridgelogistics.example",
    "email_again": "Teresa@cedarridgelogistics.example",
    "region": "MA",
    "role": "primary_administrator",
    "agency": "",
    "npn": "",
    "signer_name": "Paul Hendricks",
    "signer_email": "paul@cedarridgelogistics.example",
    "authority": "on",
    "terms": "on",
}


def identify(client, identifier="20533A", identified_by="group_id", has_key="no"):
    return client.post(
        "/register/",
        {"identified_by": identified_by, "identifier": identifier, "has_key": has_key},
    )


def ask(client, **changes):
    """Walk the three steps; return the page with the confirmation number."""
    identify(client, changes.pop("identifier", "20533A"))
    client.post("/register/request/", {**DETAILS, **changes})
    return client.post("/register/request/review/", follow=True)


def test_group_id_too_short_says_what_was_entered(client):
    response = identify(client, "2053A")

    assert errors(response) == ["Group ID needs 6 characters. You entered 5: “2053A”."]
    assert select(response, "#id_identifier")[0].get("value") == "2053A"
    assert text(response, "title").startswith("Error:")


def test_policyholder_id_is_padded_and_shown_back(client):
    response = identify(client, "123456", "policyholder_id")
    page = client.get(response.url)

    assert response.url == "/register/request/"
    assert "000123456" in text(page, ".ep-panel--quiet")
    assert "added zeros" in text(page, ".ep-panel--quiet")


def check(client, target, **typed):
    return client.post(
        "/register/check/", typed, headers={"HX-Request": "true", "HX-Target": target}
    )


def test_words_of_the_identifier_follow_its_kind(client):
    response = check(client, "identifier-words", identified_by="policyholder_id", identifier="")

    assert select(response, "h1, input") == []
    assert text(response, "label") == "Group Policyholder ID*"


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("77", "We use 000000077."),
        ("7x", "Policyholder ID has digits only. You entered “7x”."),
        ("", ""),
    ],
)
def test_note_says_what_we_make_of_the_identifier(client, typed, note):
    response = check(client, "identifier-note", identified_by="policyholder_id", identifier=typed)

    assert text(response, "#identifier-note") == note


def test_nothing_typed_stays_for_the_next_person_on_this_browser(client):
    ask(client)
    assert not {"register_typed", "register_group"} & set(client.session.keys())

    closed = client.post("/register/status/close/")

    assert closed["Location"] == "/"
    assert client.get("/register/status/view/")["Location"] == "/register/status/"
    assert [key for key in list(client.session.keys()) if key.startswith("register_")] == []


def test_signing_in_forgets_what_a_visitor_typed(client):
    ask(client)
    sign_in(client, UserFactory())

    assert [
        key for key in list(client.session.keys()) if key.startswith(("register_", "key_"))
    ] == []


def test_one_person_by_two_identifiers_of_one_group_has_one_request(client):
    EmployerGroupFactory(group_id="20533A", slug="20533a", policyholder_id="000020533")
    first = text(ask(client), ".ep-eyebrow")
    client.post(
        "/register/",
        {"identified_by": "policyholder_id", "identifier": "20533", "has_key": "no"},
    )
    client.post("/register/request/", DETAILS)
    second = client.post("/register/request/review/", follow=True)

    assert text(second, ".ep-eyebrow") == first
    assert RegistrationRequest.objects.count() == 1


@pytest.mark.parametrize(
    "email", ["a@EXÄMPLE.com", "\u212aaren@x.com", "a@İx.com", '"a\x01"@x.com']
)
def test_addresses_that_could_be_two_are_refused(client, email):
    identify(client)
    response = client.post("/register/request/", {**DETAILS, "email": email, "email_again": email})

    assert any("email" in message.lower() for message in errors(response))


def test_status_of_a_repeat_looks_like_any_other(client):
    def page(**changes):
        ask(client, **changes)
        number = RegistrationRequest.objects.latest("pk").number
        html = client.get("/register/status/view/").content.decode().replace(number, "NUMBER")
        return re.sub(r'csrfmiddlewaretoken" value="\w+', "TOKEN", html)

    with time_machine.travel("2026-11-17 19:14:00+00:00", tick=False):
        ask(client, last_name="First")
        repeat = page()
        fresh = page(identifier="QQ999A")

    assert RegistrationRequest.objects.get(repeat_of__isnull=False).last_name == "Quinn"
    assert repeat.replace("20533A", "ID") == fresh.replace("QQ999A", "ID")


def test_a_day_of_guessing_at_one_address_ends(client):
    with time_machine.travel("2026-11-17 14:00:00+00:00", tick=False) as clock:
        for _ in range(20):
            client.post("/register/status/", {"number": "REG-1", "email": "a@x.example"})
            clock.shift(450)
        response = client.post("/register/status/", {"number": "REG-1", "email": "a@x.example"})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 900


def test_correcting_a_broker_to_an_administrator_drops_the_agency(client):
    sent = RegistrationRequestFactory(role="broker", agency="Summit", npn="12345")
    client.post("/register/status/", {"number": sent.number, "email": sent.email})
    client.post("/register/status/correct/", {**DETAILS, "agency": "Summit", "npn": "12345"})

    sent.refresh_from_db()
    assert (sent.role, sent.agency, sent.npn) == ("primary_administrator", "", "")


def test_request_from_first_page_to_confirmation_number(client):
    group = EmployerGroupFactory(group_id="20533A", slug="20533a")

    with time_machine.travel("2026-11-17 19:14:00+00:00", tick=False):
        response = ask(client)

    saved = RegistrationRequest.objects.get()
    assert saved.number == "REG-261117-0001"
    assert saved.group == group
    assert saved.fein == "041239031"
    assert saved.phone == "4135550188"
    assert text(response, ".ep-eyebrow") == "Confirmation number REG-261117-0001"
    assert "Thursday, November 19, 5:00 p.m. ET" in text(response, ".ep-clock__head")
    letter = OutboundEmail.objects.get()
    assert (letter.template, letter.to) == ("accounts/registration_received", saved.email)


def test_review_shows_what_was_typed_before_anything_is_written(client):
    identify(client)
    response = client.post("/register/request/", DETAILS, follow=True)

    assert text(response, "h1") == "Verify your information"
    assert "Teresa M Quinn" in text(response, ".ep-review")
    assert "04-1239031" in text(response, ".ep-review")
    assert not RegistrationRequest.objects.exists()


def test_errors_keep_what_was_typed(client):
    identify(client)
    response = client.post(
        "/register/request/",
        {**DETAILS, "email_again": "other@x.example", "fein": "12", "terms": ""},
    )

    assert errors(response) == [
        "FEIN needs 9 digits, such as 04-1234567.",
        "The two email addresses are different.",
        "Read and accept the Terms and Conditions.",
    ]
    assert select(response, "#id_fein")[0].get("value") == "12"
    assert select(response, "#id_title")[0].get("value") == "HR Manager"


def test_broker_must_name_agency_and_npn(client):
    identify(client)
    response = client.post("/register/request/", {**DETAILS, "role": "broker"})

    assert errors(response) == [
        "Enter the name of your agency.",
        "Enter your National Producer Number (NPN).",
    ]


def test_same_person_asking_twice_gets_the_same_request(client):
    first = text(ask(client), ".ep-eyebrow")
    second = text(ask(client), ".ep-eyebrow")

    assert first == second
    assert RegistrationRequest.objects.count() == 1
    assert OutboundEmail.objects.count() == 1


def test_stranger_with_the_same_address_learns_nothing(client):
    ask(client)
    page = ask(client, last_name="Else", phone="413-555-0199")

    first, repeat = RegistrationRequest.objects.order_by("pk")
    assert repeat.repeat_of == first
    assert repeat.number in text(page, ".ep-eyebrow")
    assert list(RegistrationRequest.objects.in_queue()) == [first]
    status = client.get("/register/status/view/")
    assert text(status, "h1") == "We have your request"


def normalized(response):
    page = response.content.decode().replace(
        RegistrationRequest.objects.latest("pk").number, "NUMBER"
    )
    return re.sub(r'csrfmiddlewaretoken" value="\w+', "TOKEN", page)


def test_known_and_unknown_groups_look_the_same(client):
    EmployerGroupFactory(group_id="20533A", slug="20533a")
    with time_machine.travel("2026-11-17 19:14:00+00:00", tick=False):
        known = normalized(ask(client))
        unknown = normalized(
            ask(client, identifier="QQ999A", email="b@x.example", email_again="b@x.example")
        )

    assert known == unknown


@pytest.mark.parametrize("identifier", ["20533A", "QQ999A"])
def test_known_and_unknown_groups_take_the_same_work(client, identifier, django_assert_num_queries):
    EmployerGroupFactory(group_id="20533A", slug="20533a")
    identify(client, identifier)
    client.post("/register/request/", DETAILS)

    with django_assert_num_queries(22):
        client.post("/register/request/review/")


def test_status_needs_number_and_address(client):
    sent = RegistrationRequestFactory()

    wrong = client.post("/register/status/", {"number": sent.number, "email": "who@x.example"})
    right = client.post(
        "/register/status/",
        {"number": sent.number.lower(), "email": sent.email.upper()},
        follow=True,
    )

    assert errors(wrong) == ["We find no request with this confirmation number and email address."]
    assert text(right, "h1") == "We have your request"
    assert sent.email not in right.content.decode()


def test_guessing_numbers_slows_down(client):
    for _ in range(10):
        client.post("/register/status/", {"number": "REG-1", "email": "a@x.example"})
    response = client.post("/register/status/", {"number": "REG-1", "email": "a@x.example"})

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 900


def test_pdf_of_the_filled_form(client):
    identify(client)
    client.post("/register/request/", DETAILS)
    response = client.get("/register/request/form.pdf")

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")


def test_withdraw(client):
    sent = RegistrationRequestFactory()
    client.post("/register/status/", {"number": sent.number, "email": sent.email})
    response = client.post("/register/status/withdraw/", follow=True)

    assert text(response, "h1") == "You took this request back Withdrawn"
    sent.refresh_from_db()
    assert sent.state == "withdrawn"


def test_correcting_details(client):
    sent = RegistrationRequestFactory()
    client.post("/register/status/", {"number": sent.number, "email": sent.email})
    client.post("/register/status/correct/", {**DETAILS, "title": "Chief of Staff"})

    sent.refresh_from_db()
    assert sent.title == "Chief of Staff"
    assert sent.version == 2


def test_what_another_tab_changed_is_not_sent_unseen(client):
    identify(client)
    seen = client.post("/register/request/", DETAILS, follow=True)
    mark = select(seen, "input[name=shown]")[0].get("value")
    client.post("/register/request/", {**DETAILS, "title": "Other"})

    refused = client.post("/register/request/review/", {"shown": mark})
    mark = select(refused, "input[name=shown]")[0].get("value")
    sent = client.post("/register/request/review/", {"shown": mark}, follow=True)

    assert "another tab" in text(refused, ".ep-notice--warn")
    assert "Other" in text(refused, ".ep-review")
    assert text(sent, "h1") == "We have your request"
