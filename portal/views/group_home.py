"""The home page of a group: what each app has for this person, in one place."""

from collections.abc import Callable
from datetime import date

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from groups.access import GroupRequest, group_view
from portal import htmx
from portal.cards import Card, Task

# What the apps offer, in the order of the page; wide cards stand left, narrow ones right.
TASKS: tuple[Callable[[GroupRequest], list[Task]], ...] = ()
WIDE: tuple[Callable[[GroupRequest], Card | None], ...] = ()
NARROW: tuple[Callable[[GroupRequest], Card | None], ...] = ()


@require_GET
@group_view("group_view")
def home(request: GroupRequest) -> HttpResponse:
    """Show what waits for the person and what they may open; nothing else is counted or named."""
    tasks = [task for offer in TASKS for task in offer(request)]
    context = {
        "group": request.group,
        "today": timezone.localdate(),
        "tasks": sorted(tasks, key=lambda task: task.due or date.max),
        "wide": [card for offer in WIDE if (card := offer(request))],
        "narrow": [card for offer in NARROW if (card := offer(request))],
    }
    return htmx.render(request, "portal/group_home.html", context)
