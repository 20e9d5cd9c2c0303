"""New rates beside those there are: never two on a day, and no line changes a day that it does not speak of."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.models import PlanOffer, Rate
from groups.rate_book import RateBook, collide
from groups.rate_shelf import days_meet
from groups.rates import rate_on

START = date(2025, 1, 1)
TAKEN = {"new", "replaces", "extends", "corrects", "ends"}
LAST = 22  # the last day that the property tests look at; whatever is open holds on it


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


def book_of(rates=(), offers=(), today=-1000):
    return RateBook(rates, offers, today=day(today))


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


AMOUNTS = st.none() | st.integers(1, 3).map(Decimal)


@given(st.lists(new_rates(), max_size=25))
def test_no_sequence_of_loads_leaves_two_rates_on_a_day(rates):
    book = book_of(offers=[offer()])

    for one in rates:
        book.take_rate(one)

    assert not any(collide(one, other) for one, other in combinations(book.rates.added, 2))
    assert all(
        one.effective_to is None or one.effective_from <= one.effective_to
        for one in book.rates.added
    )


@st.composite
def lines(draw):
    """Return what a line does (take or end), its first day, its last one, amount and what it corrects."""
    first = draw(st.integers(0, 20))
    if draw(st.sampled_from([True, False, False, False])):
        return "end", first, first, None, None
    last = draw(st.none() | st.integers(first, 20))
    return "take", first, last, Decimal(draw(st.integers(1, 3))), draw(AMOUNTS)


@given(st.lists(lines(), max_size=12), st.booleans())
def test_a_line_changes_its_own_days_and_no_other(sequence, is_on_file):
    """The oracle knows days and amounts alone: a later line writes over its own days, an end over all that follow."""
    book, amounts = book_of(offers=[offer()]), {}
    if is_on_file:
        book = book_of([rate("9.00", 3, 15, pk=1)], [offer()])
        amounts = dict.fromkeys(range(3, 16), Decimal(9))
    for what, first, last, amount, corrects in sequence:
        if what == "end":
            if book.end_rate(rate(first=first, last=last)).verdict in TAKEN:
                amounts = {at: held for at, held in amounts.items() if at <= last}
            continue
        line = rate(amount, first, last)
        verdict = book.take_rate(line, instead_of=corrects).verdict
        until = line.effective_to or day(LAST)  # a correction keeps the last day there is
        if verdict in TAKEN:
            amounts |= dict.fromkeys(range(first, (until - START).days + 1), amount)

    found = [rate_on(book.rates, day(at), plan=1, tier="EE") for at in range(LAST + 1)]
    assert found == [amounts.get(at) for at in range(LAST + 1)]


@given(st.lists(new_rates(), max_size=15))
def test_a_file_loaded_twice_changes_nothing_the_second_time(rates):
    book = book_of(offers=[offer()])
    taken = [held for one in rates if (held := copy(one)) and book.take_rate(one).verdict in TAKEN]
    again = book_of([copy(one, pk=at) for at, one in enumerate(book.rates, 1)], [offer()])

    verdicts = {again.take_rate(one).verdict for one in taken}

    assert verdicts <= {"same", "wrong"}
    assert not again.rates.changed
    assert not again.rates.added


def copy(one, pk=None):
    fields = {field.attname: getattr(one, field.attname) for field in Rate._meta.concrete_fields}
    return Rate(**{**fields, "id": pk})


def periods(book):
    return [
        (
            str(one.amount),
            (one.effective_from - START).days,
            one.effective_to and (one.effective_to - START).days,
        )
        for one in sorted(book.rates, key=lambda one: one.effective_from)
    ]


def test_a_new_rate_ends_the_one_it_follows_on_the_day_before():
    old = rate(pk=5)
    book = book_of([old], [offer()])

    judgment = book.take_rate(rate("120.00", 10))

    assert judgment.verdict == "replaces"
    assert old.effective_to == day(9)
    assert book.rates.changed == {5: old}


@pytest.mark.parametrize("last", [None, 364])
def test_what_is_left_of_a_rate_holds_again_after_a_shorter_one(last):
    book = book_of([rate("500.00", last=last, pk=5)], [offer()])

    judgment = book.take_rate(rate("550.00", 151, 180))

    assert (judgment.verdict, judgment.message) == (
        "replaces",
        "Before it: $500.00, now +10.0%. From Jul 1, 2025 it is $500.00 again.",
    )
    assert periods(book) == [("500.00", 0, 150), ("550.00", 151, 180), ("500.00", 181, last)]


def test_an_open_line_does_not_silently_outlive_the_rate_it_follows():
    book = book_of([rate(last=364, pk=5)], [offer()])

    judgment = book.take_rate(rate("120.00", 10))

    assert (judgment.verdict, judgment.column) == ("wrong", "effective_to")
    assert judgment.message == "The rate it follows ends on Dec 31, 2025. Enter a last day."
    assert periods(book) == [("100.00", 0, 364)]
    assert book.take_rate(rate("120.00", 10, 400)).verdict == "replaces"


@pytest.mark.parametrize(
    ("last", "verdict", "message"),
    [
        (30, "same", ""),
        (40, "extends", "It was Jan 1, 2025 to Jan 31, 2025."),
        (None, "extends", "It was Jan 1, 2025 to Jan 31, 2025."),
        (20, "wrong", "This rate holds longer: Jan 1, 2025 to Jan 31, 2025. To end it, leave Amount and From empty."),
    ],
)  # fmt: skip
def test_a_rate_is_already_so_only_when_it_ends_then_too(last, verdict, message):
    book = book_of([rate(last=30, pk=5)], [offer()])

    judgment = book.take_rate(rate(last=last))

    assert (judgment.verdict, judgment.message) == (verdict, message)
    assert periods(book) == [("100.00", 0, last if verdict == "extends" else 30)]


def test_an_open_rate_that_another_follows_is_already_so():
    book = book_of([rate(last=9, pk=5), rate("120.00", 10, pk=6)], [offer()])

    assert book.take_rate(rate()).verdict == "same"


def test_a_wrong_amount_is_corrected_by_whoever_knows_it():
    old = rate("500.00", last=364, pk=5)
    book = book_of([old], [offer()])

    wrong = book.take_rate(rate("550.00"), instead_of=Decimal("499.00"))
    right = book.take_rate(rate("550.00"), instead_of=Decimal("500.00"))
    again = book.take_rate(rate("550.00"), instead_of=Decimal("500.00"))

    assert (wrong.column, wrong.message) == ("corrects", "No rate of $499.00 begins on this day.")
    assert (right.verdict, right.message) == ("corrects", "It was $500.00.")
    assert again.verdict == "same"
    assert (periods(book), book.corrected) == ([("550.00", 0, 364)], [(old, Decimal("500.00"))])


def test_a_correction_tells_where_the_wrong_amount_stands_again():
    old, between, rest = (
        rate("500.00", last=9, pk=5),
        rate("120.00", 10, 19, pk=6),
        rate("500.00", 20, pk=7),
    )
    book = book_of([old, between, rest], [offer()])

    judgment = book.take_rate(rate("550.00"), instead_of=Decimal("500.00"))

    assert (
        judgment.message
        == "It was $500.00. From Jan 21, 2025 $500.00 stands again: correct that as well."
    )
    assert periods(book) == [("550.00", 0, 9), ("120.00", 10, 19), ("500.00", 20, None)]


def test_a_correction_of_a_line_of_the_same_file_corrects_nothing_on_file():
    book = book_of([], [offer()])
    book.take_rate(rate("500.00"))

    assert book.take_rate(rate("550.00"), instead_of=Decimal("500.00")).verdict == "corrects"
    assert (periods(book), book.corrected) == ([("550.00", 0, None)], [])


def test_what_follows_a_rate_tells_the_difference():
    book = book_of([rate("612.47", pk=5)], [offer()])

    assert book.take_rate(rate("1.00", 365)).message == "Before it: $612.47, now −99.8%."


def test_a_rate_ends_and_what_would_begin_later_is_taken_back():
    later = rate("120.00", 365, pk=6)
    book = book_of([rate(last=364, pk=5), later], [offer()], today=100)

    judgment = book.end_rate(rate(first=180, last=180))

    assert (judgment.verdict, book.rates.removed) == ("ends", [later])
    assert judgment.message == "Taken back, for it would begin later: from Jan 1, 2026."
    assert periods(book) == [("100.00", 0, 180)]
    assert book.end_rate(rate(first=180, last=180)).verdict == "same"


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (-5, "What began after this day is in force already: from Jan 1, 2025."),
        (20, "Nothing of this holds on this day."),
    ],
)
def test_what_cannot_be_ended_is_told(last, message):
    rates = [rate(pk=5)] if last < 0 else []

    judgment = book_of(rates, [offer()], today=0).end_rate(rate(first=last, last=last))

    assert (judgment.verdict, judgment.column, judgment.message) == (
        "wrong",
        "effective_to",
        message,
    )


def test_a_group_goes_over_from_tiers_to_ages_once_the_tiers_end():
    book = book_of([rate(pk=5)], [offer()])
    by_age = rate("9.00", 365, tier="AGE", ages=(0, 14))

    refused = book.take_rate(by_age).verdict
    book.end_rate(rate(first=364, last=364))

    assert (refused, book.take_rate(by_age).verdict) == ("wrong", "new")


def test_an_offer_ends():
    book = book_of(offers=[offer()])

    assert book.end_offer(offer(30, 30)).verdict == "ends"
    assert [one.effective_to for one in book.offers] == [day(30)]


def test_years_of_age_do_not_slow_each_other_down():
    """Five thousand lines beside ten thousand rates of one plan: comparing each with all would take minutes."""
    held = [
        rate("9.00", 365 * year, 365 * year + 364, unit=unit, tier="AGE", ages=(age, age), pk=1)
        for year in range(2) for unit in range(50) for age in range(100)
    ]  # fmt: skip
    book, began = book_of(held, [offer()]), process_time()

    for unit in range(50):
        for age in range(100):
            book.take_rate(rate("9.50", 730, unit=unit, tier="AGE", ages=(age, age)))

    assert len(book.rates.added) == 5000
    assert process_time() - began < 5


@pytest.mark.parametrize(
    ("new", "column", "message"),
    [
        (
            rate("120.00"),
            "effective_from",
            "Another rate begins on this day, $100.00. Begin later, or enter it under Corrects.",
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
    judgment = book_of([rate(pk=5)], [offer(-60)]).take_rate(new)

    assert (judgment.verdict, judgment.column, judgment.message) == ("wrong", column, message)


def test_other_ages_than_those_in_force_are_refused():
    book = book_of([rate(tier="AGE", ages=(0, 20), pk=5)], [offer()])

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
    judgment = book_of(offers=[offered]).take_rate(rate(first=5, unit=unit))

    assert (judgment.verdict == "new") is is_taken
    assert judgment.column == ("" if is_taken else "plan")


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        (offer(5), "same"),
        (offer(0, 9), "wrong"),
        (offer(-5, -1), "new"),
        (offer(-5, 0), "wrong"),
        (offer(-5), "wrong"),
        (offer(code="FT"), "new"),
        (offer(unit=7), "new"),
    ],
)
def test_an_offer_beside_an_open_one(new, verdict):
    book = book_of(offers=[offer()])

    assert book.take_offer(new).verdict == verdict
    assert len(book.offers.added) == (verdict == "new")


@pytest.mark.parametrize(
    ("new", "verdict", "last"),
    [(offer(0, 30), "same", 30), (offer(), "extends", None), (offer(5, 40), "extends", 40), (offer(0, 20), "wrong", 30)],
)  # fmt: skip
def test_an_offer_is_already_so_only_when_it_ends_then_too(new, verdict, last):
    held = offer(0, 30)

    assert book_of(offers=[held]).take_offer(new).verdict == verdict
    assert held.effective_to == (last and day(last))


@given(st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(0, 20)), max_size=12))
def test_no_sequence_of_offers_overlaps(periods):
    book = book_of()
    for first, last in periods:
        if last is None or last >= first:
            book.take_offer(offer(first, last))

    assert not any(days_meet(one, other) for one, other in combinations(book.offers, 2))
