"""The directory of agencies on the staff side."""

import pytest

from accounts.actions import agencies
from accounts.models import Agency, Broker, Grant
from tests.access import given
from tests.factories import EmployerGroupFactory, UserFactory
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST = "/staff/accounts/agency/"
HARBOR = {"name": "Harbor  Benefits", "npn": "176-54321", "city": "Portland", "state": "me"}
NED = {"first_name": "Ned", "last_name": "Flint", "email": "NED@harbor.example", "npn": "8843922"}
REASON = "Laptop stolen, police report 77-1."


@pytest.fixture
def boss():
    return staff_with("am_supervisor", first_name="Ben", last_name="Whitaker")


@pytest.fixture
def browser(boss):
    return browser_of(boss)


@pytest.fixture
def harbor(boss):
    agency = agencies.create_agency(
        name="Harbor", npn="17654321", city="Portland", state="ME", by=boss
    )
    agencies.add_broker(agency, **NED | {"email": "ned@harbor.example"}, by=boss)
    return agency


def page_of(agency):
    return f"{LIST}{agency.pk}/change/"


def test_an_agency_and_a_broker_are_added_and_corrected(browser):
    page = browser.post(f"{LIST}add/", HARBOR, follow=True)
    harbor = Agency.objects.get()
    browser.post(f"{LIST}{harbor.pk}/brokers/add/", NED)
    ned = Broker.objects.get()
    browser.post(f"{LIST}{harbor.pk}/edit/", HARBOR | {"city": "Bangor"})
    browser.post(f"{LIST}{harbor.pk}/brokers/{ned.pk}/", NED | {"npn": "1"})

    harbor.refresh_from_db()
    ned.refresh_from_db()
    assert text(page, ".ep-messages") == "Harbor Benefits is in the directory."
    assert (harbor.name, harbor.npn, harbor.city, harbor.state) == (
        "Harbor Benefits",
        "17654321",
        "Bangor",
        "ME",
    )
    assert (str(ned), ned.email, ned.npn, ned.agency) == (
        "Ned Flint",
        "ned@harbor.example",
        "1",
        harbor,
    )
    assert "Ned Flint" in text(browser.get(page_of(harbor)), "tbody")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "Enter the name of the agency."),
        ({"name": "HARBOR"}, "We have an agency of this name already."),
        ({"npn": "17654321"}, "Another agency has this NPN."),
        ({"npn": "abc"}, "NPN has 1 to 10 digits."),
        ({"state": "XX"}, "We know no such state. Enter two letters, such as MA."),
        ({"name": "x" * 121}, "Ensure this value has at most 120 characters (it has 121)."),
        ({"city": "a\u202eb"}, "Remove the invisible characters: copy the text without its formatting."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_agency_is_said_at_the_field(browser, harbor, wrong, message):
    typed = {"name": "Another", "npn": "", "city": "Salem", "state": "MA"} | wrong

    page = browser.post(f"{LIST}add/", typed)

    assert errors(page) == [message]
    assert text(page, "title").startswith("Error:")
    [at] = select(page, "[aria-invalid=true]")
    assert at.get("name") in wrong
    if "city" not in wrong:
        assert select(page, "#id_city")[0].get("value") == "Salem"
    assert Agency.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_name": ""}, "Enter the first name."),
        ({"email": ""}, "Enter the email address."),
        ({"email": "ned@harbor.example"}, "Another broker has this email address."),
        ({"npn": "8843922"}, "Another broker has this NPN."),
        ({"npn": ""}, "Enter the NPN."),
    ],
)
def test_what_is_wrong_with_a_broker_is_said_at_the_field(browser, harbor, wrong, message):
    typed = {
        "first_name": "Olga",
        "last_name": "Brandt",
        "email": "o@h.example",
        "npn": "5",
    } | wrong

    page = browser.post(f"{LIST}{harbor.pk}/brokers/add/", typed)

    assert errors(page) == [message]
    assert Broker.objects.count() == 1


def test_a_broker_is_corrected_below_their_own_agency_only(browser, harbor, boss):
    other = agencies.create_agency(name="Other", npn="", city="", state="", by=boss)
    ned = Broker.objects.get()

    assert browser.get(f"{LIST}{other.pk}/brokers/{ned.pk}/").status_code == 404
    assert browser.post(f"{LIST}{other.pk}/brokers/{ned.pk}/", NED).status_code == 404


