"""The quarterly review: is everybody's access still needed? One click keeps, two remove; then the list is confirmed."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.actions import access_reviews as actions
from accounts.actions.access_reviews import Answer
from accounts.forms.access_reviews import DecisionForm
from accounts.models import AccessReview, Grant, User
from accounts.quarters import Quarter
from accounts.review_list import Decision, ReviewRow, decided, last_day_of, review_of, rows_of
from accounts.reviews_due import confirmer_of, distance
from accounts.views.confirmations import confirmed
from groups.access import GroupRequest, group_view
from portal import htmx

EARLIER = 12  # finished reviews that are listed: three years
GONE = gettext_lazy("This person is not in the list any more. Nothing was changed.")


@require_GET
@group_view("users_manage", whole_group=True)
def access_review(request: GroupRequest) -> HttpResponse:
    """Show the open review: everybody with access, what was answered, what to look at.

    With ``remove`` in the address, the row of that grant asks whether to remove the person.
    """
    review = review_of(request.group)
    context: dict[str, Any] = {"group": request.group, "earlier": _earlier(request)}
    if review is None:
        context["next_day"] = Quarter.of(timezone.localdate()).last_day + timedelta(days=1)
        return render(request, "accounts/access_review.html", context)
    primary, may_decide = confirmer_of(request)
    rows = rows_of(review, without=primary, now=timezone.now())
    days = (last_day_of(review) - timezone.localdate()).days
    context |= {
        "review": review,
        "last_day": last_day_of(review),
        "distance": distance(days),
        "is_late": days < 0,
        "primary": primary,
        "may_decide": may_decide,
        "rows": rows,
        "asked": _asked(request.GET.get("remove", "")),
        **_progress(rows),
    }
    return render(request, "accounts/access_review.html", context)


@require_POST
@group_view("users_manage", whole_group=True, after_end=True)
def decide_review(request: GroupRequest) -> HttpResponse:
    """Keep or remove one person; answers HTMX with the person's row, and others with the page at that row."""
    form, review = DecisionForm(request.POST), review_of(request.group)
    if review is None or not form.is_valid():
        return _refused(request, str(GONE))
    typed = form.cleaned_data
    grant = Grant.objects.filter(group=request.group, key=typed.pop("grant")).first()
    if grant is None:
        return _refused(request, str(GONE))
    try:
        answer = actions.decide(review, grant=grant, **typed, by=cast("User", request.user))
    except ValidationError as error:
        return _refused(request, error)
    said = _said(answer)
    if getattr(request, "htmx", False):
        return _answered(request, review, grant, said)
    messages.success(request, confirmed(request, said))
    page = reverse("accounts:access_review", args=[request.group.slug])
    return htmx.redirect(request, f"{page}#review-{grant.key}")


@require_POST
@group_view("users_manage", whole_group=True, after_end=True)
def finish_review(request: GroupRequest) -> HttpResponse:
    """Confirm the list; leads to the result."""
    review = review_of(request.group)
    if review is None:
        return _refused(request, str(actions.FINISHED))
    try:
        review = actions.complete(review, by=cast("User", request.user))
    except ValidationError as error:
        return _refused(request, error)
    words = _("The list is confirmed. We keep the result.")
    messages.success(request, confirmed(request, words))
    return htmx.redirect(request, "accounts:review_results", request.group.slug, review.quarter)


@require_GET
@group_view("users_manage", whole_group=True)
def review_results(request: GroupRequest, quarter: str) -> HttpResponse:
    """Show what a finished review of *quarter* ("2026-Q4") said about each person; an open one is still to do."""
    found = AccessReview.objects.filter(group=request.group).select_related("completed_by")
    review = get_object_or_404(found, quarter=quarter)
    if review.completed_at is None:
        return htmx.redirect(request, "accounts:access_review", request.group.slug)
    items = list(review.items.select_related("grant__group", "grant__user", "decided_by"))
    items.sort(key=lambda item: item.grant.person.casefold())
    together = AccessReview.objects.filter(
        group=request.group, completed_at=review.completed_at
    ).exclude(pk=review.pk)
    context = {
        "group": request.group,
        "review": review,
        "last_day": last_day_of(review),
        "was_late": review.completed_at > review.due_at,
        "items": items,
        "kept": sum(item.decision == Decision.KEEP for item in items),
        "removed": sum(item.decision == Decision.REMOVE for item in items),
        "together": [other.quarter for other in together] if not items else [],
        "printed_at": timezone.now(),
    }
    return render(request, "accounts/review_results.html", context)


def _asked(key: str) -> UUID | None:
    """Return the key of the grant that *key* names, whose row asks before it removes; None for anything else."""
    try:
        return UUID(key)
    except ValueError:
        return None


def _earlier(request: GroupRequest) -> list[dict[str, Any]]:
    """Return the finished reviews of the group, the latest first; one statement."""
    found = (
        AccessReview.objects.filter(group=request.group, completed_at__isnull=False)
        .select_related("completed_by")
        .annotate(
            kept=Count("items", filter=Q(items__decision=Decision.KEEP)),
            removed=Count("items", filter=Q(items__decision=Decision.REMOVE)),
        )
        .order_by("-quarter")
    )
    return [{"review": review, "last_day": last_day_of(review)} for review in found[:EARLIER]]


def _progress(rows: list[ReviewRow]) -> dict[str, int]:
    return {"decided": decided(rows), "total": len(rows)}


def _answered(request: GroupRequest, review: AccessReview, grant: Grant, said: str) -> HttpResponse:
    """Answer HTMX with one row, and beside it the progress and what a screen reader says."""
    primary, may_decide = confirmer_of(request)
    rows = rows_of(review, without=primary, now=timezone.now())
    row = next(row for row in rows if row.grant.pk == grant.pk)
    context = {
        "group": request.group,
        "row": row,
        "may_decide": may_decide,
        "said": said,
        **_progress(rows),
    }
    return render(request, "accounts/_review_row.html", context)


def _said(answer: Answer) -> str:
    """Return what became of one answer: "Removed Mark Johnson. 3 open sessions ended."."""
    words = {"name": answer.item.grant.person}
    if answer.removal is None:
        return _("%(name)s keeps access.") % words
    parts = [_("%(name)s has no access any more.") % words]
    if count := answer.removal.sessions:
        ended = ngettext("%(count)d open session ended.", "%(count)d open sessions ended.", count)
        parts.append(ended % {"count": count})
    return " ".join(parts)


def _refused(request: GroupRequest, error: ValidationError | str) -> HttpResponse:
    """Say above the list as it is now why nothing happened.

    Answered, not raised: the refusal that was written down must not be rolled back.
    """
    words = " ".join(error.messages) if isinstance(error, ValidationError) else error
    messages.error(request, words)
    return htmx.redirect(request, "accounts:access_review", request.group.slug)
