"""What the cells of a rate file may hold."""

from datetime import date
from decimal import Decimal

import pytest

from groups.rate_files import COLUMNS, Written, WrongCellError, parse
from portal.csv_lists import read

RATE = {
    "group": "20418A",
    "plan": "SILVER",
    "tier": "EE",
    "amount": "612.47",
    "effective_from": "2027-01-01",
}


def cells(**typed):
    return {**dict.fromkeys(COLUMNS, ""), **RATE, **typed}


def test_a_rate():
    assert parse(cells(unit="2", effective_to="12/31/2027")) == Written(
        group="20418A",
        unit="0002",
        class_code="",
        plan="SILVER",
        tier="EE",
        ages=None,
        amount=Decimal("612.47"),
        first=date(2027, 1, 1),
        last=date(2027, 12, 31),
    )


def test_an_offer_has_neither_tier_nor_amount():
    written = parse(cells(tier="", amount="", **{"class": "ft"}, unit="all"))

    assert (written.is_offer, written.class_code, written.unit) == (True, "FT", "")


@pytest.mark.parametrize(
    ("typed", "tier"),
    [("ee", "EE"), ("Employee + Spouse", "ES"), ("Employee + Child(ren)", "EC"), ("FAMILY", "FAM")],
)
def test_tiers_by_their_names(typed, tier):
    assert parse(cells(tier=typed)).tier == tier


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("$1,745.54", "1745.54"), ("1745.5", "1745.5"), ("$ 12", "12"), ("99999.99", "99999.99")],
)
def test_money_as_people_write_it(typed, amount):
    assert parse(cells(amount=typed)).amount == Decimal(amount)


def test_ages_without_an_end_mean_whoever_is_older():
    assert parse(cells(tier="AGE", age_from="64")).ages == (64, 120)
    assert parse(cells(tier="AGE", age_from="0", age_to="14")).ages == (0, 14)


@pytest.mark.parametrize(
    ("typed", "column"),
    [
        ({"group": "2041"}, "group"),
        ({"unit": "00002"}, "unit"),
        ({"unit": "x"}, "unit"),
        ({"class": "FT"}, "class"),
        ({"class": "A-B", "tier": "", "amount": ""}, "class"),
        ({"plan": ""}, "plan"),
        ({"plan": "<b>"}, "plan"),
        ({"tier": "Wizard"}, "tier"),
        ({"tier": ""}, "tier"),
        ({"amount": ""}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5.00"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "1,00"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "٦١٢"}, "amount"),
        ({"amount": "100000.00"}, "amount"),
        ({"effective_from": ""}, "effective_from"),
        ({"effective_from": "31/12/2027"}, "effective_from"),
        ({"effective_from": "0007-01-01"}, "effective_from"),
        ({"effective_to": "2026-12-31"}, "effective_to"),
        ({"age_from": "1"}, "age_from"),
        ({"tier": "AGE"}, "age_from"),
        ({"tier": "AGE", "age_from": "121"}, "age_from"),
        ({"tier": "AGE", "age_from": "20", "age_to": "19"}, "age_to"),
    ],
    ids=str,
)
def test_what_means_nothing_names_its_column(typed, column):
    with pytest.raises(WrongCellError) as caught:
        parse(cells(**typed))

    assert caught.value.column == column
    assert str(caught.value.message)


def test_columns_may_stand_in_any_order_and_some_may_be_missing():
    listing = read(
        b"From;Rate;Tier;Plan code;Group number\n2027-01-01;5;EE;SILVER;20418A\n", COLUMNS
    )

    assert [line.number for line in listing.rows] == [2]
    assert parse(listing.rows[0].cells).amount == Decimal(5)
