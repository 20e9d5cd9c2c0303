"""Renewals of a small group: what its plans will cost, side by side with today; to accept, or to ask about.

Accepting binds the company. It takes the right to manage who has access, which only administrators of the company
hold: no broker, and no staff member in an emergency.
"""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import GroupRequest, group_view
from groups.actions.renewals import accept_renewal, ask_about_renewal, record_download
from groups.forms.renewals import AcceptForm, QuestionForm
from groups.models import EmployerGroup, Renewal, Transaction
from groups.renewal_costs import side_by_side, total
from groups.renewal_reading import (
    RIGHT,
    TO_ACCEPT,
    acceptance_of,
    left_out,
    questions_of,
    rates_of,
    waiting_acceptance,
)
from groups.transaction_history import in_line
from portal import htmx, pdf, throttle

if TYPE_CHECKING:
    from groups.actions.transactions import Person

HISTORY = "transactions_view"
PDFS_PER_HOUR = QUESTIONS_PER_HOUR = 20


@require_GET
@group_view(RIGHT, whole_group=True)
def renewals(request: GroupRequest) -> HttpResponse:
    """Show the renewals of the group, the latest first."""
    today = timezone.localdate()
    context = {
        "group": request.group,
        "renewals": [
            {
                "renewal": one,
                "is_open": one.is_open(today),
                "waits": one.state == Renewal.State.OFFERED and waiting_acceptance(one),
            }
            for one in request.group.renewal_set.shown_on(today)
        ],
        "is_small": request.group.market == EmployerGroup.Market.SMALL,
    }
    return htmx.render(request, "groups/renewals.html", context)


@require_GET
@group_view(RIGHT, whole_group=True)
def renewal(request: GroupRequest, key: UUID) -> HttpResponse:
    """Show what each plan and tier costs now and after the renewal."""
    if (found := _shown(request, key)) is None:
        return _gone(request)
    return htmx.render(request, "groups/renewal.html", _context(request, found))


@require_http_methods(["GET", "POST"])
@group_view(RIGHT, also=TO_ACCEPT, whole_group=True)
def accept(request: GroupRequest, key: UUID) -> HttpResponse:
    """Accept the renewal for the company, after a confirmation."""
    if (found := _shown(request, key)) is None:
        return _gone(request)
    form = AcceptForm(request.POST or None)
    if form.is_valid():
        try:
            sent = accept_renewal(
                found,
                version=form.cleaned_data["version"],
                form_key=form.cleaned_data["form_key"],
                by=cast("Person", request.user),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            words = _("You accepted the renewal. Confirmation number %(number)s.")
            return _done(request, found, sent, words)
    context = _context(request, found)
    if not context["can_accept"] and not form.errors:
        return htmx.redirect(request, "groups:renewal", request.group.slug, found.key)
    return htmx.render(request, "groups/accept_renewal.html", {**context, "form": form})


@require_http_methods(["GET", "POST"])
@group_view(RIGHT, whole_group=True)
def ask(request: GroupRequest, key: UUID) -> HttpResponse:
    """Put a question about the renewal."""
    if (found := _shown(request, key)) is None:
        return _gone(request)
    form = QuestionForm(request.POST or None)
    if form.is_valid():
        throttle.limit("question", str(request.user.pk), tries=QUESTIONS_PER_HOUR, seconds=3600)
        sent = ask_about_renewal(found, **form.cleaned_data, by=cast("Person", request.user))
        return _done(
            request, found, sent, _("We have your question. Confirmation number %(number)s.")
        )
    context = {"group": request.group, "renewal": found, "form": form}
    return htmx.render(request, "groups/ask_renewal.html", context)


@require_GET
@group_view(RIGHT, whole_group=True, export=True)
def renewal_pdf(request: GroupRequest, key: UUID) -> HttpResponse:
    """Download the renewal as a PDF."""
    throttle.limit("renewal_pdf", str(request.user.pk), tries=PDFS_PER_HOUR, seconds=3600)
    if (found := _shown(request, key)) is None:
        return _gone(request)
    brand = {"brand_name": settings.BRAND_NAME, "brand_phone": settings.BRAND_PHONE}
    document = pdf.render("renewal", {**_context(request, found), **brand})
    record_download(found, by=cast("Person", request.user))
    name = f"renewal-{request.group.slug}-{found.renewal_date}.pdf"
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _shown(request: GroupRequest, key: UUID) -> Renewal | None:
    """Return the renewal with *key*, None when we withdrew it since; raises Http404 for one the group never saw."""
    known = request.group.renewal_set.filter(available_on__lte=timezone.localdate())
    reached = known.exclude(state=Renewal.State.DRAFT).select_related("group", "accepted_by")
    found = get_object_or_404(reached, key=key)
    return None if found.state == Renewal.State.WITHDRAWN else found


def _gone(request: GroupRequest) -> HttpResponse:
    messages.error(
        request, _("We withdrew this renewal. Call us, and we tell you what comes next.")
    )
    return htmx.redirect(request, "groups:renewals", request.group.slug)


def _context(request: GroupRequest, found: Renewal) -> dict[str, Any]:
    """Return what the page, the confirmation and the PDF show."""
    plans = side_by_side(rates_of(found))
    now = timezone.now()
    today = timezone.localdate(now)
    acceptance = acceptance_of(found)
    waits = bool(acceptance and acceptance.is_undecided)
    return {
        "group": request.group,
        "renewal": found,
        "plans": plans,
        "left_out": left_out(found),
        "month": total(plan.month for plan in plans),
        "year": total(plan.month for plan in plans).times(12),
        "acceptance": acceptance,
        "waits": waits,
        "questions": [in_line(asked, now) for asked in questions_of(found)]
        if HISTORY in request.granted
        else [],
        "is_open": found.is_open(today),
        "can_accept": found.is_open(today) and not waits,
        "may_accept": TO_ACCEPT in request.granted and request.viewed_as is None,
        "may_take": request.viewed_as is None,
        "today": today,
        "printed_at": now,
    }


def _done(request: GroupRequest, found: Renewal, sent: Transaction, words: str) -> HttpResponse:
    messages.success(request, words % {"number": sent.number})
    return htmx.redirect(request, "groups:renewal", request.group.slug, found.key)
