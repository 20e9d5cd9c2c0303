"""The book of business: the groups a person works in, a page at a time, and what needs attention in them.

One statement counts and picks the ids of the page from all groups of the person; only then is a scope of these few
opened and read. So a page costs the same for fifty groups and, but for that one statement, for five thousand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Grant, GrantUnit
from accounts.roles import ROLES
from groups.models import EmployerGroup
from portal.tenancy import person_scope_among

Status = EmployerGroup.Status
PAGE = 50
# How long before a renewal, and before the end of one's own access, a group needs attention.
RENEWAL_DAYS, END_DAYS = 60, 30
IN_TROUBLE = {Status.GRACE, Status.SUSPENDED}
SORTS = {"name", "number", "renewal"}
# What portal_book_of says of a group: it needs attention for one of three reasons; it is found; it is the start.
TROUBLED, RENEWING, ENDING, FOUND, START = 1, 2, 4, 8, 16
# Which groups are shown, among those that the search finds: with any of these flags, or all.
SHOWS = {
    "attention": TROUBLED | RENEWING | ENDING,
    "all": 0,
    "renewing": RENEWING,
    "troubled": TROUBLED,
    "ending": ENDING,
}
_BOOK = f"""
WITH book AS MATERIALIZED (
    SELECT * FROM portal_book_of(
        %(person)s, %(now)s, %(renews_by)s, %(ends_by)s, %(sort)s, %(search)s, %(start)s)
), here AS (SELECT place, grant_id FROM book WHERE flags & {START} <> 0)
SELECT portal_is_broker(%(person)s, %(now)s),
    ARRAY(SELECT ARRAY[flags, count(*)] FROM book GROUP BY flags),
    ARRAY(
        SELECT grant_id FROM book
        WHERE flags & {FOUND} <> 0 AND (%(mask)s = 0 OR flags & %(mask)s <> 0) AND {{beyond}}
        ORDER BY place {{direction}}, grant_id {{direction}} LIMIT %(limit)s
    )
"""  # noqa: S608 - numbers of ours only
_BEYOND = (
    "(NOT EXISTS (SELECT FROM here) OR (place, grant_id) {} (SELECT place, grant_id FROM here))"
)


@dataclass(frozen=True)
class Wanted:
    """Which part of the book: what the name contains or the Group ID begins with, a key of SHOWS, one of SORTS.

    ``start`` is the Group ID beyond which the page begins, in the order of the list, or before which it ends
    when it goes ``back``; empty for the first page.
    """

    search: str = ""
    show: str = "all"
    sort: str = "name"
    descending: bool = False
    start: str = ""
    back: bool = False


@dataclass(frozen=True)
class Client:
    """A group in somebody's book; ``needs`` says in words what needs attention."""

    name: str
    number: str
    slug: str
    status: str
    status_label: str | Promise
    role: str | Promise
    units: str
    renewal_date: date
    last_day: date | None
    needs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Book:
    """A page of a person's book. ``total`` and ``attention`` are of all their groups, ``counts`` of what was searched."""

    total: int
    by_broker: bool
    attention: int
    counts: dict[str, int]
    clients: list[Client]
    has_previous: bool
    has_next: bool


def open_book(person_key: int, wanted: Wanted, *, now: datetime, page: int = PAGE) -> Book:
    """Return *page* groups of a person's book at *now*; three statements, one when there is nothing to show."""
    by_broker, tally, ids = _pick(person_key, wanted, now=now, limit=page + 1)
    shown = ids[:page]
    clients = _clients(person_key, shown, now=now) if shown else {}
    beyond, found_start = len(ids) > page, any(flags & START for flags, _number in tally)
    found = [(flags, number) for flags, number in tally if flags & FOUND]
    return Book(
        total=sum(number for _flags, number in tally),
        by_broker=by_broker,
        attention=_count(tally, SHOWS["attention"]),
        counts={show: _count(found, mask) for show, mask in SHOWS.items()},
        clients=[
            clients[key] for key in (reversed(shown) if wanted.back else shown) if key in clients
        ],
        has_previous=beyond if wanted.back else found_start,
        has_next=found_start if wanted.back else beyond,
    )


