"""Transactions as a file: the same rows as the page, with every column, written by PostgreSQL or for Excel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Self

from django.contrib.auth import get_user_model
from django.db.models import Case, F, Func, JSONField, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from groups.access import Rights
from groups.models import EmployerGroup, Subgroup, Transaction
from groups.transaction_history import BY, carrier_staff, submitters_of
from groups.transaction_kinds import all_kinds
from portal.keyset import Cursor
from portal.spreadsheets import MOMENT, PLAIN, TYPED, copied

MOST_IN_XLSX = 20_000  # rows; more take too long while a browser waits
CELLS = (
    PLAIN, MOMENT, PLAIN, PLAIN, PLAIN, PLAIN, TYPED, PLAIN, TYPED, TYPED, TYPED, PLAIN, PLAIN, MOMENT, TYPED,
)  # fmt: skip


def heads() -> list[str]:
    """Return the words above the columns."""
    return [
        _("Confirmation number"), _("Submitted"), _("Type"), _("Status"), _("Waits for"), _("Billing unit"),
        _("Member"), _("Effective date"), _("Before"), _("After"), _("Submitted by"), _("Came by"), _("Row of the file"),
        _("Decided"), _("Reason"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Names:
    """What the people and billing units in the rows are called, by their ids: read once, and not for each row."""

    people: dict[int, str]
    units: dict[int, str]

    @classmethod
    def of(cls, rights: Rights, group: EmployerGroup) -> Self:
        """Return the names in what somebody who holds *rights* may see of a group's transactions."""
        users = get_user_model().objects.filter(pk__in=submitters_of(rights, group, most=None))
        people = users.only("first_name", "last_name", "is_staff")
        units = Subgroup.objects.filter(group=group).order_by()
        return cls(
            {one.pk: _called(one) for one in people},
            dict(units.values_list("pk", "code")),
        )


def in_columns(found: QuerySet[Transaction], names: Names) -> QuerySet[Transaction, Any]:
    """Return *found* newest first, as rows of the file."""
    return found.order_by(f"-{BY}", "-pk").values_list(
        F("number"),
        F(BY),
        _words("kind", [(kind.code, kind.label) for kind in all_kinds()]),
        _words("status", Transaction.Status.choices),
        _words("waits_for", Transaction.WaitsFor.choices[1:]),
        _named("subgroup_id", names.units),
        F("member_name"),
        F("effective_date"),
        F("before_words"),
        F("after_words"),
        _submitter(names),
        _words("source", Transaction.Source.choices),
        F("source_row"),
        F("decided_at"),
        F("reason"),
    )


def csv_part(
    found: QuerySet[Transaction], names: Names, before: Cursor | None, size: int
) -> tuple[list[bytes], Cursor | None]:
    """Return up to *size* rows that follow *before* as pieces of CSV, and where the next part goes on, None at the end."""
    if before:
        found = found.filter(before.older(BY))
    part = copied(in_columns(found, names)[:size], CELLS)
    if part.rows < size:
        return part.pieces, None
    number = part.last.partition(b",")[0].decode()
    # Not among the filtered ones: what was decided meanwhile fits no more, and is still the place
    return part.pieces, Cursor(*Transaction.objects.values_list(BY, "pk").get(number=number))


def is_too_long(found: QuerySet[Transaction]) -> bool:
    """Tell whether an Excel file of *found* would take too long."""
    return found.order_by()[MOST_IN_XLSX : MOST_IN_XLSX + 1].exists()


def write_xlsx(found: QuerySet[Transaction], names: Names, file: IO[bytes]) -> None:
    """Write *found* into *file* as an Excel workbook, a row at a time; cells of text are never formulas."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - most processes never need it

    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with Workbook(file, options) as book:
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        sheet = book.add_worksheet(_("Transactions"))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads()) - 1, 20)
        for column, head in enumerate(heads()):
            sheet.write_string(0, column, head, bold)
        for number, row in enumerate(in_columns(found, names).iterator(2000), 1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, day)


def _write(sheet: Any, row: int, column: int, value: object, day: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, timezone.make_naive(value).replace(microsecond=0))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif value:
        sheet.write_string(row, column, str(value))


def _words(name: str, choices: Iterable[tuple[str, str | Promise]]) -> Func:
    words = {code: str(label) for code, label in choices}
    return Coalesce(_named(name, words), F(name), output_field=TextField())


def _called(person: Any) -> str:
    return carrier_staff() if person.is_staff else f"{person.first_name} {person.last_name}"


def _submitter(names: Names) -> Case:
    portal = When(submitted_by=None, then=Value(_("The portal")))
    return Case(portal, default=_named("submitted_by_id", names.people), output_field=TextField())


def _named(name: str, names: Mapping[int, str] | Mapping[str, str]) -> Func:
    """Return what the value in the column *name* is called, None for an unknown one.

    Looked up in one JSON of all names: faster than a join for each row, or asking for one value after the other.
    """
    return Func(
        Value(names, JSONField()),
        Cast(name, TextField()),
        template="(%(expressions)s)",
        arg_joiner=" ->> ",
        output_field=TextField(),
    )
