"""What the demo's groups offer, and what it costs: plain values, the same for the same group and day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zlib import crc32

from portal.demo import sources
from portal.demo.records import Market

YEARS = 3  # of rates on file, the running plan year included
CENT = Decimal("0.01")
# Group IDs of companies that pay the base itself; the second one by age
CEDAR_RIDGE, HOLLIS = "20418A", "20677A"
LOGISTICS = "20533A"  # offers a plan by age beside those by tier
# Of the rate file that data/SOURCES.md names, for ages 0 to 14
CHILD_RATE = Decimal("441.16")


@dataclass(frozen=True)
class PlanData:
    """A plan of the carrier. *base* is a month for one employee (by age: for one of 21) in the running year, *growth* a year."""

    code: str
    name: str
    line: str
    base: Decimal
    growth: Decimal
    product: str = ""
    metal: str = ""
    hios_id: str = ""
    pcp_required: bool = False
    by_age: bool = False


@dataclass(frozen=True)
class ClassData:
    """A class of employees."""

    code: str
    name: str
    waiting_rule: str
    min_hours: int | None
    contribution: str


@dataclass(frozen=True)
class YearData:
    """A plan year from its first to its last day (inclusive; None while it runs), *ago* years before the running one."""

    first: date
    last: date | None
    ago: int


MEDICAL, DENTAL, NONE = Decimal("1.065"), Decimal("1.02"), Decimal(1)
FORMER = PlanData(
    "GOLD-PPO-1000", "Gold PPO 1000", "HLT", Decimal("655.20"), MEDICAL, "PPO", "gold", "82569MA0010011-01"
)  # fmt: skip
GOLD = PlanData(
    "GOLD-PPO-1500", "Gold PPO 1500", "HLT", Decimal("612.47"), MEDICAL, "PPO", "gold", "82569MA0010012-01"
)  # fmt: skip
SILVER = PlanData(
    "SILVER-HMO-3000", "Silver HMO 3000", "HLT", Decimal("498.20"), MEDICAL, "HMO", "silver", "82569MA0010021-01",
    pcp_required=True,
)  # fmt: skip
BRONZE = PlanData(
    "BRONZE-HMO-6000", "Bronze HMO 6000", "HLT", Decimal("401.85"), MEDICAL, "HMO", "bronze", "82569MA0010031-01",
    pcp_required=True,
)  # fmt: skip
CHOICE = PlanData(
    "CHOICE-EPO", "Choice EPO", "HLT", (CHILD_RATE / Decimal("0.765")).quantize(CENT), MEDICAL, "EPO", "silver",
    "42690MA1234502", by_age=True,
)  # fmt: skip
SMILES = PlanData("DENTAL-PPO-1500", "Dental PPO 1500", "DEN", Decimal("38.60"), DENTAL, "PPO")
SIGHT = PlanData("VISION-130", "Vision 130", "VIS", Decimal("7.15"), NONE)
PLANS = (FORMER, GOLD, SILVER, BRONZE, CHOICE, SMILES, SIGHT)

FULL_TIME = ClassData(
    "FT", "Full time", "first_following", 30, "80% for the employee, 50% for the family"
)
PART_TIME = ClassData("PT", "Part time", "first_after_60", 20, "50% for the employee")
EXECUTIVES = ClassData(
    "EX", "Executives", "date_of_hire", None, "100% for the employee, 80% for the family"
)


def plan_years(start: date, renewal: date, *, ended: bool) -> list[YearData]:
    """Return up to YEARS plan years of a contract from *start* that renews on *renewal*, the earliest first.

    The running one has no last day, unless the contract has *ended*.
    """
    firsts = [renewal.replace(year=renewal.year - back) for back in range(YEARS, 0, -1)]
    kept = [first for first in firsts if first >= start] or [start]
    lasts: list[date | None] = [following - timedelta(days=1) for following in kept[1:]]
    lasts.append(renewal - timedelta(days=1) if ended else None)
    return [
        YearData(first, last, len(kept) - 1 - at)
        for at, (first, last) in enumerate(zip(kept, lasts, strict=True))
    ]


def classes_of(market: Market) -> tuple[ClassData, ...]:
    """Return the classes of employees of a group."""
    return (FULL_TIME, PART_TIME, EXECUTIVES) if market == "large" else (FULL_TIME,)


def plans_of(group_id: str, market: Market, *, year: YearData, years: int) -> Iterator[PlanData]:
    """Yield what a group offers in *year*, one of *years*. The oldest of three knew another gold plan."""
    if rated_by_age(group_id, market):
        yield CHOICE
    else:
        yield FORMER if years == YEARS and year.ago == YEARS - 1 else GOLD
        yield SILVER
        if market == "large":
            yield BRONZE
        if group_id == LOGISTICS:
            yield CHOICE
    yield SMILES
    if _draw(group_id, 2) == 0:
        yield SIGHT


def class_codes_of(plan: PlanData, market: Market) -> tuple[str, ...]:
    """Return the classes to which a group offers *plan*; one empty code means all."""
    if market == "large" and plan in {FORMER, GOLD}:
        return (FULL_TIME.code, EXECUTIVES.code)
    return ("",)


def rated_by_age(group_id: str, market: Market) -> bool:
    """Tell whether a group pays by the age of each person: some of the small ones do."""
    return group_id == HOLLIS or (market == "small" and _draw(group_id, 3) == 0)


def amounts(
    plan: PlanData, group_id: str, year: YearData
) -> dict[tuple[str, int | None, int | None], Decimal]:
    """Return dollars a month by (tier, first age, last age) in *year*; ages are None for rates by tier."""
    base = plan.base * level_of(group_id) / plan.growth**year.ago
    if plan.by_age:
        by_age = sources.age_factors()
        return {
            ("AGE", first, last): (base * factor).quantize(CENT)
            for (first, last), factor in by_age.items()
        }
    one = base.quantize(CENT)
    return {
        (tier, None, None): (one * ratio).quantize(CENT)
        for tier, ratio in sources.tier_ratios().items()
    }


def level_of(group_id: str) -> Decimal:
    """Return what a group pays against the base of a plan."""
    return (
        Decimal(1) if group_id in {CEDAR_RIDGE, HOLLIS} else Decimal(96 + _draw(group_id, 11)) / 100
    )


def _draw(group_id: str, sides: int) -> int:
    return crc32(f"{group_id} {sides}".encode()) % sides
