"""Files of plan offers and rates: looked at first, then loaded, or dropped.

Everything is set-based: a few statements for any number of lines. The groups of a file are locked together when it is
loaded, and everything is judged again. Source: domain handbook, "Plan, rate" and "Bulk upload".
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from groups.actions.transactions import Person
from groups.identifiers import IdentifierError, normalize_group_id
from groups.models import (
    EmployeeClass,
    EmployerGroup,
    InForce,
    Plan,
    PlanOffer,
    Rate,
    RateLoad,
    RateLoadRow,
    Subgroup,
)
from groups.rate_book import RateBook
from groups.rate_files import Written, WrongCellError, parse
from groups.rate_reading import lock_groups_and_plans, read_book
from groups.rate_shelf import includes
from groups.rate_verdicts import Judgment, Words
from portal import audit
from portal.csv_lists import Line

Verdict = RateLoadRow.Verdict
# Why the cells of a line cannot be trusted, by the key of csv_lists.Line.problem
PROBLEMS: dict[str, Words] = {
    "cells": _("The line has more cells than the headings."),
    "long": _("This cell is too long."),
    "hidden": _("This cell holds invisible characters."),
}


@dataclass(frozen=True)
class Loaded:
    """What a file came to: new rates and offers, those that changed or were taken back, lines left out meanwhile."""

    rates: int
    offers: int
    changed: int
    taken_back: int
    refused: int


@dataclass(frozen=True)
class _Known:
    """What the database says about the groups, units, classes and plans that a file names."""

    groups: dict[str, EmployerGroup]
    units: dict[tuple[int, str], Subgroup]
    plans: dict[str, Plan]
    classes: dict[tuple[int, str], list[EmployeeClass]]


@transaction.atomic
def prepare_load(file_name: str, *, lines: Iterable[Line], by: Person) -> RateLoad:
    """Store a file with a verdict for each line; changes no rate yet."""
    load = RateLoad.objects.create(file_name=file_name[:120], uploaded_by_id=by.pk)
    rows = [
        RateLoadRow(
            load=load,
            line=line.number,
            cells=dict(line.cells),
            column=line.column,
            message=str(PROBLEMS.get(line.problem, "")),
            verdict=Verdict.WRONG if line.problem else "",
        )
        for line in lines
    ]
    _judge([row for row in rows if not row.verdict])
    RateLoadRow.objects.bulk_create(rows, batch_size=1000)
    audit.record("groups.rate_load_uploaded", by=by, target=load, note=str(len(rows)))
    return load


@transaction.atomic
def commit_load(load: RateLoad, *, by: Person) -> Loaded:
    """Do what every good line says: add, follow, correct and end rates and offers.

    Judges the good lines again under the locks of their groups and plans; one that went wrong meanwhile is left out
    and says why. Writes an audit event for the file, for each group, and for each rate or offer that loses an amount
    or is taken back. Raises ValidationError with code ``stale`` when the
    file was loaded or dropped already: a second click changes nothing.
    """
    load = _lock(load)
    rows = list(load.rows.filter(verdict__in=RateLoadRow.TAKEN))
    _lock_what_they_name(rows)
    book, known = _judge(rows, load)
    RateLoadRow.objects.bulk_update(rows, ["verdict", "column", "message"], batch_size=1000)
    _decide(load, RateLoad.State.COMMITTED, by=by)
    note = _in_words(book.rates.added, book.offers.added)
    audit.record("groups.rate_load_committed", by=by, target=load, note=note)
    write_book(book, groups=known.groups.values(), by=by)
    refused = sum(row.verdict not in RateLoadRow.TAKEN for row in rows)
    shelves = (book.rates, book.offers)
    return Loaded(
        len(book.rates.added),
        len(book.offers.added),
        sum(len(shelf.changed) for shelf in shelves),
        sum(len(shelf.removed) for shelf in shelves),
        refused,
    )


@transaction.atomic
def drop_load(load: RateLoad, *, by: Person) -> RateLoad:
    """Give the file up; its lines stay to be looked at. Raises ValidationError as ``commit_load`` does."""
    load = _lock(load)
    _decide(load, RateLoad.State.DROPPED, by=by)
    audit.record("groups.rate_load_dropped", by=by, target=load)
    return load


def _lock(load: RateLoad) -> RateLoad:
    load = RateLoad.objects.select_for_update(of=("self",)).get(pk=load.pk)
    if load.state != RateLoad.State.PREVIEW:
        raise ValidationError(
            _("This file was decided in the meantime. Nothing was done twice."), code="stale"
        )
    return load


def _lock_what_they_name(rows: Iterable[RateLoadRow]) -> None:
    """Hold the groups and the plans of *rows*, in the order of all other locks."""
    groups = {row.group_id for row in rows if row.group_id}
    lock_groups_and_plans(groups, {row.cells["plan"].upper() for row in rows})


def _decide(load: RateLoad, state: RateLoad.State, *, by: Person) -> None:
    load.state, load.decided_by_id, load.decided_at = state, by.pk, timezone.now()
    load.save(update_fields=["state", "decided_by", "decided_at"])


# --- Verdicts -------------------------------------------------------------------------------------


def _judge(rows: Sequence[RateLoadRow], load: RateLoad | None = None) -> tuple[RateBook, _Known]:
    """Set group, verdict, column and message of *rows*; return the book with what they bring, and what they name.

    Offers are judged before rates, each by the day from which the line speaks. New rates belong to *load*.
    """
    known = _look_up(rows)
    book = read_book(known.groups.values(), known.plans.values())
    meant = [(row, written) for row in rows if (written := _meaning(row))]
    for row, written in sorted(meant, key=_place):
        _set(row, _verdict(row, written, known, book, load))
    return book, known


def _place(meant: tuple[RateLoadRow, Written]) -> tuple[bool, tuple[date, bool], int]:
    row, written = meant
    return not written.is_offer, written.speaks_from, row.line


def _look_up(rows: Iterable[RateLoadRow]) -> _Known:
    """Return what is known of what *rows* name; four statements for any number."""
    names = {name for row in rows if (name := _group_id(row.cells["group"]))}
    codes = {row.cells["plan"].upper() for row in rows}
    groups = {group.group_id: group for group in EmployerGroup.objects.filter(group_id__in=names)}
    units = Subgroup.objects.filter(group__in=groups.values())
    plans = Plan.objects.filter(code__in=codes)
    classes: defaultdict[tuple[int, str], list[EmployeeClass]] = defaultdict(list)
    for one in EmployeeClass.objects.filter(group__in=groups.values()):
        classes[one.group_id, one.code].append(one)
    return _Known(
        groups,
        {(unit.group_id, unit.code): unit for unit in units},
        {plan.code: plan for plan in plans},
        classes,
    )


def _group_id(text: str) -> str:
    try:
        return normalize_group_id(text)
    except IdentifierError:
        return ""


def _meaning(row: RateLoadRow) -> Written | None:
    """Return what the cells of *row* say; None after writing down what is wrong with them."""
    try:
        return parse(row.cells)
    except WrongCellError as error:
        _set(row, Judgment(Verdict.WRONG, error.column, error.message))
        return None


def _set(row: RateLoadRow, judgment: Judgment) -> None:
    row.verdict, row.column = judgment.verdict, judgment.column
    row.message = str(judgment.message)[:200]


def _verdict(
    row: RateLoadRow, written: Written, known: _Known, book: RateBook, load: RateLoad | None
) -> Judgment:
    group, plan = known.groups.get(written.group), known.plans.get(written.plan)
    unit = known.units.get((group.pk, written.unit)) if group else None
    row.group = group
    try:
        _check(written, group, unit, plan)
        if group and plan and not written.is_end:
            _check_days(written, group, unit, plan)
            _check_class(written, known.classes[group.pk, written.class_code])
    except WrongCellError as error:
        return Judgment(Verdict.WRONG, error.column, error.message)
    shared: dict[str, Any] = {"group": group, "plan": plan, "subgroup": unit}
    shared |= {"effective_from": written.first, "effective_to": written.last}
    if written.is_offer:
        offer = PlanOffer(class_code=written.class_code, **shared)
        return book.end_offer(offer) if written.is_end else book.take_offer(offer)
    first, last = written.ages or (None, None)
    rate = Rate(tier=written.tier, age_from=first, age_to=last, load=load, **shared)
    if written.amount is None:
        return book.end_rate(rate)
    rate.amount = written.amount
    return book.take_rate(rate, instead_of=written.corrects)


def _check(
    written: Written, group: EmployerGroup | None, unit: Subgroup | None, plan: Plan | None
) -> None:
    """Raise WrongCellError unless the group, the billing unit and the plan exist."""
    if group is None:
        raise WrongCellError("group", _("We know no such group."))
    if group.status == EmployerGroup.Status.TERMINATED:
        raise WrongCellError("group", _("This group has ended."))
    if written.unit and unit is None:
        raise WrongCellError("unit", _("The group has no such billing unit."))
    if plan is None:
        raise WrongCellError("plan", _("We know no such plan."))


def _check_days(written: Written, group: EmployerGroup, unit: Subgroup | None, plan: Plan) -> None:
    """Raise WrongCellError unless the group, the billing unit and the plan exist on the first day."""
    if written.first < group.effective_date:
        raise _begins(_("The group begins on %(day)s."), group.effective_date)
    if unit and written.first < unit.effective_date:
        raise _begins(_("The billing unit begins on %(day)s."), unit.effective_date)
    if unit and unit.term_date and unit.term_date < written.first:
        raise WrongCellError("unit", _ended(unit.term_date))
    if written.first < plan.effective_date:
        raise _begins(_("The plan begins on %(day)s."), plan.effective_date)
    if plan.term_date and plan.term_date < written.first:
        raise WrongCellError("plan", _ended(plan.term_date))


def _check_class(written: Written, classes: Iterable[EmployeeClass]) -> None:
    """Raise WrongCellError unless one of *classes*, those with the code, is in force on the first day."""
    if written.class_code and not any(includes(one, written.first) for one in classes):
        raise WrongCellError("class", _("The group has no such class on that day."))


def _begins(words: Words, day: date) -> WrongCellError:
    return WrongCellError("effective_from", words % {"day": date_format(day, "M j, Y")})


def _ended(day: date) -> str:
    return gettext("It ended on %(day)s.") % {"day": date_format(day, "M j, Y")}


# --- Loading --------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def write_book(book: RateBook, *, groups: Iterable[EmployerGroup], by: Person | None) -> None:
    """Write what *book* brings to *groups*, with its audit events.

    Room is made first, for PostgreSQL refuses two rates on one day even for a moment.
    """
    rates, offers = book.rates, book.offers
    _record(book, groups, by=by)
    Rate.objects.filter(pk__in=[one.pk for one in rates.removed]).delete()
    PlanOffer.objects.filter(pk__in=[one.pk for one in offers.removed]).delete()
    fields = ["amount", "load", "effective_to"]
    Rate.objects.bulk_update(rates.changed.values(), fields, batch_size=1000)
    PlanOffer.objects.bulk_update(offers.changed.values(), ["effective_to"], batch_size=1000)
    PlanOffer.objects.bulk_create(offers.added, batch_size=1000)
    Rate.objects.bulk_create(rates.added, batch_size=1000)


def _record(book: RateBook, groups: Iterable[EmployerGroup], *, by: Person | None) -> None:
    """Write down what *groups* got, and what no row says any more: amounts corrected, rates and offers taken back."""
    rates, offers = _by_group(book.rates.added), _by_group(book.offers.added)
    touched = {*rates, *offers}
    for shelf in (book.rates, book.offers):
        touched |= {one.group_id for one in (*shelf.changed.values(), *shelf.removed)}
    audit.record_many(
        "groups.rates_loaded",
        by=by,
        events=[
            audit.About(group, group.pk, note=_in_words(rates[group.pk], offers[group.pk]))
            for group in sorted(groups, key=lambda group: group.group_id)
            if group.pk in touched
        ],
    )
    audit.record_many(
        "groups.rate_corrected",
        by=by,
        events=[
            audit.About(one, one.group_id, {"amount": (former, one.amount)})
            for one, former in book.corrected
        ],
    )
    audit.record_many(
        "groups.rate_taken_back",
        by=by,
        events=[
            audit.About(one, one.group_id) for one in (*book.rates.removed, *book.offers.removed)
        ],
    )


def _by_group(rows: Iterable[InForce]) -> defaultdict[int, list[InForce]]:
    found: defaultdict[int, list[InForce]] = defaultdict(list)
    for row in rows:
        found[row.group_id].append(row)
    return found


def _in_words(rates: Sequence[InForce], offers: Sequence[InForce]) -> str:
    return f"{len(rates)} rates, {len(offers)} offers"
