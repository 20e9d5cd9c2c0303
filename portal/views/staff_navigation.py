"""The top navigation of the staff side, with what waits in each part."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib.admin import site
from django.db.models import Count, Model, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    AccessCode,
    AccessImport,
    AccessReview,
    Agency,
    Grant,
    RegistrationRequest,
    User,
)
from groups.models import (
    Announcement,
    Document,
    EmployerGroup,
    Plan,
    RateLoad,
    Renewal,
    Transaction,
)
from messaging.models import IssueReport
from portal.models import AuditEvent, OutboundEmail


@dataclass(frozen=True)
class Place:
    """An entry: the list it opens, its word, and rows of which the number is shown, if any."""

    model: type[Model]
    label: str | Promise
    waiting: QuerySet[Any] | None = None

    @property
    def key(self) -> str:
        """Return the model's name as addresses use it."""
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}"


def places() -> list[Place]:
    """Return every entry, in order; lists that nobody registered are left out."""
    everything = [
        Place(RegistrationRequest, _("Registrations"), RegistrationRequest.objects.in_queue()),
        Place(EmployerGroup, _("Groups")),
        Place(
            Transaction,
            _("Transactions"),
            Transaction.objects.undecided().filter(waits_for=Transaction.WaitsFor.CARRIER),
        ),
        Place(Plan, _("Plans")),
        Place(RateLoad, _("Rates"), RateLoad.objects.filter(state=RateLoad.State.PREVIEW)),
        Place(Renewal, _("Renewals")),
        Place(Document, _("Documents")),
        Place(User, _("People")),
        Place(Grant, _("Access")),
        Place(AccessCode, _("Keys")),
        Place(Agency, _("Agencies")),
        Place(
            AccessImport,
            _("Imports"),
            AccessImport.objects.filter(state=AccessImport.State.PREVIEW),
        ),
        Place(AccessReview, _("Reviews"), AccessReview.objects.overdue_at(timezone.now())),
        Place(Announcement, _("Announcements")),
        Place(IssueReport, _("Issues"), IssueReport.objects.filter(state=IssueReport.State.OPEN)),
        Place(
            OutboundEmail,
            _("Email"),
            OutboundEmail.objects.filter(state=OutboundEmail.State.FAILED),
        ),
        Place(AuditEvent, _("Audit trail")),
    ]
    return [place for place in everything if site.is_registered(place.model)]


def staff_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the entries the person may open; one statement counts what waits in all of them.

    Empty outside the staff side. The permissions are those of the page itself, read once.
    """
    match = request.resolver_match
    if match is None or match.app_name != "admin" or not getattr(request.user, "is_staff", False):
        return []
    shown = [place for place in places() if _may_view(request, place)]
    counts = _counts(cast("User", request.user).pk, shown)
    return [
        {
            "url": reverse(f"admin:{place.key}_changelist"),
            "label": place.label,
            "count": counts.get(place.key, 0),
            "current": (match.url_name or "").startswith(f"{place.key}_"),
        }
        for place in shown
    ]


def _may_view(request: HttpRequest, place: Place) -> bool:
    meta = place.model._meta
    return request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}")


def _counts(user_pk: int, shown: list[Place]) -> dict[str, int]:
    """Return how many rows wait, by place: one row, the person's own, with a subquery for each."""
    columns = {
        place.key: Coalesce(Subquery(_count(place.waiting)), 0)
        for place in shown
        if place.waiting is not None
    }
    if not columns:
        return {}
    return User.objects.filter(pk=user_pk).values(**columns).first() or {}


def _count(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return a statement that counts *rows*, for use inside another."""
    together: QuerySet[Any] = rows.order_by().annotate(together=Value(1)).values("together")
    counted: QuerySet[Any] = together.annotate(number=Count("pk")).values("number")
    return counted
