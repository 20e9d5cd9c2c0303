"""Calendar quarters: of which day, until when, and how they are written. Pure: no settings, no database."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_PATTERN = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter; *number* is 1 to 4. Written "2026-Q4"."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the quarter that *day* lies in."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the quarter written as "2026-Q4"; raise ValueError for anything else."""
        found = _PATTERN.fullmatch(text)
        if found is None or int(found[1]) == 0:
            raise ValueError(f"{text!r} is no quarter.")
        return cls(int(found[1]), int(found[2]))

    @property
    def first_day(self) -> date:
        """Return its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """Return its last day."""
        following = date(self.year + self.number // 4, 3 * self.number % 12 + 1, 1)
        return following - timedelta(days=1)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """Return the moment at which it is over in *zone* (exclusive): the midnight after its last day."""
        return datetime.combine(self.last_day + timedelta(days=1), time.min, zone)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"
