"""What the carrier has on file about one billing unit of a group."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from groups.access import GroupRequest, group_view
from groups.models import Subgroup
from groups.reached import reached
from groups.views.contacts import unit_of
from groups.views.overview import may_change
from portal import htmx

NEAR = 6  # billing units before and after this one that can be switched to; the others stand on the group's page


@require_GET
@group_view("group_view")
def unit(request: GroupRequest, code: str) -> HttpResponse:
    """Show a billing unit: how it is reached, by contacts and addresses of its own or the group's."""
    found = unit_of(request, code)
    today = timezone.localdate()
    context = {
        "group": request.group,
        "unit": found,
        "today": today,
        "has_ended": found.term_date is not None and found.term_date < today,
        "reached": reached(request.group, found),
        "near": _near(request, found),
        "classes": list(request.group.employeeclass_set.on(today))
        if "plans_view" in request.granted
        else [],
        "may_change": may_change(request),
    }
    return htmx.render(request, "groups/unit.html", context)


def _near(request: GroupRequest, unit: Subgroup) -> list[Subgroup]:
    """Return the billing units around *unit* by code, itself among them."""
    units = request.group.subgroup_set
    before = units.filter(code__lt=unit.code).order_by("-code")[:NEAR]
    after = units.filter(code__gte=unit.code).order_by("code")[: NEAR + 1]
    return [*reversed(before), *after]
