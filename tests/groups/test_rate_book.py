"""New rates beside those there are: never two on a day, and nothing that has begun is rewritten."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.models import PlanOffer, Rate
from groups.rate_book import RateBook, collide, days_meet
from groups.rates import rate_on

START = date(2025, 1, 1)


def day(number):
    return START + timedelta(days=number)


def rate(amount="100.00", first=0, last=None, *, unit=None, tier="EE", ages=(None, None), pk=None):
    return Rate(
        pk=pk,
        group_id=1,
        plan_id=1,
        subgroup_id=unit,
        tier=tier,
        age_from=ages[0],
        age_to=ages[1],
        amount=Decimal(amount),
        effective_from=day(first),
        effective_to=None if last is None else day(last),
    )


def offer(first=0, last=None, *, unit=None, code=""):
    return PlanOffer(
        group_id=1,
        plan_id=1,
        subgroup_id=unit,
        class_code=code,
        effective_from=day(first),
        effective_to=None if last is None else day(last),
    )


@st.composite
def new_rates(draw):
    tier = draw(st.sampled_from(["EE", "FAM", "AGE"]))
    first = draw(st.integers(0, 20))
    ages = draw(st.sampled_from([(0, 14), (15, 20), (10, 17)])) if tier == "AGE" else (None, None)
    return rate(
        f"{draw(st.integers(1, 3))}.00",
        first,
        draw(st.none() | st.integers(first, 20)),
        unit=draw(st.sampled_from([None, 7])),
        tier=tier,
        ages=ages,
    )


@given(st.lists(new_rates(), max_size=25))
def test_no_sequence_of_loads_leaves_two_rates_on_a_day(rates):
    book = RateBook([], [offer()])

    verdicts = [book.take_rate(one).verdict for one in rates]

    assert not any(collide(one, other) for one, other in combinations(book.new_rates, 2))
    assert len(book.new_rates) == sum(verdict in {"new", "replaces"} for verdict in verdicts)
    assert all(
        one.effective_to is None or one.effective_from <= one.effective_to for one in book.new_rates
    )


@given(st.lists(new_rates(), max_size=15), st.integers(0, 21), st.sampled_from(["EE", "FAM"]))
def test_a_line_that_is_taken_ends_what_it_follows_and_nothing_else(rates, number, tier):
    book, periods = RateBook([], [offer()]), []
    for one in rates:
        first, last = one.effective_from, one.effective_to or date.max
        is_taken = book.take_rate(one).verdict in {"new", "replaces"}
        if is_taken and (one.tier, one.subgroup_id) == (tier, None):
            periods = [(start, first - timedelta(days=1) if start < first <= end else end, amount)
                       for start, end, amount in periods]  # fmt: skip
            periods.append((first, last, one.amount))

    wanted = [amount for start, end, amount in periods if start <= day(number) <= end]
    found = rate_on(book.new_rates, day(number), plan=1, tier=tier)
    assert [found] == (wanted or [None])


@given(st.lists(new_rates(), max_size=15))
def test_a_file_loaded_twice_changes_nothing_the_second_time(rates):
    book = RateBook([], [offer()])
    taken = [one for one in map(copy, rates) if book.take_rate(one).verdict in {"new", "replaces"}]
    held = [copy(one) for one in taken]
    again = RateBook([copy(one, pk=at) for at, one in enumerate(taken, 1)], [offer()])

    verdicts = {again.take_rate(one).verdict for one in held}

    assert verdicts <= {"same"}
    assert not again.shortened


def copy(one, pk=None):
    fields = {field.attname: getattr(one, field.attname) for field in Rate._meta.concrete_fields}
    return Rate(**{**fields, "id": pk})


def test_a_new_rate_ends_the_one_it_follows_on_the_day_before():
    old = rate(pk=5)
    book = RateBook([old], [offer()])

    judgment = book.take_rate(rate("120.00", 10))

    assert judgment.verdict == "replaces"
    assert old.effective_to == day(9)
    assert book.shortened == {5: old}


@pytest.mark.parametrize(
    ("new", "column", "message"),
    [
        (
            rate("120.00"),
            "effective_from",
            "Another rate begins on this day, $100.00. Begin on a later day.",
        ),
        (
            rate("90.00", -30),
            "effective_to",
            "Another rate follows: from Jan 1, 2025. Enter a last day before it.",
        ),
        (
            rate("9.00", 5, tier="AGE", ages=(0, 14)),
            "tier",
            "The group pays for this plan in another way, by tier or by age: from Jan 1, 2025.",
        ),
    ],
)
def test_what_stands_in_the_way_is_named(new, column, message):
    judgment = RateBook([rate(pk=5)], [offer(-60)]).take_rate(new)

    assert (judgment.verdict, judgment.column, judgment.message) == ("wrong", column, message)


def test_other_ages_than_those_in_force_are_refused():
    book = RateBook([rate(tier="AGE", ages=(0, 20), pk=5)], [offer()])

    judgment = book.take_rate(rate("9.00", 5, tier="AGE", ages=(0, 14)))

    assert (judgment.verdict, judgment.column) == ("wrong", "age_from")
    assert judgment.message == "Ages 0 to 20 share one rate. Write the same ages."


@pytest.mark.parametrize(
    ("offered", "unit", "is_taken"),
    [
        (offer(), None, True),
        (offer(), 7, True),
        (offer(unit=7), 7, True),
        (offer(unit=7), None, True),
        (offer(unit=8), 7, False),
        (offer(6), None, False),
        (offer(0, 4), None, False),
        (offer(code="FT"), None, True),
    ],
)
def test_a_rate_needs_an_offer_on_its_first_day(offered, unit, is_taken):
    judgment = RateBook([], [offered]).take_rate(rate(first=5, unit=unit))

    assert (judgment.verdict == "new") is is_taken
    assert judgment.column == ("" if is_taken else "plan")


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        (offer(5), "same"),
        (offer(0, 9), "same"),
        (offer(-5, -1), "new"),
        (offer(-5, 0), "wrong"),
        (offer(-5), "wrong"),
        (offer(code="FT"), "new"),
        (offer(unit=7), "new"),
    ],
)
def test_an_offer_beside_an_open_one(new, verdict):
    book = RateBook([], [offer()])

    assert book.take_offer(new).verdict == verdict
    assert len(book.new_offers) == (verdict == "new")


@given(st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(0, 20)), max_size=12))
def test_no_sequence_of_offers_overlaps(periods):
    book = RateBook([], [])
    for first, last in periods:
        if last is None or last >= first:
            book.take_offer(offer(first, last))

    assert not any(days_meet(one, other) for one, other in combinations(book.new_offers, 2))
