"""Rate files on the staff side: upload, preview, decision."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from groups.actions.rate_loads import prepare_load
from groups.models import EmployerGroup, Plan, Rate, RateLoad
from groups.rate_files import COLUMNS
from portal.csv_lists import read
from tests.factories import (
    EmployeeClassFactory,
    EmployerGroupFactory,
    PlanFactory,
    PlanOfferFactory,
    RateFactory,
    SubgroupFactory,
)
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST = "/staff/groups/rateload/"
THREE_WRONG = (Path(__file__).parent / "data" / "rates_three_wrong.csv").read_bytes()
HEAD = "Group,Plan,Tier,Amount,From\n"
LINE = "20418A,SILVER,EE,530.58,2027-01-01\n"


@pytest.fixture(autouse=True)
def _cedar():
    group = EmployerGroupFactory(group_id="20418A", name="Cedar Ridge")
    SubgroupFactory(group=group, code="0002")
    EmployeeClassFactory(group=group, code="FT")
    PlanOfferFactory(group=group, plan=PlanFactory(code="SILVER"))
    PlanFactory(code="GOLD")


@pytest.fixture
def boss():
    return staff_with("am_supervisor")


@pytest.fixture
def browser(boss):
    return browser_of(boss)


def upload(browser, content, name="rates-2027.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return browser.post(f"{LIST}add/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def stored(by, content=HEAD + LINE):
    return prepare_load("rates.csv", lines=read(content.encode(), COLUMNS).rows, by=by)


def rows(page):
    return [" ".join(" ".join(row.itertext()).split()) for row in select(page, "tbody tr")]


def test_three_wrong_lines_are_seen_before_the_rest_is_loaded(browser):
    page = upload(browser, THREE_WRONG)

    chips = [" ".join(chip.text_content().split()) for chip in select(page, ".ep-chip")]
    assert chips == ["All lines 8", "Cannot be taken 3", "New 5"]
    assert "5 lines are taken." in text(page, ".ep-effect")
    assert "3 lines are wrong and left out." in text(page, ".ep-effect")
    path = f"{LIST}{RateLoad.objects.get().pk}/change/"
    wrong = rows(browser.get(path, {"verdict": "wrong"}))
    assert [row[:2] for row in wrong] == ["4 ", "5 ", "6 "]
    assert [row.partition("Cannot be taken ")[2] for row in wrong] == [
        "Tier: We know no such tier. Use EE, ES, EC, FAM or AGE.",
        "Amount: Enter dollars and cents above zero, such as 612.47.",
        "Group: We know no such group.",
    ]
    offer = next(row for row in rows(browser.get(path)) if row.startswith("8 "))
    assert offer.endswith("GOLD Offer class FT 2027-01-01 New offer")
    assert not Rate.objects.exists()

    [form] = select(page, "form[action$='/commit/']")
    done = browser.post(form.get("action"), follow=True)

    assert text(done, ".ep-messages") == ("Loaded. New rates: 4, new plan offers: 1, changed: 0.")
    assert not select(done, "form[action$='/commit/'], form[action$='/drop/']")
    assert Rate.objects.count() == 4
    again = browser.post(form.get("action"), follow=True)
    assert "Nothing was done twice." in text(again, ".ep-messages")


def test_ends_and_corrections_are_seen_before_they_hold(browser):
    offer = PlanOfferFactory(group=EmployerGroup.objects.get(), plan=Plan.objects.get(code="GOLD"))
    for tier in ("EE", "FAM"):
        RateFactory(group=offer.group, plan=offer.plan, tier=tier, amount="500.00")
    page = upload(
        browser,
        "Group,Plan,Tier,Amount,From,To,Corrects\n"
        "20418A,GOLD,EE,550,2024-01-01,,500\n"
        "20418A,GOLD,FAM,,,2026-12-31,\n"
        "20418A,GOLD,,,,2027-12-31,\n",
    )

    effect = text(page, ".ep-effect")
    assert "1 of them corrects the amount of a rate, from its first day." in effect
    assert "2 of them end rates or offers, and take back what would begin later." in effect
    assert rows(page) == [
        "2 20418A Cedar Ridge GOLD EE 550 2024-01-01 Corrects a rate It was $500.00.",
        "3 20418A Cedar Ridge GOLD FAM – 2026-12-31 Ends It was from Jan 1, 2024.",
        "4 20418A Cedar Ridge GOLD Offer – 2027-12-31 Ends It was from Jan 1, 2024.",
    ]
    done = browser.post(select(page, "form[action$='/commit/']")[0].get("action"), follow=True)

    assert text(done, ".ep-messages") == "Loaded. New rates: 0, new plan offers: 0, changed: 3."


def test_a_dropped_file_loads_nothing(browser):
    page = upload(browser, HEAD + LINE)

    done = browser.post(select(page, "form[action$='/drop/']")[0].get("action"), follow=True)

    assert text(done, ".ep-messages") == "Dropped. No rate has changed."
    assert not Rate.objects.exists()
    assert len(rows(done)) == 1


def test_a_file_without_a_line_to_take_can_only_be_dropped(browser):
    page = upload(browser, HEAD + LINE.replace("EE", "Wizard"))

    assert not select(page, "form[action$='/commit/']")
    assert select(page, "form[action$='/drop/']")


def test_an_odd_verdict_or_page_shows_all(browser, boss):
    path = f"{LIST}{stored(boss).pk}/change/"

    assert len(rows(browser.get(path, {"verdict": "%00", "page": "99"}))) == 1
    assert text(browser.get(path, {"verdict": "same"}), ".ep-empty h2") == "No such line"


def test_long_files_have_pages(browser, boss):
    lines = "".join(f"2041{at:02d},SILVER,EE,5,2027-01-01\n" for at in range(101))
    path = f"{LIST}{stored(boss, HEAD + lines).pk}/change/"

    page = browser.get(path, {"verdict": "wrong"})

    assert len(rows(page)) == 100
    assert len(rows(browser.get(path + select(page, "a[href$='page=2']")[0].get("href")))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "This file is empty."),
        (b"PK\x03\x04", "This is a workbook. Save the sheet as CSV (comma separated) and choose that file."),
        ("Group,Plan\na,b\n", "A column is missing: Tier, Amount, From. The first line must name the columns."),
        ("Group,Plan,Tier,Rate,Amount,From\n1,2,3,4,5,6\n", "A column stands there twice: Amount."),
        (HEAD, "Below the headings there is no line."),
        (HEAD + 'a,"b\n', "Line 2 has a quotation mark that is not closed. Correct it and choose the file again."),
    ],
    ids=range(6),
)  # fmt: skip
def test_what_is_no_rate_file_is_told_and_nothing_is_kept(browser, content, message):
    page = upload(browser, content)

    assert errors(page) == [message]
    assert text(page, "title").startswith("Error:")
    assert not RateLoad.objects.exists()


def test_markup_in_a_cell_stays_text(browser):
    page = upload(browser, HEAD + "20418A,<b>x</b>,EE,5,2027-01-01\n", name="<b>x</b>.csv")

    assert not select(page, "main td b:contains('x'), h1 b")


@pytest.mark.parametrize("role", ["am_specialist", "read_only", "billing_staff", "system_admin"])
def test_who_may_look_but_not_load(role, boss):
    load = stored(boss)
    client = browser_of(staff_with(role))

    for path in (f"{LIST}add/", f"{LIST}{load.pk}/commit/", f"{LIST}{load.pk}/drop/"):
        assert client.get(path).status_code == 403
        assert client.post(path).status_code == 403
    page = client.get(f"{LIST}{load.pk}/change/")
    assert len(rows(page)) == 1
    assert not select(page, "main form[method=post]")
    assert "rates.csv" in text(client.get(LIST), "tbody")
    load.refresh_from_db()
    assert load.state == "preview"
    assert not Rate.objects.exists()


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_files_costs_the_same(browser, boss, count, django_assert_num_queries):
    for _ in range(count):
        stored(boss)
    browser.get(LIST)

    with django_assert_num_queries(12):
        assert len(select(browser.get(LIST), "tbody tr")) == count
