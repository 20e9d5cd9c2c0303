"""The table of demo persons, as `make demo` and `make persons` show it."""

from typing import TypedDict

from portal.demo.anchors import group_names
from portal.demo.persons_data import PERSONS


class PersonRow(TypedDict):
    """One line of the table; *groups* are written "20418A Cedar Ridge Manufacturing"."""

    role: str
    user_name: str
    password: str
    groups: list[str]


def persons() -> list[PersonRow]:
    """Return the demo persons, employers and brokers before staff. Needs no database."""
    names = group_names()
    return [
        PersonRow(
            role=person.role,
            user_name=person.user_name,
            password=person.password,
            groups=[f"{grant.group_id} {names[grant.group_id]}" for grant in person.grants],
        )
        for person in PERSONS
    ]
