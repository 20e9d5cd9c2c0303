"""Rows in force by what they are for, so that those beside a row are found at once. Pure: nothing is read or written."""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from groups.models import InForce

Row = TypeVar("Row", bound=InForce)


@dataclass(frozen=True)
class Period:
    """Days from *effective_from* to *effective_to*, both inclusive; None: for good."""

    effective_from: date
    effective_to: date | None


Days = InForce | Period


class Shelf(Generic[Row]):
    """The rows as they will be, and what became of them on the way.

    *key* names what a row is for: only rows of one key can stand in each other's way. *scopes* names wider circles,
    of which the shelf knows the periods alone: there are few of them, however many rows.
    """

    def __init__(
        self,
        rows: Iterable[Row],
        *,
        key: Callable[[Row], Hashable],
        scopes: Callable[[Row], Iterable[Hashable]],
    ) -> None:
        self.added: list[Row] = []
        self.changed: dict[int, Row] = {}  # those there are that now say something else, by id
        self.removed: list[Row] = []
        self._key, self._scopes = key, scopes
        self._rows: defaultdict[Hashable, list[Row]] = defaultdict(list)
        self._periods: defaultdict[Hashable, Counter[Period]] = defaultdict(Counter)
        for row in rows:
            self._place(row)

    def beside(self, row: Row) -> list[Row]:
        """Return the rows for the same as *row*, by first day."""
        return list(self._rows[self._key(row)])

    def __iter__(self) -> Iterator[Row]:
        """Give all rows."""
        for rows in self._rows.values():
            yield from rows

    def periods(self, *scopes: Hashable) -> Iterator[Period]:
        """Give every period, once for each of *scopes*, in which one of its rows is in force."""
        for scope in scopes:
            yield from self._periods[scope]

    def add(self, row: Row) -> None:
        """Put a new *row* beside the others."""
        self._place(row)
        self.added.append(row)

    def end(self, row: Row, last: date | None) -> None:
        """Let *row* end on *last*, earlier or later than it did; None: for good."""
        self._count(row, -1)
        row.effective_to = last
        self._count(row, 1)
        self.note(row)

    def note(self, row: Row) -> None:
        """Remember that *row* says something else now."""
        if row.pk:
            self.changed[row.pk] = row

    def remove(self, row: Row) -> None:
        """Take *row* away."""
        self._count(row, -1)
        self._rows[self._key(row)].remove(row)
        if row.pk:
            self.changed.pop(row.pk, None)
            self.removed.append(row)
        else:
            self.added.remove(row)

    def _place(self, row: Row) -> None:
        insort(self._rows[self._key(row)], row, key=lambda one: one.effective_from)
        self._count(row, 1)

    def _count(self, row: Row, by: int) -> None:
        period = Period(row.effective_from, row.effective_to)
        for scope in self._scopes(row):
            counts = self._periods[scope]
            counts[period] += by
            if not counts[period]:
                del counts[period]


def days_meet(one: Days, other: Days) -> bool:
    """Tell whether there is a day on which both are in force."""
    return one.effective_from <= last_of(other) and other.effective_from <= last_of(one)


def last_of(row: Days) -> date:
    """Return the last day of *row*, the end of time for an open one."""
    return row.effective_to or date.max


def includes(row: Days, day: date) -> bool:
    """Tell whether *row* is in force on *day*."""
    return row.effective_from <= day <= last_of(row)
