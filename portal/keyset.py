"""Long lists, newest first, a page at a time: each page goes on from a row and not from a count.

One statement a page, as fast at the end of a long history as at its beginning.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Self, TypeVar

from django.db.models import Model, Q, QuerySet

AnyModel = TypeVar("AnyModel", bound=Model)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Cursor:
    """A place in a list: the moment and number of one row. Written as two numbers with a hyphen."""

    at: datetime
    pk: int

    @classmethod
    def of(cls, row: Model, by: str) -> Self:
        """Return the place of *row* in a list ordered by the field *by*."""
        return cls(getattr(row, by), row.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the place that *text* names; None for anything we did not write."""
        moment, _hyphen, pk = text.partition("-")
        if not (text.isascii() and moment.isdigit() and pk.isdigit()) or len(text) > 36:
            return None
        try:
            return cls(EPOCH + int(moment) * MICROSECOND, min(int(pk), 2**63 - 1))
        except OverflowError:
            return None

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.pk}"

    def older(self, by: str) -> Q:
        """Return what finds the rows that follow this place, newest first; the row itself is not among them."""
        return Q(**{f"{by}__lte": self.at}) & (Q(**{f"{by}__lt": self.at}) | Q(pk__lt=self.pk))

    def newer(self, by: str) -> Q:
        """Return what finds the rows before this place; the row itself is not among them."""
        return Q(**{f"{by}__gte": self.at}) & (Q(**{f"{by}__gt": self.at}) | Q(pk__gt=self.pk))


@dataclass(frozen=True)
class Page(Generic[AnyModel]):
    """A stretch of a list, newest first, and the places from which its neighbors go on (empty at the ends)."""

    rows: list[AnyModel]
    newer: str = ""
    older: str = ""


def page_of(
    rows: QuerySet[AnyModel, Any],
    by: str,
    *,
    before: Cursor | None = None,
    after: Cursor | None = None,
    size: int,
) -> Page[AnyModel]:
    """Return the *size* rows that follow *before* (older), or precede *after* (newer), by the moment *by*."""
    if after:
        found = list(rows.filter(after.newer(by)).order_by(by, "pk")[: size + 1])
        shown, has_newer, has_older = found[:size][::-1], len(found) > size, True
    else:
        older = rows.filter(before.older(by)) if before else rows
        found = list(older.order_by(f"-{by}", "-pk")[: size + 1])
        shown, has_newer, has_older = found[:size], before is not None, len(found) > size
    if not shown:
        return Page([])
    return Page(
        shown,
        newer=str(Cursor.of(shown[0], by)) if has_newer else "",
        older=str(Cursor.of(shown[-1], by)) if has_older else "",
    )
