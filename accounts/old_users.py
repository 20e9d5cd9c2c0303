"""Reading a list of users of an old portal: CSV as spreadsheets write it. Pure.

Five columns, found by their headings in any order: old user id, name, email, group, old role. Comma or semicolon;
UTF-8 with or without a mark at its start, else Windows letters. Source: domain handbook, "Old role -> new role map".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal import csv_lists

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
COLUMNS = {name: csv_lists.Column(known, LONGEST[name]) for name, known in HEADINGS.items()}


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


def users_of(found: csv_lists.Listing) -> list[OldUser]:
    """Return the users in a list that ``csv_lists.read`` has read by COLUMNS."""
    return [_user(line) for line in found.rows]


def _user(line: csv_lists.Line) -> OldUser:
    problem, column = (line.problem, line.column) if line.problem else _problem(line.cells)
    return OldUser(line=line.number, **line.cells, problem=problem, column=column)


def _problem(cells: Mapping[str, str]) -> tuple[str, str]:
    """Return what a line lacks, and which column is to blame; two empty texts when it can be taken."""
    for name in NEEDED:
        if not cells[name]:
            return "missing", name
    if not _ADDRESS.fullmatch(cells["email"]):
        return "email", "email"
    return "", ""
