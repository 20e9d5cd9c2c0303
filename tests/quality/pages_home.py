"""The home page of a group, announcements and account settings; and what staff write for them."""

from tests.quality.acting import (
    AUDITOR,
    SEVERAL,
    SOMEBODY,
    SUPERVISOR,
    WITHOUT_THE_RIGHT,
    Page,
    first_row,
    in_turn,
    press,
    row_of,
    typed,
    unfold,
)

HOME = "/g/20418a/"
NEWS, SETTINGS = f"{HOME}announcements/", f"{HOME}settings/"
STAFF_NEWS, A_DRAFT = "/staff/groups/announcement/", "Open enrollment"
ANY = rf"{STAFF_NEWS}\d+/"
A_GROUP = "/staff/groups/employergroup/?q=20418A"
team = in_turn(first_row, press("Account team", "link"))

AT_HOME = [
    Page("group-home-as-table", HOME, SEVERAL, unfold("Show as table")),
    Page("group-home-of-units", HOME, WITHOUT_THE_RIGHT),
    Page("group-home-put-away", HOME, SOMEBODY, lambda visitor, _world: visitor.page.locator(".ep-news button").first.click()),
    Page("announcements", NEWS, SEVERAL),
    Page("announcement", NEWS, SEVERAL, first_row, at=rf"{NEWS}\d+/"),
    Page("account-settings", SETTINGS, SEVERAL),
    Page("account-settings-saved", SETTINGS, WITHOUT_THE_RIGHT, press("Save settings")),
    Page("staff-announcements", STAFF_NEWS, AUDITOR),
    Page("staff-announcement", STAFF_NEWS, AUDITOR, first_row, at=f"{ANY}change/"),
    Page("staff-announcement-draft", STAFF_NEWS, SUPERVISOR, row_of(A_DRAFT), at=f"{ANY}change/"),
    Page("staff-announcement-edit", STAFF_NEWS, SUPERVISOR, row_of(A_DRAFT, press("Change the draft", "link")), at=f"{ANY}edit/"),
    Page("staff-announcement-add", f"{STAFF_NEWS}add/", SUPERVISOR),
    Page("staff-announcement-add-error", f"{STAFF_NEWS}add/", SUPERVISOR, typed("Save the draft", group_ids="ZZ999Z")),
    Page("staff-team", A_GROUP, SUPERVISOR, team, at=r"/staff/groups/employergroup/\d+/team/"),
]  # fmt: skip
