"""What the carrier tells a group: all of it, one of it, and putting it away."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from groups.access import GroupRequest, group_view
from groups.actions import announcements as actions
from groups.models import Announcement, AnnouncementRead
from portal import htmx

MOST = 50  # listed, the latest first: years of them


@require_GET
@group_view("group_view")
def announcements(request: GroupRequest) -> HttpResponse:
    """List what was announced to the group, what ended included."""
    today = timezone.localdate()
    rows = [
        {
            "row": row,
            "is_read": row.is_read,
            "is_over": row.ends_on is not None and row.ends_on < today,
        }
        for row in _of(request)[:MOST]
    ]
    context = {"group": request.group, "rows": rows}
    return htmx.render(request, "groups/announcements.html", context)


@require_GET
@group_view("group_view")
def announcement(request: GroupRequest, pk: int) -> HttpResponse:
    """Show one announcement to the group in full."""
    context = {"group": request.group, "announcement": get_object_or_404(_of(request), pk=pk)}
    return htmx.render(request, "groups/announcement.html", context)


@require_POST
@group_view("group_view", after_end=True)
def dismiss_announcement(request: GroupRequest, pk: int) -> HttpResponse:
    """Put an announcement away: it leaves the person's home page and stays in the list."""
    found = get_object_or_404(_of(request), pk=pk)
    actions.put_away(found, by=cast("actions.Person", request.user))
    messages.success(request, _("Put away. It stays under All announcements."))
    return htmx.redirect(request, "group_home", request.group.slug)


def _of(request: GroupRequest) -> QuerySet[Announcement, Any]:
    """Return what was announced to the group up to today, with ``is_read``: the person has put it away."""
    reader = request.viewed_as or request.user.pk
    read = AnnouncementRead.objects.filter(announcement=OuterRef("pk"), user=reader)
    return (
        Announcement.objects.begun_on(timezone.localdate())
        .meant_for(request.group)
        .annotate(is_read=Exists(read))
    )
