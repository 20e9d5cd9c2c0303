"""Where people land after signing in, and who has access to a group."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from accounts.models import Grant
from groups.access import GroupRequest, group_view
from portal import htmx


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """Go to the only group, staff to their desk, and let everybody else choose or enter an access code."""
    grants = list(Grant.objects.active_of(request.user)[:200])
    if len(grants) == 1:
        return redirect("groups:home", grants[0].group.slug)
    if not grants and request.user.is_staff:
        return redirect("admin:index")
    return htmx.render(request, "accounts/landing.html", {"grants": grants})


@require_GET
@group_view("users_view")
def manage_users(request: GroupRequest) -> HttpResponse:
    """*Manage user access*: who may do what in this group."""
    grants = (
        Grant.objects.filter(
            group=request.group,
            state__in=[Grant.State.PENDING, Grant.State.ACTIVE, Grant.State.SUSPENDED],
        )
        .select_related("user")
        .order_by("state", "user__last_name", "email")
    )
    context = {
        "group": request.group,
        "region_label": dict(settings.REGIONS).get(request.group.region, request.group.region),
        "grants": list(grants),
    }
    return htmx.render(request, "accounts/manage_users.html", context)
