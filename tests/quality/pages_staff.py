"""Pages of the carrier's staff."""

from tests.quality.acting import (
    AUDITOR,
    STAFF,
    SUPERVISOR,
    Page,
    first_row,
    in_turn,
    list_uploaded,
    press,
    reported,
    row_of,
    unfold,
)

BEN = "bwhitaker"  # who may say which contacts are evidence
QUEUE = "/staff/accounts/registrationrequest/"

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
        for name in ("groups/employergroup", "accounts/user", "accounts/grant", "accounts/accesscode", "accounts/accessreview",
                     "portal/outboundemail", "portal/auditevent")
        for page in (
            Page(f"staff-{name.replace('/', '-')}", f"/staff/{name}/", STAFF),
            Page(f"staff-{name.replace('/', '-')}-row", f"/staff/{name}/", STAFF, first_row, at=f"/staff/{name}/.+/change/"),
        )
    ),
    Page("staff-contact-origin", "/staff/groups/employergroup/?q=20418A", BEN, in_turn(first_row, row_of("Contract signer")), at=r".*/contacts/\d+/"),
    Page("staff-issues", "/staff/messaging/issuereport/", STAFF, reported),
    Page("staff-issue", "/staff/messaging/issuereport/", STAFF, in_turn(reported, first_row), at="/staff/messaging/issuereport/.+/change/"),
    Page("staff-app", "/staff/accounts/", STAFF),
    Page("staff-agencies", "/staff/accounts/agency/", SUPERVISOR),
    Page("staff-agency", "/staff/accounts/agency/", SUPERVISOR, first_row, at="/staff/accounts/agency/.+/change/"),
    Page("staff-agency-add-empty-error", "/staff/accounts/agency/add/", SUPERVISOR, press("Save")),
    Page("staff-agency-edit", "/staff/accounts/agency/", SUPERVISOR, in_turn(first_row, press("Correct", "link")), at=".*/edit/"),
    Page("staff-broker-add", "/staff/accounts/agency/", SUPERVISOR, in_turn(first_row, press("Add a broker", "link")), at=".*/brokers/add/"),
    Page("staff-broker-edit", "/staff/accounts/agency/", SUPERVISOR, in_turn(first_row, first_row), at=r".*/brokers/\d+/"),
    Page("staff-agency-stop", "/staff/accounts/agency/", SUPERVISOR, in_turn(first_row, press("Emergency stop", "link")), at=".*/stop/"),
    Page("staff-imports", "/staff/accounts/accessimport/", SUPERVISOR),
    Page("staff-import-add-empty-error", "/staff/accounts/accessimport/add/", SUPERVISOR, press("Upload and check")),
    Page("staff-import", "/staff/accounts/accessimport/add/", SUPERVISOR, list_uploaded, at=".*/change/"),
    Page("staff-revoke-empty-error", "/staff/accounts/grant/?q=Ortega", SUPERVISOR, in_turn(first_row, press("Take the access away", "link"), press("Take the access away")), at=".*/revoke/"),
    Page("staff-deactivate", "/staff/accounts/user/?q=Ortega", SUPERVISOR, in_turn(first_row, press("Deactivate", "link")), at=".*/deactivate/"),
    Page("staff-emergency", "/staff/groups/employergroup/", SUPERVISOR, in_turn(first_row, press("Emergency access", "link")), at=".*/emergency/.*"),
]  # fmt: skip