def test_the_list_finds_agencies_by_name_number_and_broker(browser, harbor, boss):
    agencies.create_agency(name="Summit", npn="", city="", state="", by=boss)
    given_to = UserFactory(email="ned@harbor.example", username="nflint")
    given(EmployerGroupFactory(), "broker_full", user=given_to, agency=harbor)

    def names(query):
        return [link.text for link in select(browser.get(LIST, {"q": query}), "tbody th a")]

    assert names("") == ["Harbor", "Summit"]
    for query in ("harb", "17654321", "flint", "ned@harbor", "8843922"):
        assert names(query) == ["Harbor"]
    row = select(browser.get(LIST), "tbody tr")[0]
    assert " ".join(" ".join(row.itertext()).split()) == "Harbor 17654321 Portland, ME 1 1 Open"


def test_the_list_shows_stopped_agencies_or_the_others(browser, harbor, boss):
    agencies.create_agency(name="Summit", npn="", city="", state="", by=boss)
    agencies.stop_agency(harbor, reason=REASON, by=boss)

    def names(**query):
        return [link.text for link in select(browser.get(LIST, query), "tbody th a")]

    assert names(access="stopped") == ["Harbor"]
    assert names(access="open") == ["Summit"]
    assert names(access="x") == ["Harbor", "Summit"]
    assert "Empty" not in browser.get(LIST).content.decode()


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_agencies_costs_the_same(browser, boss, count, django_assert_num_queries):
    for number in range(count):
        agencies.create_agency(name=f"A{number}", npn="", city="", state="", by=boss)
    browser.get(LIST)

    with django_assert_num_queries(12):
        assert len(select(browser.get(LIST), "tbody tr")) == count


def test_stop_and_open_again(browser, harbor):
    grant = given(EmployerGroupFactory(), "broker_full", agency=harbor)

    asked = browser.get(f"{LIST}{harbor.pk}/stop/")
    stopped = browser.post(f"{LIST}{harbor.pk}/stop/", {"reason": REASON}, follow=True)

    assert "1 broker cannot open anything any more: 1 grant in 1 group." in text(
        asked, ".ep-effect"
    )
    assert text(stopped, ".ep-messages") == "Stopped. 1 grant rests."
    assert "Ben Whitaker stopped all access on" in text(stopped, ".ep-notice--bad")
    assert REASON in text(stopped, ".ep-notice--bad")
    again = browser.post(f"{LIST}{harbor.pk}/stop/", {"reason": REASON})
    assert "A colleague did this in the meantime." in text(again, "[data-error-summary]")
    opened = browser.post(
        f"{LIST}{harbor.pk}/resume/", {"reason": "All is well again."}, follow=True
    )
    assert text(opened, ".ep-messages") == "Open again: 1 grant."
    grant.refresh_from_db()
    assert grant.state == Grant.State.ACTIVE


@pytest.mark.parametrize("word", ["stop", "resume"])
def test_a_reason_is_needed(browser, harbor, boss, word):
    if word == "resume":
        agencies.stop_agency(harbor, reason=REASON, by=boss)
    before = Agency.objects.values().get()

    page = browser.post(f"{LIST}{harbor.pk}/{word}/", {"reason": " "})

    assert errors(page) == ["Write down the reason."]
    assert Agency.objects.values().get() == before


CHANGES = ["add/", "{agency}/edit/", "{agency}/brokers/add/", "{agency}/brokers/{broker}/", "{agency}/stop/",
           "{agency}/resume/"]  # fmt: skip


@pytest.mark.parametrize("route", CHANGES)
@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("am_supervisor", True),
        ("system_admin", True),
        ("am_specialist", False),
        ("read_only", False),
        ("billing_staff", False),
    ],
)
def test_who_may_change_something(harbor, role, allowed, route):
    path = LIST + route.format(agency=harbor.pk, broker=Broker.objects.get().pk)
    client = browser_of(staff_with(role))
    before = list(Agency.objects.values()), list(Broker.objects.values())

    assert client.get(path).status_code == (200 if allowed else 403)
    assert client.post(path, {}).status_code == (200 if allowed else 403)
    assert (list(Agency.objects.values()), list(Broker.objects.values())) == before


@pytest.mark.parametrize(
    ("role", "status"),
    [("am_specialist", 200), ("read_only", 200), ("billing_staff", 403), ("am_supervisor", 200)],
)
def test_who_may_look(harbor, role, status):
    client = browser_of(staff_with(role))

    assert client.get(LIST).status_code == status
    page = client.get(page_of(harbor))
    assert page.status_code == status
    if role in {"am_specialist", "read_only"}:
        assert not select(
            page, "main a[href*='/edit/'], main a[href*='/stop/'], main a[href*='/brokers/']"
        )
