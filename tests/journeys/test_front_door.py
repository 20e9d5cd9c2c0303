"""The front door as people use it: a browser, the running demo, two or three persons."""

import re

import pytest
from playwright.sync_api import expect

from tests.front_door import (
    NEW_PASSWORD,
    application,
    ask_for_access,
    follow_request,
    open_request,
    redeem,
)
from tests.visitor import ACCESS_KEY, CODE

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


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
