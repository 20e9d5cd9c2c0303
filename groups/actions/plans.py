"""What staff do with the carrier's plans. Which group offers one, and at what rate, comes by ``rate_loads``."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Min
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from groups.actions.transactions import STALE, Person
from groups.models import Plan, PlanOffer, Rate
from portal import audit


@transaction.atomic
def create_plan(*, by: Person, **values: Any) -> Plan:
    """Add a plan with *values* of its fields. Raises ValidationError at ``code`` when there is one of this code."""
    plan = Plan(**values)
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        if not Plan.objects.filter(code=plan.code).exists():
            raise
        raise ValidationError({"code": _("We have a plan of this code already.")}) from error
    audit.record("groups.plan_created", by=by, target=plan)
    return plan


@transaction.atomic
def change_plan(plan: Plan, *, version: int, by: Person, **values: Any) -> Plan:
    """Set *values* of a plan's fields; code and line of coverage stay.

    Raises ValidationError when the plan is another than *version* (code ``stale``), or offers or rates of it would
    begin outside its days, first and last inclusive; files of rates that name it wait.
    """
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if plan.version != version:
        raise ValidationError(STALE, code="stale")
    _refuse_to_strand(plan, values["effective_date"], values["term_date"])
    before = {name: getattr(plan, name) for name in values}
    changes = {name: (before[name], new) for name, new in values.items() if before[name] != new}
    if changes:
        for name, (_old, new) in changes.items():
            setattr(plan, name, new)
        plan.version += 1
        plan.save(update_fields=[*changes, "version"])
        audit.record("groups.plan_changed", by=by, target=plan, changes=changes)
    return plan


def _refuse_to_strand(plan: Plan, first: date, last: date | None) -> None:
    """Raise ValidationError unless all offers and rates of *plan* begin from its *first* to its *last* day."""
    earliest, latest = _days_in_use(plan)
    if earliest and earliest < first:
        words = _(
            "An offer or rate of this plan begins on %(day)s. Choose that day or an earlier one."
        )
        raise ValidationError({"effective_date": words % {"day": date_format(earliest, "M j, Y")}})
    if last and latest and latest > last:
        words = _(
            "An offer or rate of this plan begins on %(day)s. Choose that day or a later one."
        )
        raise ValidationError({"term_date": words % {"day": date_format(latest, "M j, Y")}})


def _days_in_use(plan: Plan) -> tuple[date | None, date | None]:
    """Return the first and the last day on which an offer or rate of *plan* begins."""
    spans = [
        model.objects.filter(plan=plan).aggregate(
            first=Min("effective_from"), last=Max("effective_from")
        )
        for model in (PlanOffer, Rate)
    ]
    firsts = [span["first"] for span in spans if span["first"]]
    lasts = [span["last"] for span in spans if span["last"]]
    return min(firsts, default=None), max(lasts, default=None)
