"""Every page there is, and how to get there. A new screen is one more line.

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

from tests.front_door import application, ask_for_access, follow_request, open_request
from tests.visitor import ACCESS_KEY, PEOPLE

APPLICANT = application("Quality", "Inspector")
SEVERAL, ONE, NONE = "kmitchell", "rdelaney", "pvance"  # by the number of their groups
WITHOUT_THE_RIGHT = "dpruitt"
SOMEBODY, WITH_APP = "agrant", "bwhitaker"  # signs in step by step; has an authenticator app
STAFF, AUDITOR = "ncastellanos", "glindholm"
QUEUE = "/staff/accounts/registrationrequest/"
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
        self.stack, self.visit, self._key, self._has_app = stack, visit, "", False

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


def too_often(visitor, world):
    """Look a request up wrongly until the portal asks to slow down."""
    while visitor.page.get_by_role("button", name="Show my request").count():
        typed("Show my request", number="REG-000000-0000", email="a@b.example")(visitor, world)


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


# --- The list -------------------------------------------------------------------------------------

HELP = (
    "register-new-users", "sign-in-seal", "sign-in", "manage-profile", "report-an-issue",
    "recover-username-password", "devices-and-sessions", "change-password", "request-portal-access",
    "two-step-verification", "enter-your-access-code",
)  # fmt: skip

PUBLIC = [
    Page("home", "/"),
    Page("home-signed-in", "/", SEVERAL),
    Page("tour", "/tour/"),
    Page("help", "/help/"),
    Page("help-signed-in", "/help/", SEVERAL),
    *(Page(f"help-{slug}", f"/help/{slug}/") for slug in HELP),
    Page("privacy", "/privacy/"),
    Page("terms", "/terms/"),
    Page("cookies", "/cookies/"),
    Page("cookies-chosen", "/", then=press("Reject optional")),
    Page("accessibility", "/accessibility/"),
    Page("language-help", "/language-help/"),
    Page("region", "/region/"),
    Page("report-issue", "/report-an-issue/"),
    Page("report-issue-error", "/report-an-issue/", then=press("Send the report")),
    Page("report-issue-sent", "/report-an-issue/", then=report, at="/report-an-issue/sent/"),
    Page("mailbox", "/demo/mailbox/"),
    Page("mailbox-nothing", "/demo/mailbox/?to=nobody"),
    Page("mailbox-letter", "/demo/mailbox/", SEVERAL, first_row, at=r"/demo/mailbox/[\d-]+/"),
    Page("components", "/demo/components/"),
]

REGISTRATION = [
    Page("register", "/register/"),
    Page("register-empty-error", "/register/", then=press("Submit")),
    Page("register-wrong-error", "/register/", then=typed("Submit", identifier="12")),
    Page("request", "/register/", then=group_chosen, at="/register/request/"),
    Page(
        "request-empty-error",
        "/register/",
        then=in_turn(group_chosen, press("Submit")),
        at="/register/request/",
    ),
    Page("request-review", "/register/", then=request_filled, at="/register/request/review/"),
    Page(
        "request-sent",
        "/register/",
        then=in_turn(request_filled, press("Submit")),
        at="/register/request/sent/",
    ),
    Page("find-request", "/register/status/"),
    Page("find-request-empty-error", "/register/status/", then=press("Show my request")),
    Page(
        "status-submitted",
        "/register/status/",
        then=status_of("mbell@hollisdental.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-in-review",
        "/register/status/",
        then=status_of("tquinn@cedarridgelogistics.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-needs-info",
        "/register/status/",
        then=status_of("imani@heronpointtaproom.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-no-answer-error",
        "/register/status/",
        then=in_turn(status_of("imani@heronpointtaproom.example"), press("Send answer")),
        at="/register/status/answer/",
    ),
    Page(
        "status-late",
        "/register/status/",
        then=status_of("pdoherty@oneilldangelo.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-approved",
        "/register/status/",
        then=status_of("ebruckner@penasohne.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-key-expired",
        "/register/status/",
        then=status_of("tgoodwin@otterbrook.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-expired",
        "/register/status/",
        then=status_of("oblackwood@tamarackfreight.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-declined",
        "/register/status/",
        then=status_of("gstroud@quarryhillschools.example"),
        at="/register/status/view/",
    ),
    Page(
        "status-withdrawn",
        "/register/status/",
        then=status_of("hosei@sandbarrobotics.example"),
        at="/register/status/view/",
    ),
    Page(
        "correct-request",
        "/register/status/",
        then=in_turn(status_of("mbell@hollisdental.example"), press("Correct my details", "link")),
        at="/register/status/correct/",
    ),
    Page(
        "correct-request-empty-error",
        "/register/status/",
        then=in_turn(
            status_of("mbell@hollisdental.example"),
            press("Correct my details", "link"),
            typed("Save", first_name="", last_name=""),
        ),
        at="/register/status/correct/",
    ),
    Page(
        "withdraw-request",
        "/register/status/",
        then=in_turn(
            status_of("mbell@hollisdental.example"), press("Withdraw the request", "link")
        ),
        at="/register/status/withdraw/",
    ),
    Page("enter-key", "/register/", then=key_asked, at="/register/key/"),
    Page(
        "enter-key-empty-error",
        "/register/",
        then=in_turn(key_asked, press("Submit")),
        at="/register/key/",
    ),
    Page(
        "enter-key-mistyped-error",
        "/register/",
        then=in_turn(key_asked, typed("Submit", access_key="1234-5678-9012-3456")),
        at="/register/key/",
    ),
    Page("review-key", "/register/", then=key_entered, at="/register/key/review/"),
    Page(
        "create-account",
        "/register/",
        then=in_turn(key_entered, press("Submit")),
        at="/register/account/",
    ),
    Page(
        "create-account-empty-error",
        "/register/",
        then=in_turn(key_entered, press("Submit"), press("Submit")),
        at="/register/account/",
    ),
    Page(
        "review-account",
        "/register/",
        then=in_turn(key_entered, press("Submit"), typed("Submit", **ACCOUNT)),
        at="/register/account/review/",
    ),
    Page("registered", "/register/done/", ONE),
]

SIGN_IN = [
    Page("sign-in", "/sign-in/"),
    Page("sign-in-empty-error", "/sign-in/", then=press("Continue")),
    Page("seal", "/sign-in/", then=seal_of("lortega"), at="/sign-in/seal/"),
    Page("seal-made-up", "/sign-in/", then=seal_of("nobody.here"), at="/sign-in/seal/"),
    Page(
        "seal-wrong-password-error",
        "/sign-in/",
        then=in_turn(seal_of("nobody.here"), typed("Sign in", password="wrong")),
        at="/sign-in/seal/",
    ),
    Page("code", "/sign-in/", then=password_entered, at="/account/login/code/confirm/"),
    Page(
        "code-wrong-error",
        "/sign-in/",
        then=in_turn(password_entered, typed("Continue", code="BCDF-GHJK")),
        at="/account/login/code/confirm/",
    ),
    Page("second-step", "/sign-in/", then=app_asked, at="/account/2fa/authenticate/"),
    Page(
        "second-step-error",
        "/sign-in/",
        then=in_turn(app_asked, typed("Sign in", code="000000")),
        at="/account/2fa/authenticate/",
    ),
    Page("trust-browser", "/sign-in/", then=trust_asked, at="/account/2fa/trust/"),
    Page("signed-out", "/sign-in/ended/"),
    Page("forgot-user-name", "/sign-in/forgot-username/"),
    Page(
        "forgot-user-name-empty-error", "/sign-in/forgot-username/", then=press("Send my user name")
    ),
    Page("forgot-user-name-sent", "/sign-in/forgot-username/sent/"),
    Page("forgot-password", "/account/password/reset/"),
    Page("forgot-password-empty-error", "/account/password/reset/", then=press("Send a code")),
    Page(
        "forgot-password-code",
        "/account/password/reset/",
        then=typed("Send a code", email="nobody@x.example"),
        at="/account/password/reset/confirm/",
    ),
    Page(
        "forgot-password-new",
        "/account/password/reset/",
        then=reset_code_entered,
        at="/account/password/reset/complete/",
    ),
    Page("forgot-password-done", "/account/password/reset/done/"),
    Page("signup-closed", "/account/signup/"),
    Page("account-inactive", "/account/inactive/"),
]

SIGNED_IN = [
    Page("landing", "/home/", SEVERAL),
    Page("landing-empty", "/home/", NONE),
    Page("session-warning", "/home/", SEVERAL, session_warning),
    Page("group-home", "/g/20418a/", SEVERAL),
    Page("group-home-one", "/home/", ONE, at="/g/20533a/"),
    Page("manage-users", "/g/20418a/users/", SEVERAL),
    Page("redeem-code", "/enter-access-code/", NONE),
    Page("redeem-code-empty-error", "/enter-access-code/", NONE, press("Submit")),
    Page("profile", "/profile/", SEVERAL),
    Page("profile-error", "/profile/", SEVERAL, typed("Save profile", first_name="", last_name="")),
    Page("edit-seal", "/profile/seal/", SEVERAL),
    Page("edit-seal-error", "/profile/seal/", SEVERAL, typed("Save Sign-in Seal", phrase="")),
    Page("email", "/account/email/", SEVERAL),
    Page("email-empty-error", "/account/email/", SEVERAL, press("Send a code")),
    Page("accept-terms", "/sign-in/", then=terms_changed, at="/terms/accept/"),
    Page("change-password", "/account/password/change/", SEVERAL),
    Page(
        "change-password-empty-error",
        "/account/password/change/",
        SEVERAL,
        press("Change password"),
    ),
    Page("sessions", "/account/sessions/", SEVERAL),
    Page("sign-out", "/account/logout/", SEVERAL),
    Page("two-step", "/account/2fa/", SEVERAL),
    Page("totp", "/account/2fa/totp/activate/", SEVERAL),
    Page(
        "totp-wrong-error",
        "/account/2fa/totp/activate/",
        SEVERAL,
        typed("Use this app", code="000000"),
    ),
    Page("two-step-on", "/account/2fa/", WITH_APP, with_app()),
    Page(
        "totp-remove",
        "/account/2fa/",
        WITH_APP,
        with_app(press("Remove the app", "link")),
        at="/account/2fa/totp/deactivate/",
    ),
    Page(
        "recovery-codes",
        "/account/2fa/",
        WITH_APP,
        with_app(press("See the codes", "link")),
        at="/account/2fa/recovery-codes/",
    ),
    Page(
        "recovery-codes-new",
        "/account/2fa/",
        WITH_APP,
        with_app(press("Make new codes", "link")),
        at="/account/2fa/recovery-codes/generate/",
    ),
    Page(
        "reauthenticate-app",
        "/profile/",
        WITH_APP,
        confirm_with_app,
        at="/account/2fa/reauthenticate/",
    ),
    Page("passkeys", "/account/2fa/webauthn/", SEVERAL),
    Page("passkey-add", "/account/2fa/webauthn/add/", SEVERAL),
    Page("reauthenticate", "/account/reauthenticate/", SEVERAL),
]

ON_STAFF = [
    Page("staff", "/staff/", STAFF),
    Page("staff-auditor", "/staff/", AUDITOR),
    Page("queue", QUEUE, STAFF),
    Page("queue-all", f"{QUEUE}?state=all", STAFF),
    Page("queue-nothing", f"{QUEUE}?q=nothing+fits+this", STAFF),
    Page("case-submitted", QUEUE, STAFF, row_of("Linh"), at=f"{QUEUE}REG-.*/change/"),
    Page("case-in-review", QUEUE, STAFF, row_of("Teresa Quinn"), at=f"{QUEUE}REG-.*/change/"),
    Page("case-late", QUEUE, STAFF, row_of("Patrick"), at=f"{QUEUE}REG-.*/change/"),
    Page("case-auditor", QUEUE, AUDITOR, row_of("Teresa Quinn"), at=f"{QUEUE}REG-.*/change/"),
    Page("case-needs-info", f"{QUEUE}?state=all&q=Fontaine", STAFF, first_row, at=f"{QUEUE}REG-.*/change/"),
    Page("case-approved", f"{QUEUE}?state=all&q=Goodwin", STAFF, first_row, at=f"{QUEUE}REG-.*/change/"),
    Page("case-declined", f"{QUEUE}?state=all&q=Stroud", STAFF, first_row, at=f"{QUEUE}REG-.*/change/"),
    Page("case-ask", QUEUE, STAFF, row_of("Linh", unfold("Ask for information")), at=f"{QUEUE}REG-.*/change/"),
    Page("case-decline-empty-error", QUEUE, STAFF, row_of("Linh", unfold("Decline with a reason"), press("Decline the request")), at=f"{QUEUE}REG-.*/decline/"),
    Page("case-link", QUEUE, STAFF, row_of("Linh", press("Link to another group", "link")), at=f"{QUEUE}REG-.*/link/"),
    Page("paper-request", f"{QUEUE}add/", STAFF),
    Page("paper-request-empty-error", f"{QUEUE}add/", STAFF, press("Put it in the queue")),
    *(
        page
        for name in ("groups/employergroup", "accounts/user", "accounts/grant", "accounts/accesscode",
                     "portal/outboundemail", "portal/auditevent")
        for page in (
            Page(f"staff-{name.replace('/', '-')}", f"/staff/{name}/", STAFF),
            Page(f"staff-{name.replace('/', '-')}-row", f"/staff/{name}/", STAFF, first_row, at=f"/staff/{name}/.+/change/"),
        )
    ),
    Page("staff-issues", "/staff/messaging/issuereport/", STAFF, reported),
    Page("staff-issue", "/staff/messaging/issuereport/", STAFF, in_turn(reported, first_row), at="/staff/messaging/issuereport/.+/change/"),
    Page("staff-app", "/staff/accounts/", STAFF),
]  # fmt: skip

REFUSALS = [
    Page("400", "/sign-in/", then=too_many_fields, status=400),
    Page("403", "/g/20418a/users/", WITHOUT_THE_RIGHT, status=403),
    Page("403-staff", "/staff/", SEVERAL, status=403, at="/staff/.*"),
    Page("403-csrf", "/sign-in/", then=forged, status=403),
    Page("404", "/no-such-page/", status=404),
    Page("404-signed-in", "/g/zz999z/", SEVERAL, status=404),
    Page("404-staff", "/staff/nothing/", STAFF, status=404),
    Page("429", "/register/status/", then=too_often, status=429),
]

PAGES = [*PUBLIC, *REGISTRATION, *SIGN_IN, *SIGNED_IN, *ON_STAFF, *REFUSALS]
