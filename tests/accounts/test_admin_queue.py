from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.models import RegistrationRequest
from tests.factories import (
    ContactFactory,
    EmployerGroupFactory,
    RegistrationRequestFactory,
    UserFactory,
)
from tests.html import select, text
from tests.staff import QUEUE, browser_of, page_of, staff_with

pytestmark = pytest.mark.django_db
State = RegistrationRequest.State
NOON = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("America/New_York"))  # a Wednesday


@pytest.fixture
def nora():
    return staff_with("am_specialist")


@pytest.fixture
def browser(nora):
    return browser_of(nora)


def listed(browser, query=""):
    """Return the numbers that the queue shows, in order."""
    response = browser.get(f"{QUEUE}{query}")
    assert response.status_code == 200
    return [small.text for small in select(response, "tbody th small")]


def due(when, **kwargs):
    return RegistrationRequestFactory(due_at=when, **kwargs)


def test_the_queue_holds_what_needs_us_the_most_urgent_first(browser):
    later, soon = due(NOON + timedelta(days=2)), due(NOON + timedelta(hours=5))
    mine = due(NOON - timedelta(days=1), state=State.IN_REVIEW)
    due(NOON, state=State.NEEDS_INFO)
    due(NOON, repeat_of=soon, email=soon.email, group=soon.group)

    assert listed(browser) == [mine.number, soon.number, later.number]


@time_machine.travel(NOON)
def test_a_row_says_what_staff_look_for(browser, nora):
    group = EmployerGroupFactory(group_id="20533A", name="Cedar Ridge Logistics")
    due(
        NOON - timedelta(days=2),
        number="REG-261114-0001",
        group=group,
        assigned_to=nora,
        submitted_at=NOON - timedelta(days=4),
        state=State.IN_REVIEW,
        source="paper",
    )

    row = select(browser.get(QUEUE), "tbody tr")[0]
    cells = [" ".join(" ".join(cell.itertext()).split()) for cell in row]

    assert cells == [
        "Teresa Quinn REG-261114-0001",
        "Cedar Ridge Logistics, LLC 20533A Cedar Ridge Logistics",
        "Primary administrator On paper",
        "Nov 14, 12:00 p.m.",
        "2 days late Mon, Nov 16",
        "In review",
        "You",
        "60",
    ]
    assert select(browser.get(QUEUE), "tbody tr .ep-due--late")


def test_an_unknown_group_is_marked_and_has_no_score(browser):
    RegistrationRequestFactory(group=None, identifier="20535A")

    cells = select(browser.get(QUEUE), "tbody td")

    assert "No group by this ID 20535A" in " ".join(cells[0].text_content().split())
    assert cells[-1].text_content() == "–"


@time_machine.travel(NOON)
def test_counters_on_page_home_and_navigation_agree(browser):
    due(NOON - timedelta(hours=1))
    due(NOON + timedelta(hours=5))
    due(NOON + timedelta(days=1))
    due(NOON - timedelta(days=9), state=State.WITHDRAWN)

    page, home = browser.get(QUEUE), browser.get("/staff/")

    chips = [" ".join(chip.text_content().split()) for chip in select(page, ".ep-chips a")]
    assert chips == ["All 3", "Overdue 1", "Due today 1", "Later 1"]
    assert text(page, ".ep-title p") == "3 requests need us. 1 is overdue. 1 is due today."
    assert text(page, ".ep-staff-nav a[aria-current] .ep-count") == "3"
    home_chips = [" ".join(chip.text_content().split()) for chip in select(home, ".ep-chips a")]
    assert home_chips[:3] == ["Overdue 1", "Due today 1", "All that need us 3"]


