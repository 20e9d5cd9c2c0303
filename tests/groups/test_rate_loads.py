"""Files of plan offers and rates: what is judged, what is loaded, and what PostgreSQL would not hold."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from groups.actions.plans import change_plan
from groups.actions.rate_loads import commit_load, drop_load, prepare_load
from groups.models import EmployerGroup, Plan, PlanOffer, Rate, RateLoad
from groups.rate_files import COLUMNS
from portal.csv_lists import read
from portal.models import AuditEvent
from tests.accounts.test_codes_concurrency import at_once
from tests.factories import (
    EmployeeClassFactory,
    EmployerGroupFactory,
    PlanFactory,
    PlanOfferFactory,
    RateFactory,
    StaffFactory,
    SubgroupFactory,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db
THREE_WRONG = Path(__file__).parent / "data" / "rates_three_wrong.csv"
HEAD = "Group,Unit,Class,Plan,Tier,Age from,Age to,Amount,From,To,Corrects\n"


@pytest.fixture
def boss():
    return StaffFactory()


@pytest.fixture
def cedar():
    """Return a group that offers a silver plan at 498.20 for one employee since 2026, and knows a gold one."""
    group = EmployerGroupFactory(group_id="20418A", name="Cedar Ridge")
    SubgroupFactory(group=group, code="0002")
    EmployeeClassFactory(group=group, code="FT", effective_to=date(2030, 12, 31))
    PlanFactory(code="NEXT", effective_date=date(2027, 1, 1))
    offer = PlanOfferFactory(group=group, plan=PlanFactory(code="SILVER"))
    PlanFactory(code="GOLD")
    RateFactory(
        group=group, plan=offer.plan, amount=Decimal("498.20"), effective_from=date(2026, 1, 1)
    )
    return group


def uploaded(by, text):
    data = text if isinstance(text, bytes) else (HEAD + text).encode()
    return prepare_load("rates.csv", lines=read(data, COLUMNS).rows, by=by)


def verdicts(load):
    return [(row.line, row.verdict, row.column) for row in load.rows.all()]


def test_three_wrong_lines_are_named_and_the_others_are_loaded(cedar, boss):
    load = uploaded(boss, THREE_WRONG.read_bytes())

    assert verdicts(load) == [
        (2, "replaces", ""),
        (3, "new", ""),
        (4, "wrong", "tier"),
        (5, "wrong", "amount"),
        (6, "wrong", "group"),
        (7, "new", ""),
        (8, "new", ""),
        (9, "new", ""),
    ]
    assert Rate.objects.count() == 1

    loaded = commit_load(load, by=boss)

    assert (loaded.rates, loaded.offers, loaded.changed, loaded.refused) == (4, 1, 1, 0)
    old, *new = Rate.objects.filter(plan__code="SILVER", subgroup=None, tier="EE")
    assert old.effective_to == date(2026, 12, 31)
    assert [(one.amount, one.effective_from, one.load) for one in new] == [
        (Decimal("530.58"), date(2027, 1, 1), load)
    ]
    own = Rate.objects.get(subgroup__code="0002")
    assert (own.amount, own.effective_to) == (Decimal("546.50"), date(2027, 12, 31))
    assert PlanOffer.objects.get(plan__code="GOLD").class_code == "FT"


def test_offers_are_judged_before_the_rates_that_need_them(cedar, boss):
    load = uploaded(boss, "20418A,,,GOLD,EE,,,5,2027-01-01,\n20418A,,,GOLD,,,,,2027-01-01,\n")

    assert verdicts(load) == [(2, "new", ""), (3, "new", "")]


@pytest.mark.parametrize("is_upside_down", [False, True])
def test_lines_of_one_file_follow_each_other_by_their_days(cedar, boss, is_upside_down):
    lines = ["20418A,,,SILVER,EE,,,5,2027-01-01,\n", "20418A,,,SILVER,EE,,,6,2027-07-01,\n"]
    load = uploaded(boss, "".join(reversed(lines) if is_upside_down else lines))

    loaded = commit_load(load, by=boss)

    assert (loaded.rates, loaded.changed) == (2, 1)
    periods = [(one.effective_from, one.effective_to) for one in Rate.objects.all()]
    assert periods == [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 6, 30)),
        (date(2027, 7, 1), None),
    ]


def test_a_file_loaded_twice_is_already_so(cedar, boss):
    line = "20418A,,,SILVER,EE,,,530.58,2027-01-01,\n"
    commit_load(uploaded(boss, line), by=boss)

    again = uploaded(boss, line)

    assert verdicts(again) == [(2, "same", "")]
    assert commit_load(again, by=boss).rates == 0


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("99999Z,,,SILVER,EE,,,5,2027-01-01,", "group", "We know no such group."),
        ("20418A,9,,SILVER,EE,,,5,2027-01-01,", "unit", "The group has no such billing unit."),
        ("20418A,,,TIN,EE,,,5,2027-01-01,", "plan", "We know no such plan."),
        ("20418A,,,GOLD,EE,,,5,2027-01-01,", "plan", "The group does not offer this plan on that day. Add a line that offers it."),
        ("20418A,,,NEXT,EE,,,5,2026-12-31,", "effective_from", "The plan begins on Jan 1, 2027."),
        ("20418A,,,SILVER,EE,,,5,2026-01-01,", "effective_from", "Another rate begins on this day, $498.20. Begin later, or enter it under Corrects."),
        ("20418A,2,,SILVER,EE,,,5,2023-12-31,", "effective_from", "The group begins on Jan 1, 2024."),
        ("20418A,,ZZ,GOLD,,,,,2027-01-01,", "class", "The group has no such class on that day."),
        ("20418A,,FT,GOLD,,,,,2031-01-01,", "class", "The group has no such class on that day."),
        ("20418A,,,SILVER,EE,,,5,2027-01-01,,,x", "", "The line has more cells than the headings."),
        (f"20418A,,,SILVER,EE,,,{'5' * 30},2027-01-01,", "amount", "This cell is too long."),
        ("20418A,,,SIL\u200bVER,EE,,,5,2027-01-01,", "plan", "This cell holds invisible characters."),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_wrong_line_says_what_and_where(cedar, boss, line, column, message):
    [row] = uploaded(boss, f"{line}\n").rows.all()

    assert (row.verdict, row.column, row.message) == ("wrong", column, message)


def test_ended_groups_units_and_plans_get_no_rates(cedar, boss):
    cedar.subgroup_set.update(term_date=date(2026, 12, 31))
    lines = "20418A,2,,SILVER,EE,,,5,2027-01-01,\n"
    [of_unit] = uploaded(boss, lines).rows.all()
    Plan.objects.filter(code="SILVER").update(term_date=date(2026, 6, 30))
    [of_plan] = uploaded(boss, "20418A,,,SILVER,EE,,,5,2027-01-01,\n").rows.all()
    EmployerGroup.objects.update(status=EmployerGroup.Status.TERMINATED)
    [of_group] = uploaded(boss, lines).rows.all()

    assert (of_unit.column, of_unit.message) == ("unit", "It ended on Dec 31, 2026.")
    assert (of_plan.column, of_plan.message) == ("plan", "It ended on Jun 30, 2026.")
    assert (of_group.column, of_group.message) == ("group", "This group has ended.")


def test_a_unit_gets_no_rate_before_it_begins(cedar, boss):
    cedar.subgroup_set.update(effective_date=date(2027, 6, 1))

    [row] = uploaded(boss, "20418A,2,,SILVER,EE,,,5,2027-01-01,\n").rows.all()

    assert (row.column, row.message) == (
        "effective_from",
        "The billing unit begins on Jun 1, 2027.",
    )


def test_a_group_goes_over_from_tiers_to_ages_in_one_file(cedar, boss):
    load = uploaded(
        boss, "20418A,,,SILVER,AGE,0,20,300,2027-01-01,\n20418A,,,SILVER,EE,,,,,2026-12-31\n"
    )

    loaded = commit_load(load, by=boss)

    assert verdicts(load) == [(2, "new", ""), (3, "ends", "")]
    assert (loaded.rates, loaded.changed, loaded.refused) == (1, 1, 0)
    periods = [(one.tier, one.effective_from, one.effective_to) for one in Rate.objects.all()]
    assert periods == [
        ("EE", date(2026, 1, 1), date(2026, 12, 31)),
        ("AGE", date(2027, 1, 1), None),
    ]


def test_a_wrong_amount_is_corrected_on_record(cedar, boss):
    load = uploaded(boss, "20418A,,,SILVER,EE,,,489.20,2026-01-01,,498.20\n")

    assert commit_load(load, by=boss).changed == 1

    rate = Rate.objects.get()
    assert (rate.amount, rate.effective_to, rate.load) == (Decimal("489.20"), None, load)
    event = AuditEvent.objects.get(kind="groups.rate_corrected")
    assert (event.group_key, event.actor_key) == (cedar.pk, boss.pk)
    assert event.changes == {"amount": ["498.20", "489.20"]}


def test_what_would_begin_later_is_taken_back_on_record(cedar, boss):
    commit_load(uploaded(boss, "20418A,,,SILVER,EE,,,5,2027-01-01,\n"), by=boss)

    loaded = commit_load(uploaded(boss, "20418A,,,SILVER,EE,,,,,2026-12-31\n"), by=boss)

    assert (loaded.rates, loaded.changed, loaded.taken_back) == (0, 0, 1)
    assert Rate.objects.get().amount == Decimal("498.20")
    assert (
        "5.00 from 2027-01-01" in AuditEvent.objects.get(kind="groups.rate_taken_back").target_label
    )


def test_what_is_left_of_a_rate_is_stored_too(cedar, boss):
    loaded = commit_load(uploaded(boss, "20418A,,,SILVER,EE,,,5,2027-01-01,2027-01-31\n"), by=boss)

    assert (loaded.rates, loaded.changed) == (2, 1)
    periods = [(one.amount, one.effective_from) for one in Rate.objects.all()]
    assert periods == [
        (Decimal("498.20"), date(2026, 1, 1)),
        (Decimal("5.00"), date(2027, 1, 1)),
        (Decimal("498.20"), date(2027, 2, 1)),
    ]


def test_what_went_wrong_meanwhile_is_left_out_and_says_so(cedar, boss):
    first = uploaded(
        boss, "20418A,,,SILVER,EE,,,5,2027-01-01,\n20418A,,,SILVER,ES,,,9,2027-01-01,\n"
    )
    commit_load(uploaded(boss, "20418A,,,SILVER,EE,,,6,2027-01-01,\n"), by=boss)

    loaded = commit_load(first, by=boss)

    assert (loaded.rates, loaded.refused) == (1, 1)
    assert verdicts(first) == [(2, "wrong", "effective_from"), (3, "new", "")]


def test_a_decided_file_is_decided_once(cedar, boss):
    load = uploaded(boss, "20418A,,,SILVER,EE,,,5,2027-01-01,\n")
    commit_load(load, by=boss)

    for again in (commit_load, drop_load):
        with pytest.raises(ValidationError) as caught:
            again(load, by=boss)
        assert caught.value.code == "stale"
    assert Rate.objects.count() == 2


def test_a_dropped_file_changes_no_rate_and_keeps_its_lines(cedar, boss):
    load = uploaded(boss, "20418A,,,SILVER,EE,,,5,2027-01-01,\n")

    drop_load(load, by=boss)

    load.refresh_from_db()
    assert (load.state, load.decided_by, load.rows.count()) == (RateLoad.State.DROPPED, boss, 1)
    assert Rate.objects.count() == 1


def test_the_history_says_who_loaded_what_for_whom(cedar, boss):
    commit_load(uploaded(boss, THREE_WRONG.read_bytes()), by=boss)

    events = AuditEvent.objects.filter(kind__startswith="groups.rate").order_by("pk")
    assert [(one.kind, one.group_key, one.note, one.actor_key) for one in events] == [
        ("groups.rate_load_uploaded", None, "8", boss.pk),
        ("groups.rate_load_committed", None, "4 rates, 1 offers", boss.pk),
        ("groups.rates_loaded", cedar.pk, "4 rates, 1 offers", boss.pk),
    ]


@pytest.mark.parametrize("count", [1, 40])
def test_any_number_of_lines_costs_the_same(cedar, boss, count, django_assert_num_queries):
    PlanOfferFactory(group=cedar, plan=PlanFactory(code="AGED"))
    lines = "".join(f"20418A,,,AGED,AGE,{age},{age},5,2027-01-01,\n" for age in range(count))

    with django_assert_num_queries(11):
        load = uploaded(boss, lines)
    with django_assert_num_queries(17):
        assert commit_load(load, by=boss).rates == count


@pytest.mark.parametrize(
    "other",
    [
        {"effective_from": date(2030, 1, 1)},
        {"effective_from": date(2025, 1, 1), "effective_to": date(2026, 1, 1)},
    ],
)
def test_postgresql_holds_no_two_rates_on_a_day(cedar, other):
    rate = Rate.objects.get()

    with pytest.raises(IntegrityError, match="rate_once_a_day"):
        RateFactory(group=cedar, plan=rate.plan, amount=Decimal(1), **other)


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ({"effective_to": date(2023, 12, 31)}, "rate_dates_in_order"),
        ({"amount": Decimal(0)}, "rate_amount_positive"),
        ({"tier": "AGE"}, "rate_ages_with_their_tier"),
        ({"age_from": 1, "age_to": 2}, "rate_ages_with_their_tier"),
    ],
)
def test_postgresql_holds_no_rate_without_sense(cedar, other, name):
    with pytest.raises(IntegrityError, match=name):
        RateFactory(group=cedar, **other)


def test_other_tiers_units_plans_and_ages_are_other_rates(cedar):
    rate = Rate.objects.get()
    shared = {"group": cedar, "plan": rate.plan}

    RateFactory(**shared, tier="ES")
    RateFactory(**shared, subgroup=cedar.subgroup_set.get())
    RateFactory(group=cedar)
    RateFactory(**shared, tier="AGE", age_from=0, age_to=14)
    RateFactory(**shared, tier="AGE", age_from=15, age_to=15)
    with pytest.raises(IntegrityError, match="rate_once_a_day"):
        RateFactory(**shared, tier="AGE", age_from=14, age_to=20)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_loaded_by_two_people_at_once(cedar, boss):
    load = uploaded(boss, "20418A,,,SILVER,EE,,,5,2027-01-01,\n")

    results = at_once(*[lambda: commit_load(load, by=boss)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["Loaded", "ValidationError"]
    assert Rate.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_files_for_the_same_day_at_once(cedar, boss):
    one = uploaded(boss, "20418A,,,SILVER,EE,,,5,2027-01-01,\n")
    other = uploaded(boss, "20418A,,,SILVER,EE,,,6,2027-01-01,\n")

    results = at_once(lambda: commit_load(one, by=boss), lambda: commit_load(other, by=boss))

    assert sorted((result.rates, result.refused) for result in results) == [(0, 1), (1, 0)]
    assert Rate.objects.count() == 2


def is_waiting_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_no_rate_is_loaded_behind_the_back_of_a_plan_that_is_being_ended(cedar, boss):
    plan = Plan.objects.get(code="GOLD")
    load = uploaded(boss, "20418A,,,GOLD,,,,,2028-01-01,\n20418A,,,GOLD,EE,,,5,2028-01-01,\n")
    results = []
    loading = Thread(target=lambda: results.extend(at_once(lambda: commit_load(load, by=boss))))

    with transaction.atomic():
        days = {"effective_date": plan.effective_date, "term_date": date(2027, 12, 31)}
        change_plan(plan, version=1, by=boss, **days)
        loading.start()
        wait_for(lambda: is_waiting_for_a_lock() or not loading.is_alive(), "the load")
    loading.join(timeout=30)

    assert [(one.rates, one.offers, one.refused) for one in results] == [(0, 0, 2)]
