"""A group and its coverage as people use them: a past rate, a contact of one billing unit, its confirmation."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.delegation import add_user, code_for, register_invited

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

UNIT, PLANS = "/g/20418a/units/0002/", "/g/20418a/plans/"
VERA = "vera.lindt@cedarridgemfg.example"


def first_rate(visitor):
    """Return the plan in the first row and what it costs for an employee alone."""
    row = visitor.page.locator("#plans-list tbody tr").first
    return row.locator("th a").inner_text(), row.locator("td.ep-number").first.inner_text()


def test_an_administrator_looks_up_a_rate_changes_a_contact_and_prints_the_confirmation(visit):
    karen, vera = visit(), visit()
    karen.sign_in("kmitchell", to=PLANS)
    plan, today = first_rate(karen)
    past = date.today() - timedelta(days=365)  # noqa: DTZ011 - the day the browser shows
    karen.page.locator("[name=on]").focus()
    karen.page.keyboard.type(f"{past:%m%d%Y}", delay=60)  # as people do, not the whole day at once
    karen.page.keyboard.press("Enter")
    karen.sees(f"In force on {past:%A, %B} {past.day}, {past.year}")
    assert first_rate(karen)[0] == plan
    assert re.fullmatch(r"\$[\d,]+\.\d\d", first_rate(karen)[1])
    assert first_rate(karen)[1] != today

    karen.click("Group details", "link")
    karen.click("0002 Distribution center", "link")
    karen.click("Change Owen Castillo, Billing", "link")
    karen.fill(phone="12")
    karen.click("Continue to review")
    karen.sees("Enter a US phone number with 10 digits")
    karen.fill(phone="413 555 0188")
    karen.click("Continue to review")
    karen.sees("(413) 555-0126")
    karen.sees("(413) 555-0188")
    karen.click("Submit")
    karen.heading("Done")
    number = re.search(r"TX-\d{6}-\d{4}", karen.page.title())[0]
    karen.click("Back to 0002 Distribution center", "link")
    karen.sees("(413) 555-0188")

    karen.page.get_by_role("navigation", name="Group").get_by_role(
        "link", name="Transactions"
    ).click()
    karen.fill(kind="groups.contact_changed")
    expect(karen.page).to_have_url(re.compile("kind=groups.contact_changed"))
    karen.click(number, "link")
    karen.heading("Contact changed")
    karen.sees("0002 Distribution center")
    karen.page.emulate_media(media="print")
    expect(karen.page.get_by_text("Printed by Karen Mitchell")).to_be_visible()
    expect(karen.page.get_by_role("navigation", name="Group")).to_be_hidden()
    karen.page.emulate_media(media="screen")
    with karen.page.expect_download() as download:
        karen.click("PDF", "link")
    assert number in download.value.suggested_filename
    assert download.value.path().read_bytes().startswith(b"%PDF")

    add_user(
        karen, slug="20418a", first_name="Vera", last_name="Lindt", email=VERA,
        atoms=["plans_view", "transactions_view"], unit="0002",
    )  # fmt: skip
    register_invited(
        vera, VERA, code_for(vera, VERA), user_name="vlindt", phrase="Geese over the weir"
    )
    vera.page.goto(UNIT)
    vera.sees("(413) 555-0188")
    change = change_link(karen)
    expect(
        vera.page.get_by_role("link", name=re.compile("^(Change|Add contact|Remove)"))
    ).to_have_count(0)
    assert vera.page.goto(change).status == 403
    vera.page.goto(PLANS)
    vera.sees(plan)
    expect(vera.page.get_by_role("main")).not_to_contain_text("$")
    vera.page.goto(f"/g/20418a/transactions/{number}/")
    vera.heading("Contact changed")


def change_link(karen):
    """Return the address of the page that changes the unit's billing contact."""
    karen.page.goto(UNIT)
    link = karen.page.get_by_role("link", name=re.compile("Change Owen Castillo"))
    return link.get_attribute("href")


def test_a_contact_is_changed_without_javascript(visit):
    ruth = visit(javascript=False)
    ruth.sign_in("rdelaney", to="/g/20533a/group/")
    ruth.click("Add contact", "link")
    ruth.fill(
        kind="enrollment", first_name="Nils", last_name="Berg", title="Clerk", phone="413-555-0119",
        email="nberg@cedarridgelogistics.example",
    )  # fmt: skip
    ruth.click("Continue to review")
    ruth.click("Back")
    ruth.fill(title="Office clerk")
    ruth.click("Continue to review")
    ruth.sees("Office clerk")
    ruth.click("Submit")
    ruth.heading("Done")
    ruth.click("Back to the group", "link")
    ruth.sees("Nils Berg")
    ruth.page.goto("/g/20533a/units/0001/addresses/physical/")
    ruth.fill(line1="9 Canal Street", zip_code="01040", city="Holyoke", state="MA")
    ruth.click("Continue to review")
    ruth.click("Submit")
    ruth.heading("We have it")
    ruth.page.goto("/g/20533a/units/0001/addresses/physical/")
    ruth.sees("A change of this waits for us already")