@time_machine.travel(NOON)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?due=overdue", "late"),
        ("?due=today", "today"),
        ("?due=later", "paper broker"),
        ("?state=needs_info", "asked"),
        ("?state=all", "asked late today paper broker"),
        ("?role=broker", "broker"),
        ("?region=VT", "today"),
        ("?source=paper", "paper"),
        ("?assigned=me", "late"),
        ("?assigned=nobody", "today paper broker"),
        ("?group=unmatched", "paper"),
        ("?group=matched", "late today broker"),
        ("?q=REG-LATE", "late"),
        ("?q=hollis", "broker"),
        ("?q=Dental+Mar", "broker"),
        ("?q=Dental+Nobody", ""),
        ("?q=tq%40cedar.example", "late"),
        ("?q=20533a", "late"),
        ("?q=20677", "broker"),
        ("?q=ask", "asked"),
    ],
)
def test_filters_and_search(browser, nora, query, found):
    cedar = EmployerGroupFactory(group_id="20533A", name="Cedar")
    hollis = EmployerGroupFactory(group_id="20677A", name="Hollis Dental Arts")
    late = {"assigned_to": nora, "group": cedar, "email": "tq@cedar.example"}
    due(NOON - timedelta(days=1), number="REG-LATE", **late)
    due(NOON + timedelta(hours=3), number="REG-TODAY", region="VT")
    due(NOON + timedelta(days=1), number="REG-PAPER", source="paper", group=None)
    broker = {"role": "broker", "agency": "Summit", "npn": "1", "first_name": "Marcus"}
    due(NOON + timedelta(days=2), number="REG-BROKER", group=hollis, **broker)
    due(NOON, number="REG-ASKED", state=State.NEEDS_INFO, last_name="Asker")

    assert {number.lower() for number in listed(browser, query)} == {
        f"reg-{name}" for name in found.split()
    }


@pytest.mark.parametrize("query", ["?due=%00", "?state=<b>", "?page=999", "?page=x", "?x=1"])
def test_a_senseless_filter_is_not_applied(browser, query):
    case = RegistrationRequestFactory()

    assert listed(browser, query) == [case.number]


@pytest.mark.parametrize("search", ["%00", "w" * 3000, "%E2%80%AEevil"])
def test_a_senseless_search_is_told_at_its_field(browser, search):
    assert select(browser.get(f"{QUEUE}?q={search}"), "#id_q_error")


def test_a_wrong_filter_is_told_at_its_field(browser):
    assert select(browser.get(f"{QUEUE}?region=XX"), "#id_region_error")
    assert select(browser.get(f"{QUEUE}?region=XX"), "details[open] #id_region")


@pytest.mark.parametrize(
    ("query", "words"),
    [("", "Nothing waits for us"), ("?q=nobody", "No request fits")],
)
def test_an_empty_queue_says_so(browser, query, words):
    assert text(browser.get(f"{QUEUE}{query}"), ".ep-empty h2") == words


@pytest.mark.parametrize("count", [1, 7])
def test_any_number_of_rows_costs_the_same(browser, count, django_assert_num_queries):
    for group in EmployerGroupFactory.create_batch(count):
        ContactFactory(group=group)
        ContactFactory(group=group, kind="billing")
        RegistrationRequestFactory(group=group, assigned_to=UserFactory())
    browser.get(QUEUE)

    with django_assert_num_queries(15):
        response = browser.get(QUEUE)

    assert len(select(response, "tbody tr")) == count


def test_long_lists_come_in_pages(browser, monkeypatch):
    monkeypatch.setattr("accounts.admin.queue.PER_PAGE", 2)
    first, second, third = (due(NOON + timedelta(days=days)) for days in (1, 2, 3))

    page = browser.get(f"{QUEUE}?assigned=nobody")

    assert listed(browser, "?assigned=nobody") == [first.number, second.number]
    assert text(page, ".ep-pager p") == "1 to 2 of 3 requests"
    following = select(page, ".ep-pager a[rel=next]")[0].get("href")
    assert listed(browser, following) == [third.number]


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", "W" * 35])
def test_names_are_text_and_long_ones_break(browser, nasty):
    case = RegistrationRequestFactory(first_name=nasty[:35], company_legal_name=nasty * 3)

    for page in (QUEUE, page_of(case), "/staff/"):
        response = browser.get(page)
        assert b"<script>alert" not in response.content
        assert nasty[:35] in response.content.decode().replace("<wbr>", "").replace("&lt;", "<").replace("&gt;", ">")  # fmt: skip
    assert b"<wbr>" in browser.get(QUEUE).content


@pytest.mark.parametrize("path", ["", "add/", "REG-1/change/", "REG-1/link/", "REG-1/approve/"])
def test_strangers_stay_out(client, path):
    assert client.get(f"{QUEUE}{path}").status_code == 302
    employer = browser_of(UserFactory())
    assert employer.get(f"{QUEUE}{path}", follow=True).status_code == 403
    assert browser_of(staff_with("billing_staff")).get(f"{QUEUE}{path}").status_code == 403


def test_the_home_lists_ones_own_and_the_unassigned(browser, nora):
    mine = RegistrationRequestFactory(assigned_to=nora, state=State.IN_REVIEW)
    free = RegistrationRequestFactory(last_name="Free", submitted_at=timezone.now())

    home = browser.get("/staff/")

    assert [link.get("href") for link in select(home, ".ep-todo a")] == [
        page_of(mine),
        page_of(free),
    ]
