"""Somebody in front of a browser: signs in, reads letters."""

import itertools
import re
from urllib.parse import quote

from playwright.sync_api import expect

from portal.demo.persons_data import PERSONS
from tests.waiting import wait_for

PATIENCE = 30_000  # milliseconds for one step of a page
CODE = r"\b[A-Z]{4}-[A-Z]{4}\b"
ACCESS_KEY = r"\b\d{4}-\d{4}-\d{4}-\d{4}\b"
PEOPLE = {person.user_name: person for person in PERSONS}
_addresses = itertools.count(1)
_read = set()  # letters that somebody opened already


class Visitor:
    """One window with cookies and an address of its own; ``page`` is its tab."""

    def __init__(self, browser, url, *, javascript=True, **options):
        number = next(_addresses)
        self.context = browser.new_context(
            base_url=url,
            java_script_enabled=javascript,
            reduced_motion="reduce",
            locale="en-US",
            extra_http_headers={"X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}"},
            **options,
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()

    def click(self, name, role="button"):
        self.page.get_by_role(role, name=name, exact=True).first.click()

    def fill(self, **fields):
        """Fill the fields by their names in the form: text, tick or choose."""
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]")
            if value is True:
                field.check()
            elif field.first.get_attribute("type") == "radio":
                self.page.locator(f"[name={name}][value={value}]").check()
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def sees(self, text):
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def heading(self, text):
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)

    def letter(self, to, subject):
        """Wait in the mailbox for the next unread letter to *to* with *subject*; return its text."""
        tab = self.context.new_page()

        def newest():
            tab.goto(f"/demo/mailbox/?live=off&to={quote(to)}")
            link = tab.get_by_role("link", name=subject)
            return link.count() and link.first.get_attribute("href") not in _read and link.first

        link = wait_for(newest, f"the letter {subject!r}")
        _read.add(link.get_attribute("href"))
        link.click()
        text = tab.get_by_role("article").inner_text()
        tab.close()
        return text

    def emailed_code(self, to):
        """Return the code of the next unread letter with one."""
        return re.search(CODE, self.letter(to, "code"))[0]

    def sign_in(self, user_name, *, to=None, password=None, phrase=None, email=None):
        """Go through user name, seal and password, and the code from the e-mail."""
        person = PEOPLE.get(user_name)
        self.page.goto(to or "/sign-in/")
        self.fill(login=user_name)
        self.click("Continue")
        self.heading("Check your Sign-in Seal")
        self.sees(phrase or person.seal_phrase)
        self.fill(password=password or person.password)
        self.click("Sign in")
        self.heading("Enter the code")
        self.fill(code=self.emailed_code(email or person.email))
        self.click("Continue")
        self.heading("Trust this browser?")
        self.click("Ask me each time")
        expect(self.page).not_to_have_url(re.compile("/account/2fa/"))

    def confirm_person(self, user_name):
        """Enter the password once more where the portal asks for it before it goes on."""
        if "/account/reauthenticate/" in self.page.url:
            self.fill(password=PEOPLE[user_name].password)
            self.click("Confirm")

    def sign_out(self):
        self.page.locator("header details.ep-menu summary").click()
        self.click("Sign out")
        self.heading("signed out")
