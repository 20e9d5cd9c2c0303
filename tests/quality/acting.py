"""How the pages are reached: who looks, and the steps to take in the browser.

A page is reached by *path* as *who* (a user name of the demo; nobody: a visitor), and by what *then* does in
the browser. *at* matches the address one ends at, when that is another one. A name that ends in "-error" is
a page that came back with errors.
"""

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.delegation import add_user, code_for, register_invited
from tests.front_door import application, ask_for_access, follow_request, open_request
from tests.visitor import ACCESS_KEY, PEOPLE

APPLICANT = application("Quality", "Inspector")
SEVERAL, ONE, NONE = "kmitchell", "rdelaney", "pvance"  # by the number of their groups
WITHOUT_THE_RIGHT = "lortega"
SOMEBODY, WITH_APP = "agrant", "glindholm"  # signs in step by step; has an authenticator app
STAFF, AUDITOR, SUPERVISOR = "ncastellanos", "glindholm", "siyer"
ROW = "table tbody th a"


def nothing(visitor, world):
    """Stay where the path led."""


@dataclass(frozen=True)
class Page:
    """One page in one state."""

    name: str
    path: str
    who: str = ""
    then: Callable = nothing
    at: str = ""
    status: int = 200


class World:
    """What pages need that must be made first; made once."""

    def __init__(self, stack, visit):
        self.stack, self.visit = stack, visit
        self._key, self._has_app, self._has_offer = "", False, False

    def number_of(self, email):
        """Return the confirmation number of a seeded request."""
        statement = "SELECT number FROM accounts_registrationrequest WHERE email = %s"
        return self.stack.execute(statement, email)[0][0]

    @property
    def key(self):
        """Return an Access Key of Cedar Ridge Manufacturing that nobody has used."""
        if not self._key:
            applicant, staff = self.visit(), self.visit(who=STAFF)
            number = ask_for_access(applicant, APPLICANT)
            open_request(staff, number)
            staff.click("Approve, email Access Key")
            letter = applicant.letter(APPLICANT["email"], "Your Access Key")
            self._key = re.search(ACCESS_KEY, letter)[0]
        return self._key

    def give_app(self):
        """Have WITH_APP set up an authenticator app."""
        if not self._has_app:
            visitor = self.visit(who=WITH_APP)
            visitor.page.goto("/account/2fa/totp/activate/")
            visitor.confirm_person(WITH_APP)
            secret = re.search(r"\b[A-Z2-7]{32}\b", visitor.page.content())[0]
            visitor.fill(code=code_of_app(secret))
            visitor.click("Use this app")
            visitor.heading("codes")
            self._has_app = True

    def offer_hand_over(self):
        """Have SEVERAL offer the primary role to Luis Ortega; the offer stands from then on."""
        if not self._has_offer:
            visitor = self.visit(who=SEVERAL)
            visitor.page.goto("/g/20418a/users/?q=Ortega")
            visitor.click("Luis Ortega", "link")
            visitor.click("Hand over the primary role", "link")
            visitor.click("Offer the role to Luis Ortega")
            visitor.sees("You offered your role to Luis Ortega")
            self._has_offer = True


def code_of_app(secret):
    """Return what an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


# --- Steps ----------------------------------------------------------------------------------------


def press(name, role="button"):
    """Return the step that presses a button, or follows a link."""

    def step(visitor, world):
        visitor.click(name, role)

    return step


def typed(button, **fields):
    """Return the step that fills a form and sends it."""

    def step(visitor, world):
        visitor.fill(**fields)
        visitor.click(button)

    return step


def first_row(visitor, world):
    visitor.page.locator(ROW).first.click()


def row_of(text, *more):
    """Return the step that opens the row with *text*, and then does *more*."""

    def step(visitor, world):
        visitor.page.get_by_role("row").filter(has_text=text).get_by_role("link").first.click()
        for each in more:
            each(visitor, world)

    return step


def unfold(summary, *more):
    def step(visitor, world):
        visitor.page.locator("summary:visible", has_text=summary).first.click()
        for each in more:
            each(visitor, world)

    return step


def in_turn(*steps):
    def step(visitor, world):
        for each in steps:
            each(visitor, world)

    return step


group_chosen = typed("Submit", identified_by="group_id", identifier="20418A", has_key="no")
request_filled = in_turn(group_chosen, typed("Submit", **APPLICANT))
key_asked = typed("Submit", identified_by="group_id", identifier="20418A", has_key="yes")
ACCOUNT = {
    "username": "qinspector", "password": "seven lanterns by the pond",
    "password_again": "seven lanterns by the pond", "picture": "lighthouse", "phrase": "Rain on the roof",
    "terms": True,
}  # fmt: skip


def key_entered(visitor, world):
    key_asked(visitor, world)
    typed("Submit", access_key=world.key)(visitor, world)


NOMINATION = {
    "officer_name": "Harold Whitcomb", "officer_title": "President", "officer_email": "hwhitcomb@cedarridgemfg.example",
    "officer_email_again": "hwhitcomb@cedarridgemfg.example", "officer_phone": "413-555-0102",
    "identified_by": "group_id", "identifier": "20418A",
    **{
        name: value
        for name, value in application("Noor", "Inspector").items()
        if name not in {"role", "signer_name", "signer_email"}
    },
}  # fmt: skip
nomination_filled = typed("Continue", **NOMINATION)
nomination_sent = in_turn(nomination_filled, press("Submit"))


def too_often(visitor, world):
    """Look a request up wrongly until the portal asks to slow down."""
    wrong = typed("Show my request", number="REG-000000-0000", email="a@b.example")
    status = 200
    while status == 200:
        with visitor.page.expect_navigation() as navigation:
            wrong(visitor, world)
        status = navigation.value.status


def status_of(email):
    """Return the step that opens the status page of a seeded request."""

    def step(visitor, world):
        follow_request(visitor, world.number_of(email), email)

    return step


def forged(visitor, world):
    """Send a form without the cookie that proves it was ours."""
    visitor.context.clear_cookies(name="portal_csrf")
    visitor.click("Continue")


def too_many_fields(visitor, world):
    visitor.page.evaluate(
        """() => { const form = document.querySelector("main form");
        for (let i = 0; i < 600; i++) {
            const field = document.createElement("input");
            field.name = "x" + i; field.type = "hidden"; form.append(field); } }"""
    )
    visitor.click("Continue")


def seal_of(user_name):
    return typed("Continue", login=user_name)


def password_entered(visitor, world):
    person = PEOPLE[SOMEBODY]
    in_turn(seal_of(person.user_name), typed("Sign in", password=person.password))(visitor, world)


def trust_asked(visitor, world):
    password_entered(visitor, world)
    typed("Continue", code=visitor.emailed_code(PEOPLE[SOMEBODY].email))(visitor, world)


def with_app(*more):
    """Return the step that reloads the page when the app is set up, then does *more*."""

    def step(visitor, world):
        world.give_app()
        visitor.page.reload()
        for each in more:
            each(visitor, world)
            visitor.confirm_person(WITH_APP)

    return step


def confirm_with_app(visitor, world):
    """Ask for the app's code; before there is an app the page leads elsewhere."""
    world.give_app()
    visitor.page.goto("/account/2fa/reauthenticate/")


