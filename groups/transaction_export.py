"""Transactions as a file: the same rows as the page, with every column, written by PostgreSQL or for Excel."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import IO, Any

from django.db.models import Case, CharField, F, Func, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, TruncSecond
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from groups.models import Transaction
from groups.transaction_history import BY, carrier_staff
from groups.transaction_kinds import all_kinds
from portal.keyset import Cursor
from portal.spreadsheets import copied, guarded_in_sql

MOST_IN_XLSX = 20_000  # rows; more take too long while a browser waits
Text = F | Func | Case
Guard = Callable[[Text], Any]


def heads() -> list[str]:
    """Return the words above the columns."""
    return [
        _("Confirmation number"), _("Submitted"), _("Type"), _("Status"), _("Waits for"), _("Billing unit"),
        _("Member"), _("Effective date"), _("Before"), _("After"), _("Submitted by"), _("Came by"), _("Row of the file"),
        _("Decided"), _("Reason"),
    ]  # fmt: skip


def in_columns(found: QuerySet[Transaction], guard: Guard) -> QuerySet[Transaction, Any]:
    """Return *found* newest first, as rows of the file; *guard* is laid around what people have typed."""
    return found.order_by(f"-{BY}", "-pk").values_list(
        F("number"),
        TruncSecond(BY),
        _words("kind", [(kind.code, kind.label) for kind in all_kinds()]),
        _words("status", Transaction.Status.choices),
        _words("waits_for", [("", ""), *Transaction.WaitsFor.choices[1:]]),
        F("subgroup__code"),
        guard(F("member_name")),
        F("effective_date"),
        guard(_fields("before")),
        guard(_fields("after")),
        guard(_submitter()),
        _words("source", Transaction.Source.choices),
        F("source_row"),
        TruncSecond("decided_at"),
        guard(F("reason")),
    )


def csv_part(
    found: QuerySet[Transaction], before: Cursor | None, size: int
) -> tuple[bytes, Cursor | None]:
    """Return up to *size* rows that follow *before* as CSV, and where the next part goes on; None at the end."""
    if before:
        found = found.filter(before.older(BY))
    places = found.order_by(f"-{BY}", "-pk").values_list(BY, "pk")
    last = next(iter(places[size - 1 : size]), None)
    return copied(in_columns(found, guarded_in_sql)[:size]), Cursor(*last) if last else None


def is_too_long(found: QuerySet[Transaction]) -> bool:
    """Tell whether an Excel file of *found* would take too long."""
    return found.order_by()[MOST_IN_XLSX : MOST_IN_XLSX + 1].exists()


def write_xlsx(found: QuerySet[Transaction], file: IO[bytes]) -> None:
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
        for number, row in enumerate(in_columns(found, lambda text: text).iterator(2000), 1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, day)


def _write(sheet: Any, row: int, column: int, value: object, day: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, timezone.make_naive(value))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif value:
        sheet.write_string(row, column, str(value))


def _words(name: str, choices: Iterable[tuple[str, str | Promise]]) -> Case:
    cases = [When(**{name: code}, then=Value(str(label))) for code, label in choices]
    return Case(*cases, default=F(name), output_field=CharField())


def _fields(name: str) -> Func:
    """Return the fields of *name* as text: ``phone: 4135550115, title: Controller``."""
    text = Cast(name, TextField())
    return Func(text, Value('{}"'), Value(""), function="translate", output_field=TextField())


def _submitter() -> Case:
    name = Func(
        Value(" "),
        F("submitted_by__first_name"),
        F("submitted_by__last_name"),
        function="concat_ws",
        output_field=CharField(),
    )
    return Case(
        When(submitted_by=None, then=Value(_("The portal"))),
        When(submitted_by__is_staff=True, then=Value(carrier_staff())),
        default=name,
        output_field=CharField(),
    )
