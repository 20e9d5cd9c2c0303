"""The front door as people use it: a browser, the running demo, two or three persons."""

import re

import pytest
from playwright.sync_api import expect

from tests.visitor import ACCESS_KEY, CODE

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

NEW_PASSWORD = "seven lanterns by the pond"
CEDAR_RIDGE = {
    "company_legal_name": "Cedar Ridge Manufacturing, Inc.",
    "fein": "04-3182706",
    "phone": "413-555-0102",
    "signer_name": "Harold Whitcomb",
    "signer_email": "hwhitcomb@cedarridgemfg.example",
}


def application(first_name, last_name):
    """Return what an applicant of Cedar Ridge Manufacturing types."""
    email = f"{first_name}.{last_name}@cedarridgemfg.example".lower()
    return {
        "first_name": first_name, "last_name": last_name, "title": "Benefits manager", "email": email,
        "email_again": email, "region": "MA", "role": "primary_administrator", "authority": True,
        "terms": True, **CEDAR_RIDGE,
    }  # fmt: skip


def ask_for_access(applicant, details, *, identified_by="group_id", identifier="20418A"):
    """Walk from the home page to the confirmation number, which is returned."""
    applicant.page.goto("/")
    applicant.click("Register for Access", "link")
    applicant.fill(identified_by=identified_by, identifier=identifier, has_key="no")
    applicant.click("Submit")
    applicant.heading("Who asks for access?")
    applicant.fill(**details)
    applicant.click("Submit")
    applicant.heading("Verify your information")
    applicant.sees(details["email"])
    applicant.click("Submit")
    applicant.heading("We have your request")
    return re.search(r"REG-\d{6}-\d{4}", applicant.page.get_by_role("main").inner_text())[0]


def follow_request(applicant, number, email):
    """Open the status page with the number and the address alone."""
    applicant.page.goto("/register/status/")
    applicant.fill(number=number, email=email)
    applicant.click("Show my request")


def open_request(staff, number):
    """Open the request from the approval queue."""
    staff.page.goto("/staff/")
    staff.click("Open the queue", "link")
    staff.page.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    staff.sees(number)


def redeem(applicant, key, *, identifier, user_name, phrase):
    """Walk from the home page with a key to the account that is ready."""
    applicant.page.goto("/")
    applicant.click("Register for Access", "link")
    applicant.fill(identified_by="group_id", identifier=identifier, has_key="yes")
    applicant.click("Submit")
    applicant.heading("Enter your Access Key")
    applicant.fill(access_key=key)
    applicant.click("Submit")
    applicant.heading("Your key fits")
    applicant.click("Submit")
    applicant.heading("Create your account")
    applicant.fill(
        username=user_name, password=NEW_PASSWORD, password_again=NEW_PASSWORD, picture="lighthouse",
        phrase=phrase, terms=True,
    )  # fmt: skip
    applicant.click("Submit")
    applicant.heading("Verify your information")
    applicant.sees(phrase)
    applicant.click("Submit")
    applicant.heading("Your account is ready")


def test_from_the_first_question_to_the_second_sign_in(visit):
    teresa, details = visit(), application("Teresa", "Almeida")
    number = ask_for_access(teresa, details)
    teresa.sees("We answer by")
    assert number in teresa.letter(details["email"], "request")

    nora = visit()
    nora.sign_in("ncastellanos", to="/staff/")
    open_request(nora, number)
    nora.click("Approve, email Access Key")
    nora.sees("Approved")

    key = re.search(ACCESS_KEY, teresa.letter(details["email"], "Your Access Key"))[0]
    redeem(teresa, key, identifier="20418A", user_name="talmeida", phrase="Rain on the tin roof")
    teresa.click("Continue to Manage User Accounts", "link")
    teresa.heading("Manage user access")
    teresa.sees("Teresa Almeida")

    teresa.sign_out()
    teresa.sign_in(
        "talmeida", password=NEW_PASSWORD, phrase="Rain on the tin roof", email=details["email"]
    )
    expect(teresa.page).to_have_url(re.compile("/g/20418a/"))
    follow_request(teresa, number, details["email"])
    teresa.sees("All set")


def test_the_same_without_javascript(visit):
    omar, details = visit(javascript=False), application("Omar", "Haddad")
    number = ask_for_access(omar, details, identified_by="policyholder_id", identifier="412706")

    nora = visit(javascript=False)
    nora.sign_in("ncastellanos", to="/staff/")
    open_request(nora, number)
    nora.click("Approve, email Access Key")

    key = re.search(ACCESS_KEY, omar.letter(details["email"], "Your Access Key"))[0]
    redeem(omar, key, identifier="20418A", user_name="ohaddad", phrase="Two spoons of sugar")
    omar.click("Continue to Manage User Accounts", "link")
    omar.heading("Manage user access")
    omar.sign_out()
    omar.sign_in(
        "ohaddad", password=NEW_PASSWORD, phrase="Two spoons of sugar", email=details["email"]
    )


def test_a_question_an_answer_and_a_no(visit):
    ines, details = visit(), application("Ines", "Carvalho")
    number = ask_for_access(ines, details)
    nora = visit()
    nora.sign_in("ncastellanos", to="/staff/")

    open_request(nora, number)
    nora.page.locator("summary", has_text="Ask for information").click()
    nora.fill(question="Which of the three plants do you work at?")
    nora.click("Send the question")
    assert number in ines.letter(details["email"], "question")

    another_day = visit()
    follow_request(another_day, number.lower(), details["email"])
    another_day.sees("Which of the three plants do you work at?")
    another_day.fill(text="At the distribution center.")
    another_day.click("Send answer")
    another_day.sees("We answer by")

    open_request(nora, number)
    nora.sees("At the distribution center.")
    nora.page.locator("summary", has_text="Decline with a reason").click()
    nora.fill(because="other")
    nora.page.get_by_label("In your words").fill("Karen Mitchell can add you.")
    nora.click("Decline the request")
    nora.sees("Declined")

    another_day.page.reload()
    another_day.sees("Karen Mitchell can add you.")


def test_a_forgotten_user_name_and_a_forgotten_password(visit):
    luis = visit()
    luis.page.goto("/sign-in/")
    luis.click("Forgot user name", "link")
    luis.fill(email="lortega@cedarridgemfg.example")
    luis.click("Send my user name")
    luis.heading("Look at your email")
    assert "lortega" in luis.letter("lortega@cedarridgemfg.example", "user name")

    luis.page.goto("/sign-in/")
    luis.click("Forgot password", "link")
    luis.fill(email="lortega@cedarridgemfg.example")
    luis.click("Send a code")
    luis.heading("Enter the code")
    code = re.search(CODE, luis.letter("lortega@cedarridgemfg.example", "code"))[0]
    luis.fill(code=code)
    luis.click("Continue")
    luis.heading("Choose a new password")
    luis.fill(password1=NEW_PASSWORD, password2=NEW_PASSWORD)
    luis.click("Save new password")
    luis.letter("lortega@cedarridgemfg.example", "password")

    luis.sign_in("lortega", password=NEW_PASSWORD)
    expect(luis.page).to_have_url(re.compile("/g/20418a/"))
