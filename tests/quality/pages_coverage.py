"""Pages about plans and rates: a group's own, and what staff do with them."""

from tests.quality.acting import SEVERAL, Page, first_row, in_turn, press, typed

PLANS = "/g/20418a/plans/"
BY_AGE = "/g/20533a/plans/"
SUPERVISOR = "bwhitaker"  # who may load rates
RATE_FILES, STAFF_PLANS = "/staff/groups/rateload/", "/staff/groups/plan/"
# A rate that follows one for a year, an end, an offer, a line already so, and one wrong line of each kind of reader
LINES = b"""Group,Unit,Class,Plan,Tier,Amount,From,To
20418A,,,SILVER-HMO-3000,EE,530.58,2029-01-01,2029-12-31
20418A,,,SILVER-HMO-3000,FAM,,,2029-12-31
20418A,,PT,GOLD-PPO-1500,,,2029-01-01,
20418A,,,BRONZE-HMO-6000,,,2029-01-01,
20418A,,,SILVER-HMO-3000,Wizard,530.58,2029-01-01,
99999Z,,,SILVER-HMO-3000,EE,530.58,2029-01-01,
"""


def rates_uploaded(visitor, world):
    """Upload a file of rates."""
    file = {"name": "rates.csv", "mimeType": "text/csv", "buffer": LINES}
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.click("Upload and check")


COVERAGE = [
    Page("plans", PLANS, SEVERAL),
    Page("plans-of-unit", f"{PLANS}?unit=0002", SEVERAL),
    Page("plans-nothing", f"{PLANS}?on=2001-01-01", SEVERAL),
    Page("plans-error", f"{PLANS}?on=soon", SEVERAL),
    Page("plans-by-age", BY_AGE, SEVERAL),
    Page("plans-without-rates", "/g/20677a/plans/", "agrant"),
    Page("plan-without-rates", "/g/20677a/plans/CHOICE-EPO/", "agrant"),
    Page("plan", f"{PLANS}SILVER-HMO-3000/?unit=0002", SEVERAL),
    Page("plan-ended", f"{PLANS}GOLD-PPO-1000/", SEVERAL),
    Page("plan-by-age", f"{BY_AGE}CHOICE-EPO/", SEVERAL),
    Page("help-plans", "/help/plans-and-rates/"),
    Page("staff-plans", STAFF_PLANS, SUPERVISOR),
    Page("staff-plan", STAFF_PLANS, SUPERVISOR, first_row, at=rf"{STAFF_PLANS}\d+/change/"),
    Page("staff-plan-edit", STAFF_PLANS, SUPERVISOR, in_turn(first_row, press("Correct", "link")), at=rf"{STAFF_PLANS}\d+/edit/"),
    Page("staff-plan-add", f"{STAFF_PLANS}add/", SUPERVISOR),
    Page("staff-plan-add-error", f"{STAFF_PLANS}add/", SUPERVISOR, typed("Save", code="gold 1")),
    Page("rate-file-add", f"{RATE_FILES}add/", SUPERVISOR),
    Page("rate-file-add-error", f"{RATE_FILES}add/", SUPERVISOR, press("Upload and check")),
    Page("rate-file", f"{RATE_FILES}add/", SUPERVISOR, rates_uploaded, at=rf"{RATE_FILES}\d+/change/"),
    Page("rate-files", RATE_FILES, SUPERVISOR),
]  # fmt: skip
