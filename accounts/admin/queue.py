"""The queue of registration requests: what needs us, by when, and how well it fits what is on file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.due_marks import DueMark, due_mark, end_of_today
from accounts.evidence import score_of
from accounts.forms.staff import QueueFilterForm
from accounts.models import RegistrationRequest, User
from accounts.staff_roles import REVIEW
from portal.staff import home_section

State = RegistrationRequest.State
PER_PAGE = 50
# The shape of each state in a table, and the tone of its pill beside a title.
SHAPES = {
    State.SUBMITTED: "info",
    State.IN_REVIEW: "progress",
    State.NEEDS_INFO: "attention",
    State.APPROVED: "active",
    State.COMPLETED: "done",
}
TONES = {
    State.SUBMITTED: "info",
    State.IN_REVIEW: "info",
    State.NEEDS_INFO: "warn",
    State.APPROVED: "ok",
    State.COMPLETED: "ok",
}
DUE_CHIPS: list[tuple[str, str | Promise, str]] = [
    ("", gettext_lazy("All"), "all"),
    ("overdue", gettext_lazy("Overdue"), "overdue"),
    ("today", gettext_lazy("Due today"), "today"),
    ("later", gettext_lazy("Later"), "later"),
]


@dataclass(frozen=True)
class Row:
    """A request in the queue; *due* only while it waits for us, *score* only with a known group."""

    request: RegistrationRequest
    shape: str
    due: DueMark | None
    score: int | None


def queue(request: HttpRequest) -> HttpResponse:
    """Show the part of the queue that the filters in the URL ask for, the most urgent first."""
    now, user = timezone.now(), cast("User", request.user)
    filters = QueueFilterForm(request.GET)
    found = filters.apply(RegistrationRequest.objects.all(), user=user, now=now)
    if not _is_queue(filters):
        found = found.order_by("-submitted_at", "-pk")
    page = Paginator(found.with_evidence(), PER_PAGE).get_page(request.GET.get("page"))
    counts = queue_counts(now)
    context = {
        "filters": filters,
        "narrowed": bool(set(filters.chosen) - {"state"}),
        "rows": [row_of(found, now) for found in page],
        "page": page,
        "pager": _pager(request, page),
        "counts": counts,
        "chips": _chips(request, filters, counts),
        "all_url": f"?{_query(request, state=QueueFilterForm.ALL)}",
        "may_review": user.has_perm(REVIEW),
    }
    return render(request, "admin/accounts/registrationrequest/change_list.html", context)


def row_of(request: RegistrationRequest, now: datetime) -> Row:
    """Return *request*, which came by ``with_evidence()``, as the queue shows it."""
    waits = request.state in RegistrationRequest.WITH_STAFF and not request.repeat_of_id
    return Row(
        request=request,
        shape=shape_of(request),
        due=due_mark(request.due_at, now) if waits else None,
        score=score_of(request).points if request.group else None,
    )


def shape_of(request: RegistrationRequest) -> str:
    """Return the shape of the request's state, as the status component takes it."""
    return SHAPES.get(State(request.state), "ended")


def queue_counts(now: datetime) -> dict[str, int]:
    """Return how many requests need us: all, overdue, due today (and not late), later. One statement."""
    tomorrow = end_of_today(now)
    return RegistrationRequest.objects.in_queue().aggregate(
        all=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        today=Count("pk", filter=Q(due_at__gte=now, due_at__lt=tomorrow)),
        later=Count("pk", filter=Q(due_at__gte=tomorrow)),
    )


@home_section(10)
def queue_section(request: HttpRequest) -> dict[str, Any] | None:
    """Put counters, one's own requests and the most urgent ones on the staff home."""
    user, now = cast("User", request.user), timezone.now()
    if not user.has_perm("accounts.view_registrationrequest"):
        return None
    waiting = RegistrationRequest.objects.in_queue().with_evidence()
    return {
        "template": "admin/accounts/_home.html",
        "counts": queue_counts(now),
        "may_review": user.has_perm(REVIEW),
        "mine": [row_of(found, now) for found in waiting.filter(assigned_to=user)[:5]],
        "urgent": [row_of(found, now) for found in waiting.filter(assigned_to=None)[:5]],
    }


def _chips(
    request: HttpRequest, filters: QueueFilterForm, counts: dict[str, int]
) -> list[dict[str, Any]]:
    due = filters.chosen.get("due", "")
    return [
        {
            "label": label,
            "count": counts[count],
            "url": f"?{_query(request, due=key, state=QueueFilterForm.NEEDS_US)}",
            "current": _is_queue(filters) and due == key,
        }
        for key, label, count in DUE_CHIPS
    ]


def _is_queue(filters: QueueFilterForm) -> bool:
    """Tell whether the list holds what needs us, to be worked on from the top."""
    return filters.shown_state == QueueFilterForm.NEEDS_US


def _pager(request: HttpRequest, page: Page[RegistrationRequest]) -> dict[str, str]:
    total = page.paginator.count
    words = ngettext(
        "%(first)d to %(last)d of %(total)d request",
        "%(first)d to %(last)d of %(total)d requests",
        total,
    )
    numbers = {"first": page.start_index(), "last": page.end_index(), "total": total}
    return {
        "label": words % numbers if total else _("No requests"),
        "previous_url": f"?{_query(request, page=page.previous_page_number())}"
        if page.has_previous()
        else "",
        "next_url": f"?{_query(request, page=page.next_page_number())}" if page.has_next() else "",
    }


def _query(request: HttpRequest, **changes: object) -> str:
    """Return the query of this page with *changes*; the number of the page falls unless it is changed."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query[name] = str(value)
    return query.urlencode()
