"""What applicants and staff do at the front door, step by step in a browser."""

import re

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