def app_asked(visitor, world):
    world.give_app()
    person = PEOPLE[WITH_APP]
    in_turn(seal_of(WITH_APP), typed("Sign in", password=person.password))(visitor, world)


def reset_code_entered(visitor, world):
    email = PEOPLE[SOMEBODY].email
    typed("Send a code", email=email)(visitor, world)
    typed("Continue", code=visitor.emailed_code(email))(visitor, world)


def terms_changed(visitor, world):
    """Sign in as somebody who has accepted no version of the terms yet."""
    world.stack.execute(
        "DELETE FROM accounts_termsacceptance USING accounts_user"
        " WHERE user_id = accounts_user.id AND username = 'dokafor'"
    )
    visitor.sign_in("dokafor")


def list_uploaded(visitor, world):
    """Upload a list of users of an old portal, one line of each kind."""
    lines = b"""Old user ID,Name,Email,Group,Old role
a,Ann Weld,aweld@cedarridgemfg.example,20418A,Bill payer
b,Bo Lind,blind@cedarridgemfg.example,20418A,Wizard
c,Cy Moss,cmoss@cedarridgemfg.example,99999Z,Broker
d,Di Rowe,no address,20418A,Broker
"""
    file = {"name": "users.csv", "mimeType": "text/csv", "buffer": lines}
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.click("Upload and check")


report = typed(
    "Send the report",
    category="page",
    name="Quality Inspector",
    email=APPLICANT["email"],
    description="A link leads nowhere.",
)


def reported(visitor, world):
    """Have an issue reported, then look at the list again."""
    somebody = world.visit()
    somebody.page.goto("/report-an-issue/")
    report(somebody, world)
    visitor.page.reload()


def session_warning(visitor, world):
    """Let the time pass until the portal warns that it signs out."""
    visitor.page.clock.install()
    visitor.page.reload()
    visitor.page.clock.fast_forward(800_000)
    visitor.page.get_by_role("dialog").or_(visitor.page.get_by_role("alertdialog")).wait_for()


def viewing_as(person):
    """Return the step that sees the group as *person*; in a session of its own, for it stays so."""

    def step(visitor, world):
        visitor.sign_in(SEVERAL, to=visitor.page.url)
        visitor.click(person, "link")
        visitor.click(f"View as {person}")

    return step


def offer_made(visitor, world):
    """Have SEVERAL offer the primary role to Luis Ortega, then look at the page again."""
    world.offer_hand_over()
    visitor.page.reload()


def access_lost(visitor, world):
    """Register somebody invited; their access is removed, and they click on."""
    email, administrator = "lee.inspector@cedarridgemfg.example", world.visit(who=SEVERAL)
    add_user(
        administrator, slug="20418a", first_name="Lee", last_name="Inspector", email=email,
        atoms=["billing_view"], unit="0002",
    )  # fmt: skip
    code = code_for(visitor, email)
    register_invited(visitor, email, code, user_name="linspector", phrase="Rain on the roof")
    administrator.page.goto("/g/20418a/users/?q=lee")
    administrator.click("Remove Lee Inspector", "link")
    administrator.click("Remove access for Lee Inspector")
    administrator.sees("open session ended")
    visitor.page.goto("/home/")


def emergency_opened(visitor, world):
    """Open emergency access; in a session of its own, for the bar stays there."""
    visitor.sign_in(SUPERVISOR)
    visitor.page.goto("/staff/groups/employergroup/?q=20533A")
    first_row(visitor, world)
    visitor.click("Emergency access", "link")
    typed("Open for one hour", reason="The quality of pages is looked at.")(visitor, world)


def switcher_opened(width):
    """Return the step that opens the list of groups in the header as it is *width* pixels wide."""

    def step(visitor, world):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.locator(".ep-switcher summary:visible").click()
        visitor.page.locator(".ep-switcher__found:visible").wait_for()

    return step
