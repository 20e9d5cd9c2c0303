"""The public files below data/, read once."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"

AREA_CODES = {
    "R-MA001": ("413",),
    "R-MA002": ("508", "774", "978"),
    "R-MA003": ("508", "978", "781"),
    "R-MA004": ("978", "351", "781"),
    "R-MA005": ("617", "857", "781"),
    "R-MA006": ("508", "774"),
    "R-MA007": ("508", "774"),
    "CT": ("860", "203"),
    "ME": ("207",),
    "NH": ("603",),
    "RI": ("401",),
    "VT": ("802",),
}


@dataclass(frozen=True)
class Place:
    """One ZIP code in one county; *kind* tells street ZIPs from those that hold only boxes."""

    zip5: str
    city: str
    state: str
    county: str
    rating_region: str
    kind: str

    @property
    def area_codes(self) -> tuple[str, ...]:
        """Return the telephone area codes that serve the place."""
        return AREA_CODES[self.rating_region or self.state]


_PLACE_FIELDS = ("zip5", "city", "state", "county", "rating_region", "kind")


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def places() -> tuple[Place, ...]:
    """Return every ZIP and county pair, in the order of the file."""
    return tuple(
        Place(**{field: row[field] for field in _PLACE_FIELDS}) for row in _rows("places.csv")
    )


@cache
def street_places() -> tuple[Place, ...]:
    """Return the places where a company can have its door."""
    return tuple(place for place in places() if place.kind == "street")


@cache
def box_place(home: Place) -> Place | None:
    """Return the ZIP of the post office boxes of the town of *home*, if it has one of its own."""
    town = (home.city, home.state)
    return next((p for p in places() if p.kind == "po_box" and (p.city, p.state) == town), None)


def place(zip5: str) -> Place:
    """Return the first place with this ZIP; KeyError if the file does not have it."""
    for candidate in places():
        if candidate.zip5 == zip5:
            return candidate
    raise KeyError(zip5)


@cache
def surnames() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return surnames and how many people bear each."""
    rows = _rows("surnames.csv")
    return tuple(row["name"] for row in rows), tuple(int(row["count"]) for row in rows)


@cache
def first_names() -> tuple[str, ...]:
    """Return first names that adults bear."""
    return tuple(row["name"] for row in _rows("first_names.csv"))


@cache
def street_names() -> tuple[str, ...]:
    """Return street names, the frequent ones first."""
    return tuple(row["name"] for row in _rows("street_names.csv"))


@cache
def street_suffixes() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return street suffixes in full and their weights."""
    rows = _rows("street_suffixes.csv")
    return tuple(row["name"] for row in rows), tuple(int(row["weight"]) for row in rows)


@cache
def secondary_designators() -> tuple[str, ...]:
    """Return the words before the number of a suite, floor or unit."""
    return tuple(row["name"] for row in _rows("secondary_designators.csv"))


@cache
def sic_labels() -> dict[str, str]:
    """Return the name of each industry by its 4-digit code."""
    return {row["sic"]: row["label"] for row in _rows("sic_codes.csv")}


@cache
def tier_ratios() -> dict[str, Decimal]:
    """Return what each tier costs against one employee alone."""
    return {row["tier"]: Decimal(row["ratio"]) for row in _rows("tier_ratios.csv")}


@cache
def age_factors() -> dict[tuple[int, int], Decimal]:
    """Return what a person of each range of ages (years, both inclusive) costs against one of 21."""
    return {
        (int(row["age_from"]), int(row["age_to"])): Decimal(row["factor"])
        for row in _rows("age_factors.csv")
    }
