"""Plans and rates of a group, on a day that the reader chooses."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from groups.access import GroupRequest, group_view, open_units
from groups.coverage import (
    TIERS,
    classes_on,
    days_of_change,
    offered_plans,
    plan_history,
)
from groups.forms.coverage import OnDayForm
from groups.models import EmployerGroup, Plan, PlanOffer
from portal import htmx

RATES = "rates_view"


@require_GET
@group_view("plans_view")
def plans(request: GroupRequest) -> HttpResponse:
    """Show the plans of a billing unit or the group on a day, with their rates to whoever may see those."""
    form = _form(request)
    if form.errors and getattr(request, "htmx", False):
        return _to_the_field(request)
    context = {
        "group": request.group,
        "form": form,
        "may_see_rates": RATES in request.granted,
        "tiers": [tier.label for tier in TIERS],
        "printed_at": timezone.now(),
        **({} if form.errors else _on_day(request, form)),
    }
    return htmx.render(request, "groups/plans.html", context, partials=("plans-list",))


@require_GET
@group_view("plans_view")
def plan(request: GroupRequest, code: str) -> HttpResponse:
    """Show one plan that the group offers or offered, and what it cost over time to whoever may see rates."""
    offers = _offers_of(request, code)
    form = _form(request)
    if form.errors and getattr(request, "htmx", False):
        return _to_the_field(request)
    context = {
        "group": request.group,
        "plan": offers[0].plan,
        "offers": offers,
        "form": form,
        "tiers": [tier.label for tier in TIERS],
        "printed_at": timezone.now(),
        **_over_time(request, form, offers[0].plan),
    }
    return htmx.render(request, "groups/plan.html", context, partials=("plan-rates",))


def _to_the_field(request: GroupRequest) -> HttpResponse:
    """Lead to the whole page, which says at the field what is wrong; a part of it could not."""
    return htmx.redirect(request, request.get_full_path())


def _offers_of(request: GroupRequest, code: str) -> list[PlanOffer]:
    """Return the offers to the person's units of the plan called *code*, the latest first; Http404 without any."""
    offers = PlanOffer.objects.filter(group=request.group, plan__code=code)
    if request.units is not None:
        offers = offers.filter(Q(subgroup=None) | Q(subgroup__in=request.units))
    found = list(
        offers.select_related("plan", "subgroup").order_by("-effective_from", "class_code")
    )
    if not found:
        raise Http404
    return found


def _over_time(request: GroupRequest, form: OnDayForm, found: Plan) -> dict[str, Any]:
    """Return what the page shows of the rates of a plan: its periods, and the one of the day in *form*."""
    may_see_rates = RATES in request.granted
    if form.errors or not may_see_rates:
        return {"may_see_rates": may_see_rates}
    unit = form.chosen_unit
    periods = plan_history(request.group, found, unit=unit, day=form.day)
    shown = next((period for period in periods if period.is_shown), None)
    return {"may_see_rates": True, "unit": unit, "periods": periods, "shown": shown}


def _form(request: GroupRequest) -> OnDayForm:
    return OnDayForm(request.GET, units=open_units(request), is_whole=request.units is None)


def _renews_before(group: EmployerGroup, day: date) -> date | None:
    """Return the renewal to come when *day* is beyond it, as rates of today need not hold so long; None otherwise."""
    renewal = group.renewal_date
    return renewal if timezone.localdate() < renewal <= day else None


def _on_day(request: GroupRequest, form: OnDayForm) -> dict[str, Any]:
    """Return what the page shows of the day and billing unit of *form*."""
    may_see_rates = RATES in request.granted
    found = offered_plans(request.group, form.day, unit=form.chosen_unit, with_rates=may_see_rates)
    return {
        "day": form.day,
        "unit": form.chosen_unit,
        "plans": found,
        "classes": classes_on(request.group, form.day),
        "days": days_of_change(request.group, with_rates=may_see_rates),
        "is_today": form.day == timezone.localdate(),
        "renews_on": _renews_before(request.group, form.day),
    }
