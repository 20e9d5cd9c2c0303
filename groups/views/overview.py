"""What the carrier has on file about a group and its billing units."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from groups.access import GroupRequest, group_view
from portal import htmx


@require_GET
@group_view("group_view")
def overview(request: GroupRequest) -> HttpResponse:
    """Show what the carrier has on file about the group."""
    group = request.group
    context = {
        "group": group,
        "addresses": list(group.address_set.filter(subgroup=None).order_by("kind")),
        "contacts": list(group.contact_set.filter(subgroup=None)),
        "subgroups": list(group.subgroup_set.all()),
    }
    return htmx.render(request, "groups/overview.html", context)