def first_grants(person_key: int, *, now: datetime, limit: int) -> list[int]:
    """Return the ids of the first *limit* grants of a person in force at *now*, by the names of the groups."""
    _by_broker, _tally, ids = _pick(person_key, Wanted(), now=now, limit=limit)
    return list(ids)


def _count(tally: Iterable[Sequence[int]], mask: int) -> int:
    """Return how many groups of *tally* (flags, number) have any flag of *mask*; all when it is 0."""
    return sum(number for flags, number in tally if not mask or flags & mask)


def _pick(person_key: int, wanted: Wanted, *, now: datetime, limit: int) -> Sequence[Any]:
    """Return whether a broker asks, a tally by flags, and the ids of the page's grants in the order asked for."""
    falling = wanted.descending is not wanted.back
    statement = _BOOK.format(
        beyond=_BEYOND.format("<" if falling else ">") if wanted.start else "true",
        direction="DESC" if falling else "ASC",
    )
    values: dict[str, int | str | date | datetime] = {
        "person": person_key,
        "now": now,
        "renews_by": timezone.localdate(now) + timedelta(days=RENEWAL_DAYS),
        "ends_by": now + timedelta(days=END_DAYS),
        "sort": wanted.sort,
        "search": wanted.search,
        "start": wanted.start,
        "mask": SHOWS[wanted.show],
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: Sequence[Any] = cursor.fetchone()
    return row


def _clients(person_key: int, ids: list[int], *, now: datetime) -> dict[int, Client]:
    """Return the groups of a person's grants *ids*, each by the id of the grant, as far as it is still in force."""
    units = GrantUnit.objects.filter(grant=OuterRef("pk")).order_by("subgroup__code")
    grants = (
        Grant.objects.in_force(now)
        .filter(pk__in=ids, user=person_key)
        .select_related("group")
        .annotate(unit_codes=ArraySubquery(units.values("subgroup__code")))
        .only(
            "role", "all_units", "ends_at", "group__name", "group__group_id", "group__slug", "group__status",
            "group__renewal_date",
        )
    )  # fmt: skip
    with person_scope_among(person_key, ids, now=now):
        return {grant.pk: _client(grant, now) for grant in grants}


def _client(grant: Grant, now: datetime) -> Client:
    group, codes = grant.group, grant.unit_codes  # type: ignore[attr-defined]
    return Client(
        name=group.name,
        number=group.group_id,
        slug=group.slug,
        status=group.status,
        status_label=Status(group.status).label,
        role=ROLES[grant.role].label,
        units=str(_("ALL")) if grant.all_units else ", ".join(codes),
        renewal_date=group.renewal_date,
        last_day=grant.last_day,
        needs=list(_needs(grant, now)),
    )


def _needs(grant: Grant, now: datetime) -> list[str]:
    """Return what needs attention, in words; the same rules as portal_book_of."""
    today, group, needs = timezone.localdate(now), grant.group, []
    if group.status in IN_TROUBLE:
        needs.append(
            _("Suspended") if group.status == Status.SUSPENDED else _("In the grace period")
        )
    days = (group.renewal_date - today).days
    if group.status != Status.TERMINATED and days <= RENEWAL_DAYS:
        needs.append(_renewal_in(days))
    if grant.ends_at is not None and grant.ends_at <= now + timedelta(days=END_DAYS):
        needs.append(_end_in(((grant.last_day or today) - today).days))
    return needs


def _renewal_in(days: int) -> str:
    if days < 0:
        return _("Renewal date has passed")
    if days == 0:
        return _("Renews today")
    return ngettext("Renews in %(days)d day", "Renews in %(days)d days", days) % {"days": days}


def _end_in(days: int) -> str:
    if days <= 0:
        return _("Your access ends today")
    return ngettext(
        "Your access ends in %(days)d day", "Your access ends in %(days)d days", days
    ) % {"days": days}
