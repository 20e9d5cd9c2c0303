"""Pages about who has access to a group: users, brokers, hand-over, review, activity, book of business."""

from playwright.sync_api import expect

from tests.quality.acting import (
    ONE,
    SEVERAL,
    SOMEBODY,
    Page,
    access_lost,
    emergency_opened,
    first_row,
    in_turn,
    offer_made,
    press,
    switcher_opened,
    typed,
    viewing_as,
)

USERS, OTHER_USERS = "/g/20418a/users/", "/g/20533a/users/"
LUIS, MARK, ALICIA = f"{USERS}?q=Ortega", f"{USERS}?q=Johnson", f"{USERS}?q=Grant"
HAND_OVER = "/g/20418a/hand-over/"
ANY_USER = f"{USERS}[0-9a-f-]{{36}}/"

luis = press("Luis Ortega", "link")
mark = press("Mark Johnson", "link")
alicia = press("Alicia Grant", "link")


def named(email, first_name="Noor", last_name="Inspector"):
    """Return the step that says who gets access."""
    who = {"first_name": first_name, "last_name": last_name, "email": email, "email_again": email}
    return typed("Continue", **who)


def level(role):
    """Return the step that chooses *role*, lets the page put its parts together, and goes on."""

    def step(visitor, world):
        visitor.fill(role=role)
        expect(visitor.page.locator(".htmx-request")).to_have_count(0)
        visitor.click("Continue to review")

    return step


def found(text):
    """Return the step that searches the directory of brokers."""
    return typed("Search", search=text)


level_chosen = in_turn(
    named("noor.inspector@cedarridgemfg.example"),
    level("viewer"),
)
# Somebody else than above: who was invited once cannot be again.
invited = in_turn(
    named("nils.inspector@cedarridgemfg.example", "Nils"),
    level("viewer"),
    press("Add user and send the email"),
)
broker_chosen = in_turn(found("imoreau@summitbenefit.example"), press("Continue"))
broker_level_chosen = in_turn(broker_chosen, level("broker_view"))

MANAGING = [
    Page("manage-users", USERS, SEVERAL),
    Page("manage-users-nothing", f"{USERS}?q=nobody+fits", SEVERAL),
    Page("manage-users-invited", f"{USERS}?status=invited", SEVERAL),
    Page("add-user", f"{USERS}add/", SEVERAL),
    Page("add-user-empty-error", f"{OTHER_USERS}add/", ONE, named("", "", "")),
    Page("add-user-known-error", f"{USERS}add/", SEVERAL, named("lortega@cedarridgemfg.example")),
    Page("add-user-broker-error", f"{USERS}add/", SEVERAL, named("imoreau@summitbenefit.example")),
    Page("add-user-access", f"{USERS}add/", SEVERAL, named("noor.inspector@cedarridgemfg.example"), at=f"{USERS}add/access/"),
    Page("add-user-access-error", f"{OTHER_USERS}add/", ONE, in_turn(named("noor.inspector@cedarridgelogistics.example"), press("Continue to review")), at=f"{OTHER_USERS}add/access/"),
    Page("add-user-review", f"{USERS}add/", SEVERAL, level_chosen, at=f"{USERS}add/review/"),
    Page("add-user-sent", f"{USERS}add/", SEVERAL, invited, at=USERS),
    Page("change-access", LUIS, SEVERAL, press("Change Luis Ortega", "link"), at=f"{ANY_USER}access/"),
    Page("change-access-error", MARK, SEVERAL, in_turn(press("Change Mark Johnson", "link"), press("Continue to review")), at=f"{ANY_USER}access/"),
    Page("change-access-review", LUIS, SEVERAL, in_turn(press("Change Luis Ortega", "link"), level("viewer")), at=f"{ANY_USER}access/review/"),
]  # fmt: skip

