"""CSV for spreadsheet programs: UTF-8 with the mark that Excel needs, and cells that no program takes for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils import timezone

CONTENT_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads names with accents wrong
_STARTS = frozenset("=+-@\t\r\n")  # spreadsheet programs begin a formula with them
# The same, and every sign that is read like one of them: what PostgreSQL compares with
STARTS_IN_SQL = (*sorted(_STARTS), "\u207a", "\u207c", "\u208a", "\u208c", "\ufb29", "\ufe62", "\ufe63", "\ufe66", "\ufe6b", "\uff0b", "\uff0d", "\uff1d", "\uff20")  # fmt: skip
# What a column of ``copied`` is, as SQL around its name. Letters first: most cells begin with one, and are done with.
_CODES = ", ".join(str(ord(sign)) for sign in STARTS_IN_SQL)
PLAIN = "{0}"
TYPED = (
    "CASE WHEN ascii({0}) BETWEEN 65 AND 122 THEN {0}"
    f" WHEN ascii(ltrim({{0}})) IN ({_CODES}) THEN chr(39) || {{0}} ELSE {{0}} END"
)
MOMENT = "date_trunc('second', {0}::timestamp)"
PIECE = 4000  # lines; a server holds each that it sends twice
_ZONE = "SELECT set_config('TimeZone', %s, true)"


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


@dataclass(frozen=True)
class Copied:
    """Lines of CSV as PostgreSQL wrote them, some thousands together, how many rows they are, and the last line."""

    pieces: list[bytes]
    rows: int
    last: bytes


def copied(rows: QuerySet[Any, Any], cells: Sequence[str]) -> Copied:
    """Return *rows*, bounded and chosen by ``values_list``, as CSV written by PostgreSQL itself.

    *cells* say what each column is: PLAIN, TYPED by people, which gets the guard of ``guarded``, or a MOMENT, which
    is written in the time of here, to the second. They are laid around the finished rows: an expression inside would
    be worked out again for each time that the guard names it. All lines are held in memory.
    """
    statement, values = rows.query.sql_with_params()
    names = [f"c{number}" for number in range(len(cells))]
    shown = ", ".join(cell.format(name) for cell, name in zip(cells, names, strict=True))
    pieces, count, last = [], 0, b""
    with connection.cursor() as cursor, _here(cursor):
        query = cursor.cursor.mogrify(statement, values)
        query = f"SELECT {shown} FROM ({query}) AS part ({', '.join(names)})"  # noqa: S608 - names of ours
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as blocks:
            found = map(bytes, blocks)  # PostgreSQL promises a row each
            while some := list(islice(found, PIECE)):
                pieces.append(b"".join(some))
                count, last = count + len(some), some[-1]
    return Copied(pieces, count, last)


@contextmanager
def _here(cursor: CursorWrapper) -> Iterator[None]:
    """Let PostgreSQL write moments in the time of here; naming the zone in each cell costs it as much as the rest.

    Taken back at once: Django reads moments in the zone that its connection began with.
    """
    cursor.execute(_ZONE, [timezone.get_current_timezone_name()])
    yield
    cursor.execute(_ZONE, [connection.timezone_name])
