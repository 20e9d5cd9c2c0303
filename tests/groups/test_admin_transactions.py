"""Transactions on the staff side."""

from datetime import timedelta

import pytest
from django.utils import timezone

from groups.transaction_kinds import TransactionKind, register
from portal.models import OutboundEmail
from tests.access import primary_of
from tests.factories import EmployerGroupFactory, TransactionFactory, UserFactory
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST = "/staff/groups/transaction/"


@pytest.fixture
def nora():
    return staff_with("am_specialist", first_name="Nora", last_name="Castellanos")


@pytest.fixture
def browser(nora):
    return browser_of(nora)


def by_somebody():
    """Return who submitted a transaction, and in which group they work."""
    grant = primary_of()
    return {"group": grant.group, "submitted_by": grant.user}


@pytest.fixture
def waiting():
    register(TransactionKind("tests.moved", "Moved"))
    return TransactionFactory(
        kind="tests.moved",
        status="pending",
        submitted_at=timezone.now() - timedelta(hours=3),
        **by_somebody(),
    )


def page_of(row):
    return f"{LIST}{row.pk}/change/"


def numbers(page):
    return [link.text_content() for link in select(page, "tbody th a")]


def test_the_queue_has_what_waits_for_us_the_late_first(browser, waiting):
    now = timezone.now()
    TransactionFactory()
    TransactionFactory(status="pending", waits_for="employer")
    young = TransactionFactory(status="pending", submitted_at=now - timedelta(hours=1))
    late = TransactionFactory(status="pending", submitted_at=now, escalated_at=now)

    page = browser.get(LIST)

    assert numbers(page) == [late.number, waiting.number, young.number]
    assert "3 hours" in text(page, "tbody tr:nth-child(2)")
    assert "Escalated" in text(page, "tbody tr")


@pytest.mark.parametrize(
    ("query", "count"), [("turn=employer", 1), ("turn=decided", 2), ("turn=all", 4), ("turn=x", 1)]
)
def test_other_turns(browser, waiting, query, count):
    TransactionFactory.create_batch(2)
    TransactionFactory(status="pending", waits_for="employer")

    assert len(numbers(browser.get(f"{LIST}?{query}"))) == count


def test_the_search_finds_a_number_and_a_group(browser):
    row = TransactionFactory(group=EmployerGroupFactory(group_id="20418A"))
    TransactionFactory()

    assert numbers(browser.get(f"{LIST}?turn=all&q={row.number.lower()}")) == [row.number]
    assert numbers(browser.get(f"{LIST}?turn=all&q=20418a")) == [row.number]
    assert numbers(browser.get(f"{LIST}?turn=all&q=%25")) == []


def test_staff_take_and_complete(browser, nora, waiting):
    page = browser.get(page_of(waiting))
    assert "Nobody has it." in text(page, "section[aria-labelledby=decide]")
    assert "4135550116" in text(page, "main") or "413-555-0116" in text(page, "main")

    browser.post(f"{LIST}{waiting.pk}/take/", {"version": 1})
    page = browser.get(page_of(waiting))
    assert "You have it." in text(page, "section[aria-labelledby=decide]")
    page = browser.post(f"{LIST}{waiting.pk}/complete/", {"version": 2}, follow=True)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.decided_by) == ("completed", nora)
    assert not select(page, "section[aria-labelledby=decide]")
    assert OutboundEmail.objects.get().template == "groups/transaction_completed"


def test_rejecting_asks_for_the_reason(browser, waiting):
    address = f"{LIST}{waiting.pk}/reject/"
    assert errors(browser.post(address, {"version": 1, "reason": " "})) == [
        "Say why. The employer reads it."
    ]

    browser.post(address, {"version": 1, "reason": "No such street."})

    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == ("rejected", "No such street.")


@pytest.mark.parametrize("deed", ["take", "complete", "reject"])
def test_whoever_comes_second_is_told(browser, waiting, deed):
    page = browser.post(
        f"{LIST}{waiting.pk}/{deed}/", {"version": 7, "reason": "No such street."}, follow=True
    )

    waiting.refresh_from_db()
    assert waiting.status == "pending"
    assert "Somebody has changed this in the meantime" in page.content.decode()


