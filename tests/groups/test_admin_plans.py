"""The carrier's plans on the staff side."""

from datetime import date

import pytest

from groups.models import Plan
from portal.models import AuditEvent
from tests.factories import PlanFactory, PlanOfferFactory, RateFactory
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST = "/staff/groups/plan/"
NEW = {
    "code": "GOLD-1", "name": "Gold PPO", "line": "HLT", "product": "PPO", "metal": "gold",
    "hios_id": "86052DC0480005-01", "dependent_age_limit": "26", "age_limit_ends": "end_of_month",
    "effective_date": "2027-01-01",
}  # fmt: skip
EDIT = {**NEW, "version": "1"}


@pytest.fixture
def browser():
    return browser_of(staff_with("am_supervisor"))


def test_a_plan_is_added_and_corrected_on_record(browser):
    added = browser.post(f"{LIST}add/", NEW, follow=True)

    plan = Plan.objects.get()
    assert text(added, ".ep-messages") == "Gold PPO (GOLD-1) is there. Load offers and rates next."
    assert (plan.metal, plan.effective_date, plan.pcp_required) == ("gold", date(2027, 1, 1), False)

    saved = browser.post(
        f"{LIST}{plan.pk}/edit/", {**EDIT, "name": "Gold PPO 1500", "code": "X"}, follow=True
    )

    assert text(saved, ".ep-messages") == "Saved."
    plan.refresh_from_db()
    assert (plan.name, plan.code) == ("Gold PPO 1500", "GOLD-1")
    created, changed = AuditEvent.objects.filter(kind__startswith="groups.plan_").order_by("pk")
    assert (created.kind, changed.changes) == (
        "groups.plan_created",
        {"name": ["Gold PPO", "Gold PPO 1500"]},
    )


def test_saving_without_a_change_writes_nothing(browser):
    browser.post(f"{LIST}add/", NEW)
    plan = Plan.objects.get()

    assert browser.post(f"{LIST}{plan.pk}/edit/", EDIT).status_code == 302

    assert not AuditEvent.objects.filter(kind="groups.plan_changed").exists()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"code": "gold 1"}, "Use 2 to 20 capitals, digits and hyphens."),
        ({"code": ""}, "Enter the plan code."),
        ({"code": "TAKEN"}, "We have a plan of this code already."),
        ({"name": ""}, "Enter the name of the plan."),
        (
            {"hios_id": "86052"},
            "A HIOS ID is 5 digits, 2 letters of the state, 7 digits, and maybe -01.",
        ),
        ({"effective_date": ""}, "Enter the first day."),
        ({"effective_date": "0001-01-01"}, "Check the year."),
        ({"term_date": "9999-12-31"}, "Check the year."),
        ({"term_date": "2026-12-31"}, "Choose a day on or after the first one."),
        ({"dependent_age_limit": "99"}, "Ensure this value is less than or equal to 30."),
    ],
    ids=str,
)
def test_what_is_no_plan_is_told_and_nothing_is_lost(browser, typed, message):
    PlanFactory(code="TAKEN")

    page = browser.post(f"{LIST}add/", {**NEW, **typed})

    assert errors(page) == [message]
    assert text(page, "title").startswith("Error:")
    assert select(page, "#id_metal option[selected]")[0].get("value") == "gold"
    assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"effective_date": "2024-01-02"}, "An offer or rate of this plan begins on Jan 1, 2024. Choose that day or an earlier one."),
        ({"term_date": "2026-06-30"}, "An offer or rate of this plan begins on Jul 1, 2026. Choose that day or a later one."),
    ],
)  # fmt: skip
def test_no_offer_and_no_rate_is_left_outside_the_days_of_the_plan(browser, typed, message):
    plan = PlanOfferFactory(effective_from=date(2024, 1, 1)).plan
    RateFactory(plan=plan, effective_from=date(2026, 7, 1))
    path = f"{LIST}{plan.pk}/edit/"

    page = browser.post(path, {**EDIT, "effective_date": "2020-01-01", **typed})

    assert errors(page) == [message]
    at_the_edge = {"effective_date": "2024-01-01", "term_date": "2026-07-01"}
    assert browser.post(path, {**EDIT, **at_the_edge}).status_code == 302


def test_an_older_form_overwrites_nothing(browser):
    plan = PlanFactory()
    path = f"{LIST}{plan.pk}/edit/"
    shown = select(browser.get(path), "input[name=version]")[0].get("value")
    browser.post(path, {**EDIT, "effective_date": "2020-01-01", "term_date": "2027-12-31"})

    page = browser.post(
        path, {**EDIT, "effective_date": "2020-01-01", "name": "Other", "version": shown}
    )

    assert errors(page) == ["Somebody has changed this in the meantime. Look at it again."]
    assert select(page, "#id_name")[0].get("value") == "Other"
    plan.refresh_from_db()
    assert (plan.name, plan.term_date, plan.version) == ("Gold PPO", date(2027, 12, 31), 2)


def test_the_list_counts_the_groups_of_today(browser):
    plan = PlanFactory(name="Silver", code="SILVER")
    PlanOfferFactory(plan=plan)
    PlanOfferFactory(plan=plan, effective_to=date(2024, 12, 31))

    [row] = select(browser.get(LIST), "tbody tr")

    assert " ".join(" ".join(row.itertext()).split()) == "Silver SILVER Medical HMO – 1 Open"


@pytest.mark.parametrize("role", ["am_specialist", "read_only", "billing_staff", "system_admin"])
def test_who_may_look_but_not_change(role):
    plan = PlanFactory()
    client = browser_of(staff_with(role))

    for path in (f"{LIST}add/", f"{LIST}{plan.pk}/edit/"):
        assert client.get(path).status_code == 403
        assert client.post(path, NEW).status_code == 403
    page = client.get(f"{LIST}{plan.pk}/change/")
    assert text(page, "h1").startswith(plan.name)
    assert not select(page, "a[href$='/edit/']")
    assert Plan.objects.count() == 1


@pytest.mark.parametrize("count", [1, 5])
def test_any_number_of_plans_costs_the_same(browser, count, django_assert_num_queries):
    PlanOfferFactory.create_batch(count)
    browser.get(LIST)

    with django_assert_num_queries(12):
        assert len(select(browser.get(LIST), "tbody tr")) == count
