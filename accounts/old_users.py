"""Reading a list of users of an old portal: CSV as spreadsheets write it. Pure.

Five columns, found by their headings in any order: old user id, name, email, group, old role. Comma or semicolon;
UTF-8 with or without a mark at its start, else Windows letters. Source: domain handbook, "Old role -> new role map".
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
# What each column is called in the list, as letters and digits alone.
HEADINGS: dict[str, frozenset[str]] = {
    "old_user_id": frozenset({"olduserid", "userid", "olduser", "username", "loginid"}),
    "name": frozenset({"name", "fullname"}),
    "email": frozenset({"email", "emailaddress", "mail"}),
    "group": frozenset({"group", "groupid", "groupnumber", "policyholderid"}),
    "old_role": frozenset({"oldrole", "role"}),
}
LONGEST = {"old_user_id": 100, "name": 96, "email": 254, "group": 60, "old_role": 100}
NEEDED = ("email", "group")  # a line without them cannot be taken
_ADDRESS = re.compile(
    r"[a-z0-9_%+'-]+(?:\.[a-z0-9_%+'-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
    re.IGNORECASE | re.ASCII,
)
# First bytes of files that people take for a list.
_OTHER_KINDS = {
    b"PK\x03\x04": "workbook",
    b"\xd0\xcf\x11\xe0": "workbook",
    b"%PDF": "pdf",
    b"\xff\xfe": "utf16",
    b"\xfe\xff": "utf16",
}


class UnreadableListError(ValueError):
    """Why a file is no list of users: *code* for the message, *line* where it was seen, *names* of columns."""

    def __init__(self, code: str, *, line: int = 0, names: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.line, self.names = code, line, names


@dataclass(frozen=True)
class OldUser:
    """One line, as typed with single spaces; *line* counts from 1, the headings included.

    *problem* says why it cannot be taken: a key for the words, with the column in *column*; empty when it can.
    """

    line: int
    old_user_id: str = ""
    name: str = ""
    email: str = ""
    group: str = ""
    old_role: str = ""
    problem: str = ""
    column: str = ""

    @property
    def first_and_last(self) -> tuple[str, str]:
        """Return first and last name: "Quinn, Teresa M" and "Teresa M Quinn" mean the same; one word is the last."""
        last, comma, first = (part.strip() for part in self.name.partition(","))
        if not comma:
            first, _space, last = self.name.rpartition(" ")
        return first, last


@dataclass(frozen=True)
class OldUserList:
    """What a file holds; *guessed_letters* when it is no UTF-8, so that accents may be wrong."""

    users: list[OldUser] = field(default_factory=list)
    guessed_letters: bool = False


def read(data: bytes) -> OldUserList:
    """Return the users in *data*, blank lines left out.

    Raises UnreadableListError with code ``empty``, ``size``, ``workbook``, ``pdf``, ``utf16``, ``binary``, ``quotes``,
    ``columns`` (names: those not found), ``twice`` (names: those found twice), ``rows`` or ``nobody``.
    """
    text, guessed = _decode(data)
    records = _records(text)
    headings = next((cells for _line, cells in records if any(cells)), [])
    places = _places(headings)
    users = []
    for line, cells in records:
        if any(cells):
            users.append(_user(line, cells, places, width=len(headings)))
        if len(users) > MOST_ROWS:
            raise UnreadableListError("rows")
    if not users:
        raise UnreadableListError("nobody")
    return OldUserList(users, guessed)


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


def _places(headings: list[str]) -> dict[str, int]:
    """Return where each column stands; raise UnreadableListError when one is missing or stands there twice."""
    plain = [re.sub(r"[\W_]", "", heading.casefold()) for heading in headings]
    found = {
        name: [at for at, heading in enumerate(plain) if heading in known]
        for name, known in HEADINGS.items()
    }
    if missing := tuple(name for name, places in found.items() if not places):
        raise UnreadableListError("columns", names=missing)
    if twice := tuple(name for name, places in found.items() if len(places) > 1):
        raise UnreadableListError("twice", names=twice)
    return {name: places[0] for name, places in found.items()}


def _user(line: int, cells: list[str], places: dict[str, int], *, width: int) -> OldUser:
    typed = {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
    problem, column = _problem(typed, too_wide=any(cells[width:]))
    kept = {name: text[: LONGEST[name]] for name, text in typed.items()}
    return OldUser(line=line, **kept, problem=problem, column=column)


def _problem(typed: dict[str, str], *, too_wide: bool) -> tuple[str, str]:
    """Return why a line cannot be taken, and which column is to blame; two empty texts when it can."""
    if too_wide:
        return "cells", ""
    for name, text in typed.items():
        if len(text) > LONGEST[name]:
            return "long", name
        if not text.isprintable():
            return "hidden", name
    for name in NEEDED:
        if not typed[name]:
            return "missing", name
    if not _ADDRESS.fullmatch(typed["email"]):
        return "email", "email"
    return "", ""
