"""What stands in the navigation: built at the door, where every app is known."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant
from groups.models import EmployerGroup
from portal.views.staff_navigation import staff_navigation

# view name, words, icon, right needed; in the order of the page
GROUP_PAGES = [
    ("groups:home", _("Home"), "home", "group_view"),
    ("accounts:manage_users", _("Manage user access"), "user-cog", "users_view"),
]
SWITCHER_LIMIT = 50


def context(request: HttpRequest) -> dict[str, object]:
    """Give templates the navigation of the group in the URL, the other groups, and the staff's own."""
    group = getattr(request, "group", None)
    shared: dict[str, object] = {"staff_navigation": staff_navigation(request)}
    return shared if group is None else {**shared, **_of_group(request, group)}


def _of_group(request: HttpRequest, group: EmployerGroup) -> dict[str, Any]:
    """Return the pages the person may open, the other groups for the switcher, and their role; one statement."""
    granted: frozenset[str] = request.granted  # type: ignore[attr-defined]
    here = request.resolver_match.view_name if request.resolver_match else ""
    grants = list(Grant.objects.active_of(request.user)[: SWITCHER_LIMIT + 1])
    mine = next((grant for grant in grants if grant.group_id == group.pk), None)
    return {
        "navigation": [
            {
                "url": reverse(name, args=[group.slug]),
                "label": label,
                "icon": icon,
                "current": name == here,
            }
            for name, label, icon, right in GROUP_PAGES
            if right in granted
        ],
        "other_groups": [
            {
                "url": reverse("groups:home", args=[grant.group.slug]),
                "name": grant.group.name,
                "group_id": grant.group.group_id,
            }
            for grant in grants
            if grant.group_id != group.pk
        ],
        "role_label": mine.get_role_display() if mine else "",
    }
