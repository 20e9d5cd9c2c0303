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
    EmployerGroup,
    InForce,
    Plan,
    PlanOffer,
    Rate,
    RateLoad,
    RateLoadRow,
    Subgroup,
)
from groups.rate_book import Judgment, RateBook, Words
from groups.rate_files import Written, WrongCellError, parse
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
    """What a file came to: new rates and offers, rates that now end earlier, and lines left out meanwhile."""

    rates: int
    offers: int
    ended: int
    refused: int


@dataclass(frozen=True)
class _Known:
    """What the database says about the groups, units and plans that a file names."""

    groups: dict[str, EmployerGroup]
    units: dict[tuple[int, str], Subgroup]
    plans: dict[str, Plan]


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
    """Add every rate and offer whose line was good, and end the rates they follow on the day before.

    Judges the good lines again under the locks of their groups; one that went wrong meanwhile is left out and says
    why. Writes an audit event for the file and for each group. Raises ValidationError with code ``stale`` when the
    file was loaded or dropped already: a second click changes nothing.
    """
    load = _lock(load)
    rows = list(load.rows.filter(verdict__in=RateLoadRow.TAKEN))
    _lock_groups(rows)
    book = _judge(rows, load)
    RateLoadRow.objects.bulk_update(rows, ["verdict", "column", "message"], batch_size=1000)
    _write(book)
    _decide(load, RateLoad.State.COMMITTED, by=by)
    _record(load, book, by=by)
    refused = sum(row.verdict not in RateLoadRow.TAKEN for row in rows)
    return Loaded(len(book.new_rates), len(book.new_offers), len(book.shortened), refused)


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


def _lock_groups(rows: Iterable[RateLoadRow]) -> None:
    """Hold the groups of *rows*, in the order of all other locks."""
    keys = {row.group_id for row in rows if row.group_id}
    locked = EmployerGroup.objects.select_for_update(no_key=True).filter(pk__in=keys)
    list(locked.order_by("pk").values_list("pk"))


def _decide(load: RateLoad, state: RateLoad.State, *, by: Person) -> None:
    load.state, load.decided_by_id, load.decided_at = state, by.pk, timezone.now()
    load.save(update_fields=["state", "decided_by", "decided_at"])


# --- Verdicts -------------------------------------------------------------------------------------


def _judge(rows: Sequence[RateLoadRow], load: RateLoad | None = None) -> RateBook:
    """Set group, verdict, column and message of *rows*; return the book with what they bring, offers first.

    New rates belong to *load*.
    """
    known = _look_up(rows)
    groups = [group.pk for group in known.groups.values()]
    plans = [plan.pk for plan in known.plans.values()]
    book = RateBook(
        Rate.objects.filter(group__in=groups, plan__in=plans).order_by("effective_from", "pk"),
        PlanOffer.objects.filter(group__in=groups, plan__in=plans),
    )
    meant = [(row, _meaning(row)) for row in rows]
    for row, written in sorted(meant, key=lambda pair: bool(pair[1] and pair[1].tier)):
        if written:
            _set(row, _verdict(row, written, known, book, load))
    return book


def _look_up(rows: Iterable[RateLoadRow]) -> _Known:
    """Return what is known of the groups, units and plans that *rows* name; three statements for any number."""
    names = {name for row in rows if (name := _group_id(row.cells["group"]))}
    codes = {row.cells["plan"].upper() for row in rows}
    groups = {group.group_id: group for group in EmployerGroup.objects.filter(group_id__in=names)}
    units = Subgroup.objects.filter(group__in=groups.values())
    plans = Plan.objects.filter(code__in=codes)
    return _Known(
        groups,
        {(unit.group_id, unit.code): unit for unit in units},
        {plan.code: plan for plan in plans},
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
    except WrongCellError as error:
        return Judgment(Verdict.WRONG, error.column, error.message)
    shared: dict[str, Any] = {"group": group, "plan": plan, "subgroup": unit}
    shared |= {"effective_from": written.first, "effective_to": written.last}
    if written.is_offer:
        return book.take_offer(PlanOffer(class_code=written.class_code, **shared))
    shared |= {"tier": written.tier, "amount": written.amount}
    first, last = written.ages or (None, None)
    return book.take_rate(Rate(age_from=first, age_to=last, load=load, **shared))


def _check(
    written: Written, group: EmployerGroup | None, unit: Subgroup | None, plan: Plan | None
) -> None:
    """Raise WrongCellError unless the group, the billing unit and the plan exist, and do so on the first day."""
    if group is None:
        raise WrongCellError("group", _("We know no such group."))
    if group.status == EmployerGroup.Status.TERMINATED:
        raise WrongCellError("group", _("This group has ended."))
    if written.unit and unit is None:
        raise WrongCellError("unit", _("The group has no such billing unit."))
    if unit and unit.term_date and unit.term_date < written.first:
        raise WrongCellError("unit", _ended(unit.term_date))
    if plan is None:
        raise WrongCellError("plan", _("We know no such plan."))
    if written.first < plan.effective_date:
        day = date_format(plan.effective_date, "M j, Y")
        raise WrongCellError(
            "effective_from", gettext("The plan begins on %(day)s.") % {"day": day}
        )
    if plan.term_date and plan.term_date < written.first:
        raise WrongCellError("plan", _ended(plan.term_date))


def _ended(day: date) -> str:
    return gettext("It ended on %(day)s.") % {"day": date_format(day, "M j, Y")}


# --- Loading --------------------------------------------------------------------------------------


def _write(book: RateBook) -> None:
    """Write what *book* brings: ends first, for PostgreSQL refuses two rates on one day even for a moment."""
    Rate.objects.bulk_update(book.shortened.values(), ["effective_to"], batch_size=1000)
    PlanOffer.objects.bulk_create(book.new_offers, batch_size=1000)
    Rate.objects.bulk_create(book.new_rates, batch_size=1000)


def _record(load: RateLoad, book: RateBook, *, by: Person) -> None:
    """Write down that the file was loaded, and in each group what it brought."""
    audit.record(
        "groups.rate_load_committed",
        by=by,
        target=load,
        note=_in_words(book.new_rates, book.new_offers),
    )
    rates, offers = _by_group(book.new_rates), _by_group(book.new_offers)
    audit.record_many(
        "groups.rates_loaded",
        by=by,
        events=[
            audit.About(group, group.pk, note=_in_words(rates[group], offers[group]))
            for group in sorted({*rates, *offers}, key=lambda group: group.group_id)
        ],
    )


def _by_group(rows: Iterable[InForce]) -> defaultdict[EmployerGroup, list[InForce]]:
    found: defaultdict[EmployerGroup, list[InForce]] = defaultdict(list)
    for row in rows:
        found[row.group].append(row)
    return found


def _in_words(rates: Sequence[InForce], offers: Sequence[InForce]) -> str:
    return f"{len(rates)} rates, {len(offers)} offers"
