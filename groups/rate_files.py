"""Files of plan offers and rates as staff write them: what each cell may hold. Pure.

A line with tier and amount is a rate. A line without them offers the plan, to all classes or the one it names. A line
without amount and first day ends a rate or an offer with its last day.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from groups.identifiers import IdentifierError, normalize_group_id
from groups.models import Rate
from groups.rates import DAY, OLDEST
from portal.csv_lists import Column

Words = str | Promise
COLUMNS: dict[str, Column] = {
    "group": Column(frozenset({"group", "groupid", "groupnumber"}), 20),
    "unit": Column(frozenset({"unit", "billingunit", "subgroup"}), 20, optional=True),
    "class": Column(frozenset({"class", "classcode"}), 20, optional=True),
    "plan": Column(frozenset({"plan", "plancode"}), 20),
    "tier": Column(frozenset({"tier", "coveragetier"}), 40),
    "age_from": Column(frozenset({"agefrom", "fromage"}), 10, optional=True),
    "age_to": Column(frozenset({"ageto", "toage"}), 10, optional=True),
    "amount": Column(frozenset({"amount", "rate", "monthlyrate"}), 20),
    "effective_from": Column(frozenset({"from", "effectivefrom", "effectivedate"}), 20),
    "effective_to": Column(frozenset({"to", "effectiveto", "enddate"}), 20, optional=True),
    "corrects": Column(frozenset({"corrects", "wrongamount"}), 20, optional=True),
}
# Other words for a tier, as letters alone
TIERS: dict[str, str] = {
    "ee": "EE", "employee": "EE", "employeeonly": "EE", "single": "EE",
    "es": "ES", "employeespouse": "ES",
    "ec": "EC", "employeechildren": "EC", "employeedependents": "EC",
    "fam": "FAM", "family": "FAM",
    "age": "AGE", "byage": "AGE",
}  # fmt: skip
MOST = Decimal("99999.99")  # dollars a month; more is a slip of the pen
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
NEITHER = _(
    "A rate needs a tier and an amount; an offer has neither. To end one, leave Amount and From empty."
)
WRONG_CLASS = _("A class has up to four letters or digits.")
_DATES = ("%Y-%m-%d", "%m/%d/%Y")
_MONEY = re.compile(r"\$? ?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]{1,2})?", re.ASCII)


class WrongCellError(ValueError):
    """What is wrong with a line, in words, and in which *column*."""

    def __init__(self, column: str, message: Words) -> None:
        super().__init__(column)
        self.column, self.message = column, message


@dataclass(frozen=True)
class Written:
    """What a line says. *tier* and *amount* are empty and None where it offers a plan; *last* None: for good.

    *corrects* is the wrong amount on file. A line that *is_end* speaks of its *last* day, which is its *first* as well.
    """

    group: str
    unit: str
    class_code: str
    plan: str
    tier: str
    ages: tuple[int, int] | None
    amount: Decimal | None
    first: date
    last: date | None
    corrects: Decimal | None = None
    is_end: bool = False

    @property
    def is_offer(self) -> bool:
        """Tell whether the line is about an offer instead of a rate."""
        return not self.tier

    @property
    def speaks_from(self) -> tuple[date, bool]:
        """Return the first day that the line changes: lines of a file follow each other by it, ends first."""
        return (self.first + DAY, False) if self.is_end else (self.first, True)


def parse(cells: Mapping[str, str]) -> Written:
    """Return what the *cells* of a line mean; raise WrongCellError for the first one that means nothing."""
    tier, amount = _tier(cells["tier"]), _amount("amount", cells["amount"])
    ends = not amount and not cells["effective_from"] and bool(cells["effective_to"])
    if bool(tier) != bool(amount) and not ends:
        raise WrongCellError("amount" if tier else "tier", NEITHER)
    if tier and cells["class"]:
        raise WrongCellError("class", _("Rates hold for all classes. Leave this cell empty."))
    first, last = _days(cells, ends=ends)
    return Written(
        _group(cells["group"]),
        _unit(cells["unit"]),
        _code("class", cells["class"], r"[A-Z0-9]{0,4}", WRONG_CLASS),
        _code("plan", cells["plan"], r"[A-Z0-9][A-Z0-9-]{1,19}", _("Enter the code of a plan.")),
        tier,
        _ages(tier, cells["age_from"], cells["age_to"]),
        amount,
        first,
        last,
        _corrects(cells.get("corrects", ""), amount),
        is_end=ends,
    )


def _days(cells: Mapping[str, str], *, ends: bool) -> tuple[date, date | None]:
    column = "effective_to" if ends else "effective_from"
    first = _day(column, cells[column])
    if first is None:
        raise WrongCellError("effective_from", _("Enter the first day, such as 2027-01-01."))
    last = _day("effective_to", cells["effective_to"])
    if last and last < first:
        raise WrongCellError("effective_to", _("This day is before the first day."))
    return first, last


def _corrects(text: str, amount: Decimal | None) -> Decimal | None:
    """Return the wrong amount on file that a rate of *amount* corrects."""
    if text and amount is None:
        raise WrongCellError("corrects", _("Only the amount of a rate is corrected."))
    return _amount("corrects", text)


def _unit(text: str) -> str:
    if not text or text.upper() == "ALL":
        return ""
    return _code("unit", text, r"[0-9]{1,4}", _("A billing unit has four digits.")).zfill(4)


def _group(text: str) -> str:
    try:
        return normalize_group_id(text)
    except IdentifierError as error:
        raise WrongCellError("group", _("A Group ID has six letters or digits.")) from error


def _code(column: str, text: str, pattern: str, message: Words) -> str:
    code = text.upper()
    if not re.fullmatch(pattern, code, re.ASCII):
        raise WrongCellError(column, message)
    return code


def _tier(text: str) -> str:
    if not text:
        return ""
    letters = re.sub(r"[^a-z]", "", text.casefold())
    if letters not in TIERS:
        raise WrongCellError("tier", _("We know no such tier. Use EE, ES, EC, FAM or AGE."))
    return TIERS[letters]


def _amount(column: str, text: str) -> Decimal | None:
    """Return dollars and cents; raise WrongCellError for fractions of a cent and whatever is no sum above zero."""
    if not text:
        return None
    found = _MONEY.fullmatch(text)
    amount = Decimal(text.strip("$ ").replace(",", "")) if found else Decimal(0)
    if not 0 < amount <= MOST:
        raise WrongCellError(column, _("Enter dollars and cents above zero, such as 612.47."))
    return amount


def _day(column: str, text: str) -> date | None:
    if not text:
        return None
    for written in _DATES:
        try:
            day = datetime.strptime(text, written).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if FIRST_DAY <= day <= LAST_DAY:
            return day
    raise WrongCellError(column, _("Enter a day, such as 2027-01-01 or 1/1/2027."))


def _ages(tier: str, youngest: str, oldest: str) -> tuple[int, int] | None:
    """Return the years of age of a rate by age, both inclusive; no last one means whatever is older."""
    if tier != Rate.Tier.BY_AGE:
        if youngest or oldest:
            raise WrongCellError("age_from", _("Only rates of the tier AGE have ages."))
        return None
    first = _years("age_from", youngest)
    last = _years("age_to", oldest) if oldest else OLDEST
    if last < first:
        raise WrongCellError("age_to", _("This age is below the first one."))
    return first, last


def _years(column: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or int(text) > OLDEST:
        raise WrongCellError(column, _("Enter an age in years, from 0 to 120."))
    return int(text)
