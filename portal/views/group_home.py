"""The home page of a group: what each app has for this person, in one place."""

from collections.abc import Callable
from datetime import date
from itertools import chain
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import cards as of_accounts
from groups import cards as of_groups
from groups.access import GroupRequest, group_view
from portal import htmx
from portal.cards import Offer, Task, due

# What the apps offer, in the order of the page.
OFFERS: tuple[Callable[[GroupRequest], Offer], ...] = (of_groups.on_home, of_accounts.on_home)


@require_GET
@group_view("group_view")
def home(request: GroupRequest) -> HttpResponse:
    """Show what waits for the person and what they may open; nothing else is counted or named."""
    offers = [offer(request) for offer in OFFERS]
    cards = list(chain.from_iterable(offer.cards for offer in offers))
    context = {
        "group": request.group,
        "today": timezone.localdate(),
        **_to_do(offers),
        "actions": list(chain.from_iterable(offer.actions for offer in offers)),
        "wide": [card for card in cards if card.place == "wide"],
        "narrow": [card for card in cards if card.place == "narrow"],
        "foot": [card for card in cards if card.place == "foot"],
    }
    return htmx.render(request, "portal/group_home.html", context)


def _to_do(offers: list[Offer]) -> dict[str, Any]:
    """Return the tasks with how far away they are, the nearest first, and what others have."""
    today = timezone.localdate()
    tasks = sorted(chain.from_iterable(offer.tasks for offer in offers), key=_by_due)
    return {
        "tasks": [(task, due(task.due, today) if task.due else None) for task in tasks],
        "first": due(tasks[0].due, today) if tasks and tasks[0].due else None,
        "waiting": list(chain.from_iterable(offer.waiting for offer in offers)),
    }


def _by_due(task: Task) -> date:
    return task.due or date.max
