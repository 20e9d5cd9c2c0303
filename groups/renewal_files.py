"""Files of renewals as staff write them: one line for each group, plan and tier. Pure, but for the words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from django.utils.translation import gettext_lazy as _

from groups import rate_files
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


def read_line(cells: Mapping[str, str]) -> Written:
    """Return what the *cells* of a line mean; raise WrongCellError for the first one that means nothing."""
    now, amount = _rate(cells, plan="plan", amount="amount", day="renewal_date")
    followed = {**cells, "new_plan": cells["new_plan"] or cells["plan"]}
    then, new_amount = _rate(followed, plan="new_plan", amount="new_amount", day="available_on")
    last, _amount = _rate(cells, plan="plan", amount="amount", day="respond_by")
    contracts = cells["contracts"]
    if not (contracts.isascii() and contracts.isdigit()):
        raise WrongCellError("contracts", _("Enter a whole number of contracts, such as 12."))
    return Written(
        now.group,
        (now.first, then.first, last.first),
        now.plan,
        then.plan,
        now.tier,
        amount,
        new_amount,
        int(contracts),
    )


def _rate(
    cells: Mapping[str, str], *, plan: str, amount: str, day: str
) -> tuple[rate_files.Written, Decimal]:
    """Read one plan, amount and day as a file of rates would, so that both understand the same writing."""
    of_rate = dict.fromkeys(rate_files.COLUMNS, "") | {
        "group": cells["group"],
        "plan": cells[plan],
        "tier": cells["tier"] or "?",
        "amount": cells[amount] or "?",
        "effective_from": cells[day],
    }
    names = {"group": "group", "plan": plan, "amount": amount, "effective_from": day}
    try:
        found = rate_files.parse(of_rate)
    except WrongCellError as error:
        if error.column in names:
            raise WrongCellError(names[error.column], error.message) from error
        raise WrongCellError("tier", WRONG_TIER) from error  # also one by age: its amount is none
    return found, cast("Decimal", found.amount)
