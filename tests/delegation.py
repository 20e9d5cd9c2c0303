"""What administrators, colleagues and brokers do with access, step by step in a browser."""

import re

from tests.front_door import NEW_PASSWORD
from tests.visitor import ACCESS_KEY

MARCUS = "marcus.webb@cedarridgemfg.example"


def add_user(administrator, *, slug, first_name, last_name, email, atoms, unit):
    """Walk from Manage user access to the line that says the e-mail left."""
    administrator.page.goto(f"/g/{slug}/users/")
    administrator.click("Add user", "link")
    administrator.fill(first_name=first_name, last_name=last_name, email=email, email_again=email)
    administrator.click("Continue")
    administrator.heading(f"What may {first_name} {last_name} do?")
    administrator.page.get_by_role("radio", name="Custom").check()
    for atom in atoms:
        administrator.page.locator(f"[name=atoms][value={atom}]").check()
    administrator.page.get_by_role("radio", name="Only these").check()
    administrator.page.get_by_role("checkbox", name=re.compile(unit)).check()
    administrator.click("Continue to review")
    administrator.sees(email)
    administrator.click("Add user and send the email")
    administrator.sees(f"An email has been sent to {first_name} {last_name} at {email}.")


def code_for(visitor, email):
    """Return the digits of the access code in the invitation to *email*."""
    return re.search(ACCESS_KEY, visitor.letter(email, "access code"))[0]


def register_invited(visitor, email, code, *, user_name, phrase):
    """Walk from the invitation to the account that is ready; the visitor is signed in then."""
    visitor.page.goto("/register/invited/")
    visitor.fill(email=email, access_key=code)
    visitor.click("Continue")
    visitor.click("Submit")
    visitor.heading("Create your account")
    visitor.fill(
        username=user_name, password=NEW_PASSWORD, password_again=NEW_PASSWORD, picture="lighthouse",
        phrase=phrase, region="MA", company="Cedar Ridge Manufacturing, Inc.", terms=True,
    )  # fmt: skip
    visitor.click("Submit")
    visitor.heading("Verify your information")
    visitor.click("Submit")
    visitor.heading("Your account is ready")
