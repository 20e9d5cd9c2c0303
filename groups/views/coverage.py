"""Plans and rates of a group, on a day that the reader chooses."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from groups.access import GroupRequest, group_view
from groups.coverage import TIERS, classes_on, days_of_change, offered_plans
from groups.forms.coverage import OnDayForm
from portal import htmx

RATES = "rates_view"


@require_GET
@group_view("plans_view")
def plans(request: GroupRequest) -> HttpResponse:
    """Show the plans of a billing unit or the group on a day, with their rates to whoever may see those."""
    form = _form(request)
    if form.errors and getattr(request, "htmx", False):
        return htmx.redirect(
            request, request.get_full_path()
        )  # to the page, which says it at the field
    context = {
        "group": request.group,
        "form": form,
        "may_see_rates": RATES in request.granted,
        "tiers": [tier.label for tier in TIERS],
        "printed_at": timezone.now(),
        **({} if form.errors else _on_day(request, form)),
    }
    return htmx.render(request, "groups/plans.html", context, partials=("plans-list",))


def _form(request: GroupRequest) -> OnDayForm:
    units = request.group.subgroup_set.all()
    if request.units is not None:
        units = units.filter(pk__in=request.units)
    return OnDayForm(request.GET, units=units, is_whole=request.units is None)


def _on_day(request: GroupRequest, form: OnDayForm) -> dict[str, Any]:
    """Return what the page shows of the day and billing unit of *form*."""
    may_see_rates = RATES in request.granted
    found = offered_plans(request.group, form.day, unit=form.chosen_unit, with_rates=may_see_rates)
    return {
        "day": form.day,
        "unit": form.chosen_unit,
        "plans": found,
        "classes": classes_on(request.group, form.day),
        "days": days_of_change(request.group),
        "is_today": form.day == timezone.localdate(),
    }
