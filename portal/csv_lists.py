"""Reading lists that people upload: CSV as spreadsheets write it, columns found by their headings. Pure.

Comma, semicolon or tab; UTF-8 with or without a mark at its start, else Windows letters.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
# First bytes of files that people take for a list.
_OTHER_KINDS = {
    b"PK\x03\x04": "workbook",
    b"\xd0\xcf\x11\xe0": "workbook",
    b"%PDF": "pdf",
    b"\xff\xfe": "utf16",
    b"\xfe\xff": "utf16",
}


class UnreadableListError(ValueError):
    """Why a file is no such list: *code* for the message, *line* where it was seen, *names* of columns."""

    def __init__(self, code: str, *, line: int = 0, names: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.line, self.names = code, line, names


@dataclass(frozen=True)
class Column:
    """A column of a list: what it is called there, as letters and digits alone, and how long a cell may be.

    A list may lack an *optional* column; its cells are empty then.
    """

    headings: frozenset[str]
    longest: int
    optional: bool = False


@dataclass(frozen=True)
class Line:
    """One line by column, with single spaces; *number* counts from 1, the headings included.

    *problem* says why its cells cannot be trusted: ``cells`` (more than headings), ``long`` or ``hidden`` (characters),
    the last two with the *column*; empty when they can. Cells that are too long are cut.
    """

    number: int
    cells: Mapping[str, str]
    problem: str = ""
    column: str = ""


@dataclass(frozen=True)
class Listing:
    """What a file holds; *guessed_letters* when it is no UTF-8, so that accents may be wrong."""

    rows: list[Line] = field(default_factory=list)
    guessed_letters: bool = False


def read(data: bytes, columns: Mapping[str, Column]) -> Listing:
    """Return the lines in *data*, blank ones left out.

    Raises UnreadableListError with code ``empty``, ``size``, ``workbook``, ``pdf``, ``utf16``, ``binary``, ``quotes``,
    ``columns`` (names: those not found), ``twice`` (names: those found twice), ``rows`` or ``nobody``.
    """
    text, guessed = _decode(data)
    records = _records(text)
    headings = next((cells for _line, cells in records if any(cells)), [])
    places = _places(headings, columns)
    lines = []
    for number, cells in records:
        if any(cells):
            lines.append(_line(number, cells, places, columns, width=len(headings)))
        if len(lines) > MOST_ROWS:
            raise UnreadableListError("rows")
    if not lines:
        raise UnreadableListError("nobody")
    return Listing(lines, guessed)


def _decode(data: bytes) -> tuple[str, bool]:
    """Return the text, and whether its letters had to be guessed; raise UnreadableListError for what is no text."""
    if not data.strip():
        raise UnreadableListError("empty")
    if len(data) > MOST_BYTES:
        raise UnreadableListError("size")
    for mark, kind in _OTHER_KINDS.items():
        if data.startswith(mark):
            raise UnreadableListError(kind)
    if re.search(rb"[\x00-\x08\x0e-\x1f\x7f]", data):
        raise UnreadableListError("binary")
    try:
        return data.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), True


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give (line, cells) of every record; raise UnreadableListError where a quotation mark is out of place."""
    first = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableListError("quotes", line=line) from error
        yield line, [" ".join(cell.split()) for cell in cells]


def _places(headings: list[str], columns: Mapping[str, Column]) -> dict[str, int]:
    """Return where each column stands; raise UnreadableListError when one is missing or stands there twice."""
    plain = [re.sub(r"[\W_]", "", heading.casefold()) for heading in headings]
    found = {
        name: [at for at, heading in enumerate(plain) if heading in column.headings]
        for name, column in columns.items()
    }
    needed = (name for name, column in columns.items() if not column.optional)
    if missing := tuple(name for name in needed if not found[name]):
        raise UnreadableListError("columns", names=missing)
    if twice := tuple(name for name, places in found.items() if len(places) > 1):
        raise UnreadableListError("twice", names=twice)
    return {name: places[0] for name, places in found.items() if places}


def _line(
    number: int,
    cells: list[str],
    places: Mapping[str, int],
    columns: Mapping[str, Column],
    *,
    width: int,
) -> Line:
    typed = {name: _cell(cells, places.get(name)) for name in columns}
    kept = {name: text[: columns[name].longest] for name, text in typed.items()}
    if any(cells[width:]):
        return Line(number, kept, "cells")
    for name, text in typed.items():
        if len(text) > columns[name].longest:
            return Line(number, kept, "long", name)
        if not text.isprintable():
            return Line(number, kept, "hidden", name)
    return Line(number, kept)


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