COLLEAGUES = [
    Page("colleague", LUIS, SEVERAL, luis, at=ANY_USER),
    Page("colleague-invited", MARK, SEVERAL, mark, at=ANY_USER),
    Page("colleague-own", f"{USERS}?q=Mitchell", SEVERAL, press("Karen Mitchell", "link"), at=ANY_USER),
    Page("colleague-broker", ALICIA, SEVERAL, alicia, at=ANY_USER),
    Page("remove-user", LUIS, SEVERAL, press("Remove Luis Ortega", "link"), at=f"{ANY_USER}remove/"),
    Page("cancel-invitation", MARK, SEVERAL, press("Remove Mark Johnson", "link"), at=f"{ANY_USER}remove/"),
    Page("deactivate-user", LUIS, SEVERAL, in_turn(luis, press("Deactivate", "link")), at=f"{ANY_USER}deactivate/"),
    Page("reset-password", LUIS, SEVERAL, in_turn(luis, press("Reset password", "link")), at=f"{ANY_USER}reset-password/"),
    Page("suggest-password", ALICIA, SEVERAL, in_turn(alicia, press("Reset password", "link")), at=f"{ANY_USER}reset-password/"),
    Page("edit-colleague", LUIS, SEVERAL, in_turn(luis, press("Update profile", "link")), at=f"{ANY_USER}profile/"),
    Page("edit-colleague-error", LUIS, SEVERAL, in_turn(luis, press("Update profile", "link"), typed("Save profile", first_name="", last_name="")), at=f"{ANY_USER}profile/"),
    Page("edit-colleague-elsewhere", ALICIA, SEVERAL, in_turn(alicia, press("Update profile", "link")), at=f"{ANY_USER}profile/"),
    Page("view-as", LUIS, "", viewing_as("Luis Ortega"), at="/g/20418a/"),
    Page("sign-in-access-removed", "/sign-in/", then=access_lost),
    Page("emergency", "/sign-in/", "", emergency_opened, at="/g/20533a/"),
]  # fmt: skip

HANDING_OVER = [
    Page("hand-over", LUIS, SEVERAL, in_turn(luis, press("Hand over the primary role", "link")), at=f"{ANY_USER}hand-over/"),
    Page("hand-over-offered", HAND_OVER, SEVERAL, offer_made),
    Page("hand-over-answer", HAND_OVER, "lortega", offer_made),
    Page("hand-over-choose", "/g/20533a/hand-over/", ONE),
    Page("hand-over-nothing", HAND_OVER, SOMEBODY),
]  # fmt: skip

BROKERS = [
    Page("authorize-broker", f"{OTHER_USERS}broker/", ONE),
    Page("authorize-broker-empty-error", f"{USERS}broker/", SEVERAL, found("")),
    Page("authorize-broker-found", f"{USERS}broker/", SEVERAL, found("Summit")),
    Page("authorize-broker-nothing", f"{USERS}broker/", SEVERAL, found("nobody fits")),
    Page("authorize-broker-none-error", f"{USERS}broker/", SEVERAL, in_turn(found("Harbor"), press("Continue"))),
    Page("authorize-broker-access", f"{USERS}broker/", SEVERAL, broker_chosen, at=f"{USERS}broker/access/"),
    Page("authorize-broker-access-error", f"{OTHER_USERS}broker/", ONE, in_turn(broker_chosen, press("Continue to review")), at=f"{OTHER_USERS}broker/access/"),
    Page("authorize-broker-review", f"{USERS}broker/", SEVERAL, broker_level_chosen, at=f"{USERS}broker/review/"),
    Page("remove-agency", USERS, SEVERAL, press("Stop all access for Summit Benefit Partners", "link"), at=rf"{USERS}agency/\d+/remove/"),
    Page("book", "/home/", SOMEBODY),
    Page("book-nothing", "/home/?q=nothing+fits", SOMEBODY),
    Page("book-attention", "/home/?show=attention", SOMEBODY),
    Page("switcher", "/g/20418a/", SOMEBODY, switcher_opened(1280)),
    Page("switcher-narrow", "/g/20418a/", SOMEBODY, switcher_opened(320)),
]  # fmt: skip

LOOKING_BACK = [
    Page("access-review", f"{USERS}review/", SEVERAL),
    Page("access-review-results", f"{USERS}review/", SEVERAL, first_row, at=f"{USERS}review/[0-9Q-]+/"),
    Page("activity", "/g/20418a/activity/", SEVERAL),
    Page("activity-nothing", "/g/20418a/activity/?about=nobody+fits", SEVERAL),
    Page("activity-error", "/g/20418a/activity/?first_day=2026-02-01&last_day=2026-01-01", SEVERAL),
]  # fmt: skip

ACCESS = [*MANAGING, *COLLEAGUES, *HANDING_OVER, *BROKERS, *LOOKING_BACK]
