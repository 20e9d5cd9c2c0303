"""Files of renewals as staff write them: one line for each group, plan and tier. Pure, but for the words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from groups import rate_files
from groups.models import Rate
from groups.rate_files import WrongCellError
from portal.csv_lists import Column

COLUMNS: dict[str, Column] = {
    "group": Column(frozenset({"group", "groupid"}), 20),
    "renewal_date": Column(frozenset({"renewaldate", "renewal"}), 20),
    "available_on": Column(frozenset({"availableon", "available"}), 20),
    "respond_by": Column(frozenset({"respondby"}), 20),
    "plan": Column(frozenset({"plan", "currentplan"}), 20),
    "new_plan": Column(frozenset({"newplan", "renewalplan"}), 20, optional=True),
    "tier": Column(frozenset({"tier"}), 40),
    "amount": Column(frozenset({"currentamount", "currentrate", "current"}), 20),
    "new_amount": Column(frozenset({"renewalamount", "renewalrate", "newamount", "newrate"}), 20),
    "contracts": Column(frozenset({"contracts"}), 6),
}
# One group with two plans, the second of which another follows; in the order of the columns
_DAYS = ("20418A", "2027-01-01", "2026-10-18", "2026-12-17")
SAMPLE = (
    (*_DAYS, "SILVER-HMO-3000", "", "EE", "498.20", "529.09", "14"),
    (*_DAYS, "SILVER-HMO-3000", "", "FAM", "1419.87", "1507.90", "7"),
    (*_DAYS, "GOLD-PPO-1000", "GOLD-PPO-1500", "EE", "684.10", "677.94", "6"),
)
WRONG_TIER = _("We know no such tier. Use EE, ES, EC or FAM.")


@dataclass(frozen=True)
class Written:
    """What a line says: which renewal, and one tier of it. Dollars a month."""

    group: str
    days: tuple[date, date, date]  # renewal date, available on, respond by
    plan: str
    new_plan: str
    tier: str
    amount: Decimal
    new_amount: Decimal
    contracts: int


class WrongLineError(ValueError):
    """The *cells* that mean nothing, in the order of the columns."""

    def __init__(self, cells: list[WrongCellError]) -> None:
        super().__init__(", ".join(cell.column for cell in cells))
        self.cells = cells


def read_line(cells: Mapping[str, str]) -> Written:
    """Return what the *cells* of a line mean; raise WrongLineError with each that means nothing."""
    found: dict[str, Any] = {}
    wrong = []
    for column, read in READ.items():
        try:
            found[column] = read(column, cells[column])
        except WrongCellError as error:
            wrong.append(error)
    if wrong:
        raise WrongLineError(wrong)
    return Written(
        found["group"],
        (found["renewal_date"], found["available_on"], found["respond_by"]),
        found["plan"],
        found["new_plan"] or found["plan"],
        found["tier"],
        found["amount"],
        found["new_amount"],
        found["contracts"],
    )


def _as_in_rates(cell: str, value: str) -> Callable[[str, str], Any]:
    """Return what reads a column as a file of rates reads its *cell* and calls it *value*: both know the same writing."""

    def read(column: str, text: str) -> Any:
        line = dict.fromkeys(rate_files.COLUMNS, "") | A_RATE | {cell: text or MISSING}
        try:
            return getattr(rate_files.parse(line), value)
        except WrongCellError as error:
            # A tier by age is missed as the ages that its line does not have
            words = WRONG_TIER if column == "tier" else error.message
            raise WrongCellError(column, words) from error

    return read


def _new_plan(column: str, text: str) -> str:
    return _as_in_rates("plan", "plan")(column, text) if text else ""


def _contracts(column: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise WrongCellError(column, _("Enter a whole number of contracts, such as 12."))
    return int(text)


# A line of a file of rates without fault, into which one cell of ours is put at a time
A_RATE = {
    "group": "20418A",
    "plan": "PLAN",
    "tier": Rate.Tier.EMPLOYEE.value,
    "amount": "1",
    "effective_from": "2027-01-01",
}
MISSING = "?"
READ: dict[str, Callable[[str, str], Any]] = {
    "group": _as_in_rates("group", "group"),
    "renewal_date": _as_in_rates("effective_from", "first"),
    "available_on": _as_in_rates("effective_from", "first"),
    "respond_by": _as_in_rates("effective_from", "first"),
    "plan": _as_in_rates("plan", "plan"),
    "new_plan": _new_plan,
    "tier": _as_in_rates("tier", "tier"),
    "amount": _as_in_rates("amount", "amount"),
    "new_amount": _as_in_rates("amount", "amount"),
    "contracts": _contracts,
}