@pytest.mark.parametrize("number", ["\u00b2", "9" * 30, "9" * 5000, "x"])
def test_a_number_that_nothing_has_leads_back(browser, number):
    assert browser.get(f"{LIST}{number}/change/", follow=True).status_code in {200, 404}


@pytest.mark.parametrize("deed", ["take", "complete", "reject"])
def test_auditors_look_and_decide_nothing(waiting, deed):
    browser = browser_of(staff_with("read_only"))

    assert not select(browser.get(page_of(waiting)), "section[aria-labelledby=decide]")
    assert browser.post(f"{LIST}{waiting.pk}/{deed}/", {"version": 1}).status_code == 403


@pytest.fixture
def asked():
    return TransactionFactory(
        kind="groups.renewal_question_asked",
        status="pending",
        before={},
        after={"question": "Why more?"},
        **by_somebody(),
    )


def test_a_question_is_answered_in_words(browser, asked):
    [link] = select(browser.get(page_of(asked)), "section[aria-labelledby=decide] a.usa-button")
    address = link.get("href")
    assert "Why more?" in text(browser.get(address), "main dl")

    assert errors(browser.post(address, {"version": 1})) == [
        "Write the answer. The employer reads it."
    ]
    page = browser.post(address, {"version": 1, "answer": "Care costs more."}, follow=True)

    asked.refresh_from_db()
    assert (asked.status, asked.after["answer"]) == ("completed", "Care costs more.")
    assert "is answered" in text(page, ".ep-messages")
    assert OutboundEmail.objects.filter(template="groups/transaction_completed").exists()


def test_whoever_answers_second_is_told_and_keeps_what_they_wrote(browser, asked):
    address = f"{LIST}{asked.pk}/answer/"
    browser.post(address, {"version": 1, "answer": "Care costs more."})

    page = browser.post(address, {"version": 1, "answer": "It is the drugs."})

    asked.refresh_from_db()
    assert asked.after["answer"] == "Care costs more."
    assert "Somebody has changed this in the meantime" in text(page, "main")
    assert "It is the drugs." in text(page, "main form")


def test_a_question_is_not_completed_by_the_other_way(browser, asked, waiting):
    page = browser.post(f"{LIST}{asked.pk}/complete/", {"version": 1}, follow=True)
    assert "Write the answer." in text(page, ".ep-messages")
    assert browser.get(f"{LIST}{waiting.pk}/answer/").url == page_of(waiting)

    asked.refresh_from_db()
    assert asked.is_undecided


@pytest.mark.parametrize("deed", ["take", "complete"])
def test_a_decision_by_link_leads_to_the_page(browser, waiting, deed):
    response = browser.get(f"{LIST}{waiting.pk}/{deed}/")

    waiting.refresh_from_db()
    assert (response.url, waiting.version) == (page_of(waiting), 1)


def test_the_staff_home_shows_what_waits(browser, waiting):
    assert waiting.number in text(
        browser.get("/staff/"), "section[aria-labelledby=home-transactions]"
    )
    row = select(browser.get("/staff/"), "header a[href='/staff/groups/transaction/']")[0]
    assert "1" in row.text_content()


def test_no_row_no_page(browser):
    assert browser.get(f"{LIST}987654/change/").status_code in {302, 404}
    assert browser.post(f"{LIST}987654/take/", {"version": 1}).status_code == 404
    assert browser.get(f"{LIST}x/change/").status_code in {302, 404}


def test_the_queue_takes_the_same_statements_for_two_rows_as_for_thirty(
    browser, django_assert_max_num_queries
):
    def statements():
        with django_assert_max_num_queries(25) as counted:
            browser.get(LIST)
        return len(counted)

    def wait(count):
        for _ in range(count):
            TransactionFactory(
                status="pending", submitted_by=UserFactory(),
                assigned_to=UserFactory(is_staff=True),
            )  # fmt: skip

    wait(2)
    browser.get(LIST)
    few = statements()
    wait(28)

    assert statements() == few
