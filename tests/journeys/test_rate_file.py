"""Staff load a rate table with three wrong lines and see which; the employer sees the new rates on their day."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

LINES = b"""Group,Unit,Plan,Tier,Amount,From
20418A,,SILVER-HMO-3000,EE,612.00,2031-01-01
20418A,,SILVER-HMO-3000,Wizard,700.00,2031-01-01
20418A,,SILVER-HMO-3000,FAM,"1,744.205",2031-01-01
20418A,0009,SILVER-HMO-3000,EE,630.00,2031-01-01
20418A,,SILVER-HMO-3000,ES,1224.00,2031-01-01
"""


def rates_on(visitor, day):
    """Return what the page says a month of the silver plan costs on *day*."""
    visitor.page.get_by_label("In force on").fill(day)
    visitor.page.get_by_role("button", name="Show").click()
    expect(visitor.page).to_have_url(f"{visitor.page.url.partition('?')[0]}?on={day}&unit=")
    row = visitor.page.get_by_role("row").filter(has_text="Silver HMO 3000")
    return row.get_by_role("cell").all_inner_texts()


def test_three_wrong_lines_are_named_and_the_rest_is_in_force_on_its_day(visit):
    ben, karen = visit(), visit()
    ben.sign_in("bwhitaker", to="/staff/groups/rateload/")
    ben.click("Upload a file", "link")
    file = {"name": "rates-2031.csv", "mimeType": "text/csv", "buffer": LINES}
    ben.page.locator("input[type=file]").set_input_files(file)
    ben.click("Upload and check")
    ben.heading("rates-2031.csv")
    ben.click("Show them", "link")
    wrong = ben.page.locator("tbody tr")
    expect(wrong).to_have_count(3)
    assert [text.partition("Cannot be taken")[2].strip() for text in wrong.all_inner_texts()] == [
        "Tier: We know no such tier. Use EE, ES, EC, FAM or AGE.",
        "Amount: Enter dollars and cents above zero, such as 612.47.",
        "Unit: The group has no such billing unit.",
    ]
    ben.click("Load 2 lines")
    ben.sees("New rates: 2, new plan offers: 0, changed: 2.")

    karen.sign_in("kmitchell", to="/g/20418a/plans/")
    assert rates_on(karen, "2030-12-31")[1:5] == ["$498.20", "$996.40", "$921.67", "$1,419.87"]
    assert rates_on(karen, "2031-01-01")[1:5] == ["$612.00", "$1,224.00", "$921.67", "$1,419.87"]
