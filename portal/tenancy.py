"""The second wall of tenancy: PostgreSQL's row-level security, and on whose behalf a connection works.

A connection that never said who it is sees no row of any group. ``person_scope`` opens what a person's grants
open, ``carrier_scope`` opens everything for staff, clock and queue. Both last for one transaction and are
asked for anew by every request, so that a removed grant is gone with the next one. The policies stand in the
migrations (``portal/row_security.py``); docs/adr/0013-row-level-security.md says why it is built like this.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from portal.throttle import TooManyRequestsError

P = ParamSpec("P")
R = TypeVar("R")
STAFF_ROLE = "portal_staff"
# What a policy compares with: ids of groups, of groups that are open whole, and of single billing units.
SETTINGS = ("role", "portal.groups", "portal.whole_groups", "portal.units")
_NOW = ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS)
_THEN = ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)
_ENTER = f"SELECT {_NOW}, {_THEN}"
_AS_PERSON = f"""
SELECT {_NOW}, set_config('role', 'none', true),
    set_config('portal.groups', (SELECT array_agg(group_id)::text FROM open_now), true),
    set_config('portal.whole_groups',
        (SELECT array_agg(group_id)::text FROM open_now WHERE whole), true),
    set_config('portal.units',
        (SELECT array_agg(unit)::text FROM open_now, unnest(unit_ids) AS unit), true)
"""  # noqa: S608 - names of ours only
_OPEN_NOW = "WITH open_now AS MATERIALIZED (SELECT * FROM {})"
_ENTER_AS_PERSON = _OPEN_NOW.format("portal_scope_of(%s, %s, %s)") + _AS_PERSON
_ENTER_AMONG = _OPEN_NOW.format("portal_scope_among(%s, %s::bigint[], %s)") + _AS_PERSON


@contextmanager
def carrier_scope() -> Iterator[None]:
    """See and write the rows of every group: the carrier's staff, its clock and queue, the registration desk."""
    with _scope(_ENTER, [STAFF_ROLE, "", "", ""]):
        yield


@contextmanager
def person_scope(
    person_key: int, *, address: str | None = None, now: datetime | None = None
) -> Iterator[None]:
    """See and write what the active grants of one person open at *now*: all groups, or the one at *address* (slug).

    Asked from the database each time; a grant that ended a second ago opens nothing. A page over thousands of
    groups takes ``person_scope_among`` the few that it shows.
    """
    with _scope(_ENTER_AS_PERSON, [person_key, address, now or timezone.now()]):
        yield


@contextmanager
def person_scope_among(
    person_key: int, grants: Sequence[int], *, now: datetime | None = None
) -> Iterator[None]:
    """See and write what those of *grants* (ids) open that are active at *now* and the person's own."""
    with _scope(_ENTER_AMONG, [person_key, list(grants), now or timezone.now()]):
        yield


@contextmanager
def nobody_scope() -> Iterator[None]:
    """See no row of any group; what a connection sees that never said who it is."""
    with _scope(_ENTER, ["none", "", "", ""]):
        yield


def on_behalf_of_carrier(work: Callable[P, R]) -> Callable[P, R]:
    """Run a task, or a page of the registration desk, in ``carrier_scope``.

    A refusal for haste is raised after the commit: the tries it counted must not be rolled back.
    """

    @wraps(work)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        with carrier_scope():
            try:
                return work(*args, **kwargs)
            except TooManyRequestsError as error:
                hasty = error
        raise hasty

    inner.on_behalf_of = "carrier"  # type: ignore[attr-defined]  # read by tests/guards
    return inner


@contextmanager
def _scope(
    statement: str, values: Sequence[str | int | datetime | list[int] | None]
) -> Iterator[None]:
    """Run the block in a transaction with the settings of *statement*, and give an outer block its own back.

    Transaction-local always: a setting of the session would stay with the pooled connection and open
    the rows of one person to the next. An exception rolls the settings back together with the work.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
        yield
        if nested and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {_THEN}", _before(row))


def _before(row: Sequence[str]) -> list[str]:
    before = list(row[: len(SETTINGS)])
    return [before[0] or "none", *before[1:]]
