"""Pages about a group and its billing units: what is on file, and changing contacts and addresses."""

from tests.quality.acting import ONE, SEVERAL, SOMEBODY, Page, in_turn, press, typed

GROUP, OTHER, UNIT = "/g/20418a/group/", "/g/20533a/group/", "/g/20418a/units/0003/"
ANY_CONTACT = rf"{GROUP}contacts/\d+/"
DANA = {
    "first_name": "Dana",
    "last_name": "Inspector",
    "title": "Controller",
    "phone": "413-555-0177",
    "email": "dana.inspector@cedarridgemfg.example",
}
review = press("Continue to review")
named = typed("Continue to review", kind="billing", **DANA)
changed = in_turn(
    press("Change Dana Pruitt, Billing", "link"), typed("Continue to review", title="Controller")
)

GROUPS = [
    Page("group-details", GROUP, SEVERAL),
    Page("group-details-single", OTHER, ONE),
    Page("group-details-viewer", GROUP, SOMEBODY),
    Page("unit", "/g/20418a/units/0002/", SEVERAL),
    Page("contact", GROUP, SEVERAL, press("Change Dana Pruitt, Billing", "link"), at=ANY_CONTACT),
    Page("contact-error", GROUP, SEVERAL, in_turn(press("Change Dana Pruitt, Billing", "link"), typed("Continue to review", first_name="", phone="12")), at=ANY_CONTACT),
    Page("contact-review", GROUP, SEVERAL, changed, at=ANY_CONTACT),
    Page("contact-add", f"{GROUP}contacts/add/", SEVERAL),
    Page("contact-add-error", f"{GROUP}contacts/add/", SEVERAL, review),
    Page("contact-of-unit-review", f"{UNIT}contacts/add/", SEVERAL, named),
    Page("contact-of-unit-sent", f"{UNIT}contacts/add/", SEVERAL, in_turn(named, press("Submit")), at=f"{GROUP}submitted/TX-[0-9-]+/"),
    Page("contact-remove", "/g/20418a/units/0002/", SEVERAL, press("Remove Owen Castillo, Billing", "link"), at=f"{ANY_CONTACT}remove/"),
    Page("address-of-unit-physical", f"{UNIT}addresses/physical/", SEVERAL),
    Page("address-of-unit-error", f"{UNIT}addresses/physical/", SEVERAL, typed("Continue to review", line1="PO Box 7", zip_code="06101")),
    Page("address-review", f"{GROUP}addresses/mailing/", SEVERAL, typed("Continue to review", line1="PO Box 7")),
    Page("address-waits", f"{GROUP}addresses/physical/", SEVERAL),
    Page("address-of-unit", f"{UNIT}addresses/mailing/", SEVERAL),
    Page("address-drop", "/g/20418a/units/0002/addresses/billing/own/drop/", SEVERAL),
]  # fmt: skip
