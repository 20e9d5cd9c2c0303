"""CSV for spreadsheet programs: UTF-8 with the mark that Excel needs, and cells that no program takes for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator

CONTENT_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads names with accents wrong
_STARTS = frozenset("=+-@\t\r\n")  # spreadsheet programs begin a formula with them


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
