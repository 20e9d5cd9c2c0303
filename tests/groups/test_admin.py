import pytest
from django.utils import timezone
from django.utils.formats import date_format

from groups.models import Address
from tests.factories import AddressFactory, ContactFactory, EmployerGroupFactory, SubgroupFactory
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
GROUPS = "/staff/groups/employergroup/"


@pytest.fixture
def browser():
    return browser_of(staff_with("billing_staff"))


@pytest.fixture
def cedar():
    group = EmployerGroupFactory(
        group_id="20533A", policyholder_id="000519880", name="Cedar Ridge", fein="045529031"
    )
    ContactFactory(group=group)
    SubgroupFactory(group=group, code="0001", name="Main office")
    Address.objects.create(
        group=group, kind="physical", line1="826 9th St", city="Northampton", state="MA", zip_code="01060"
    )  # fmt: skip
    return group


@pytest.mark.parametrize("query", ["20533a", "000519", "cedar", "ridge", ""])
def test_groups_are_found_by_their_names_and_numbers(browser, cedar, query):
    EmployerGroupFactory(name="Hollis", legal_name="Hollis") if query else None

    page = browser.get(GROUPS, {"q": query})

    assert [link.text for link in select(page, "tbody th a")] == ["Cedar Ridge"]


def test_the_page_of_a_group(browser, cedar):
    page = browser.get(f"{GROUPS}{cedar.pk}/change/")

    assert text(page, "h1") == "Cedar Ridge (20533A)"
    since = f"Vouched for since {date_format(timezone.localdate(), 'M j, Y')}"
    tables = [" ".join(" ".join(table.itertext()).split()) for table in select(page, "tbody")]
    assert tables == [
        f"The group Contract signer Paul Hendricks CFO (413) 555-0115 paul@cedarworks.example {since}",
        "The group Physical address 826 9th St Northampton MA 01060",
        "0001 Main office Active employees Jan 1, 2024 –",
    ]
    assert b"045529031" not in page.content
    links = [link.get("href") for link in select(page, "dd a")]
    assert "/staff/accounts/registrationrequest/?q=20533A" in links
    assert "/staff/accounts/user/?group=20533A" in links


def test_rows_say_of_which_billing_unit_they_are(browser, cedar):
    unit = cedar.subgroup_set.get()
    ContactFactory(group=cedar, subgroup=unit, kind="billing", first_name="Ann")
    AddressFactory(group=cedar, subgroup=unit, kind="physical")

    page = browser.get(f"{GROUPS}{cedar.pk}/change/")

    places = [cell.text_content().strip() for cell in select(page, "td[data-label='Billing unit']")]
    assert places == ["The group", "0001 Main office", "The group", "0001 Main office"]


def test_nothing_is_edited(browser, cedar):
    assert browser.get(f"{GROUPS}add/").status_code == 403
    assert browser.post(f"{GROUPS}{cedar.pk}/change/", {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("count", [1, 5])
def test_any_number_of_groups_costs_the_same(browser, count, django_assert_num_queries):
    EmployerGroupFactory.create_batch(count)
    browser.get(GROUPS)

    with django_assert_num_queries(12):
        browser.get(GROUPS)
