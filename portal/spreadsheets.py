"""CSV for spreadsheet programs: UTF-8 with the mark that Excel needs, and cells that no program takes for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, F, Func, QuerySet, Value, When
from django.db.models.functions import Left, LTrim
from django.db.models.lookups import In

CONTENT_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads names with accents wrong
_STARTS = frozenset("=+-@\t\r\n")  # spreadsheet programs begin a formula with them
# The same, and every sign that is read like one of them: what PostgreSQL compares with
STARTS_IN_SQL = (*sorted(_STARTS), "\u207a", "\u207c", "\u208a", "\u208c", "\ufb29", "\ufe62", "\ufe63", "\ufe66", "\ufe6b", "\uff0b", "\uff0d", "\uff1d", "\uff20")  # fmt: skip


def guarded(cell: object) -> str:
    """Return *cell* as text that stays text: an apostrophe before what would begin a formula, after spaces too."""
    text = str(cell).replace("\0", "")
    first = unicodedata.normalize("NFKC", text.lstrip(" ")[:1])  # fullwidth signs are read alike
    return f"'{text}" if first in _STARTS else text


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield one CSV line for each of *rows*, every cell guarded."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def guarded_in_sql(text: F | Func | Case) -> Case:
    """Return an expression for *text* with the guard of ``guarded``, worked out by PostgreSQL."""
    starts = In(Left(LTrim(text), 1), STARTS_IN_SQL)
    marked = Func(Value("'"), text, template="(%(expressions)s)", arg_joiner=" || ")
    return Case(When(starts, then=marked), default=text, output_field=CharField())


def copied(rows: QuerySet[Any, Any]) -> bytes:
    """Return *rows*, chosen by ``values_list``, as CSV lines written by PostgreSQL itself.

    Nothing is guarded here: the query says which cells are. All lines are held in memory, so *rows* must be bounded.
    """
    statement, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        query = cursor.cursor.mogrify(statement, values)
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as blocks:
            return b"".join(map(bytes, blocks))
