"""What the carrier has on file about a group."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from groups.access import GroupRequest, group_view
from groups.kinds_contacts import RIGHT_TO_CHANGE
from groups.models import Contact
from groups.reached import reached
from portal import htmx

UNITS_SHOWN = 500  # more than any group has; a page stays a page


@require_GET
@group_view("group_view")
def overview(request: GroupRequest) -> HttpResponse:
    """Show what the carrier has on file about the group; contacts and addresses may be changed from here."""
    group, today = request.group, timezone.localdate()
    found = reached(group, None)
    units = list(group.subgroup_set.all()[: UNITS_SHOWN + 1])
    context = {
        "group": group,
        "today": today,
        "reached": found,
        "of_record": [
            row.contact for row in found.contacts if row.contact.kind == Contact.Kind.BROKER
        ],
        "units": units[:UNITS_SHOWN],
        "more_units": len(units) > UNITS_SHOWN,
        "classes": list(group.employeeclass_set.on(today))
        if "plans_view" in request.granted
        else [],
        "may_change": may_change(request) and request.units is None,
    }
    return htmx.render(request, "groups/overview.html", context)


def may_change(request: GroupRequest) -> bool:
    """Tell whether the person may change contacts and addresses, as far as their billing units go."""
    own_eyes = request.viewed_as is None
    return RIGHT_TO_CHANGE in request.granted and own_eyes and not request.group.is_read_only
