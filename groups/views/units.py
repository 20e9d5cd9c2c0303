"""What the carrier has on file about one billing unit of a group."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from groups.access import GroupRequest, group_view
from groups.reached import reached
from groups.views.contacts import unit_of
from groups.views.overview import UNITS_SHOWN, may_change
from portal import htmx


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
        "units": list(request.group.subgroup_set.all()[:UNITS_SHOWN]),
        "classes": list(request.group.employeeclass_set.on(today))
        if "plans_view" in request.granted
        else [],
        "may_change": may_change(request),
    }
    return htmx.render(request, "groups/unit.html", context)
