"""The group officer's form: designate a primary administrator without being one.

It ends in the same queue as a request for access; the officer gets the letters, the nominee the key once it is
approved. What was typed waits in the visitor's session until it is submitted.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import registration as actions
from accounts.clock import promise
from accounts.forms.nomination import AUTHORITY, NominationForm
from accounts.models import RegistrationRequest
from accounts.views.registration import (
    SUBMISSIONS_PER_DAY,
    SUBMISSIONS_PER_HOUR,
    as_written,
    pdf_answer,
)
from accounts.visit import NOMINATION, OPENED, SENT, WATCHING, fingerprint, forget
from portal import htmx, throttle
from portal.request_info import client_ip
from portal.tenancy import on_behalf_of_carrier

STEPS = [gettext_lazy("The form"), gettext_lazy("Review and submit")]
FILE = "primary-administrator-form.pdf"


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def nominate(request: HttpRequest) -> HttpResponse:
    """Step 1: officer, group, nominee. Known and unknown groups get the same answer."""
    initial = request.session.get(NOMINATION) or {"region": request.COOKIES.get("region", "")}
    form = NominationForm(request.POST or None, initial=initial)
    if form.is_valid():
        request.session[NOMINATION] = {**form.cleaned_data, **form.details()}
        return redirect("accounts:review_nomination")
    return htmx.render(request, "accounts/nominate.html", {"form": form, "steps": STEPS})


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def review_nomination(request: HttpRequest) -> HttpResponse:
    """Step 2: verify your information, then submit. Sent twice, it answers the same request."""
    details = _details_in_session(request)
    if details is None:
        sent_already = SENT in request.session
        return redirect("accounts:nomination_sent" if sent_already else "accounts:nominate")
    shown = fingerprint(details)
    changed = request.POST.get("shown", shown) != shown
    if request.method == "POST" and not changed:
        return _submit(request, details)
    context = {
        "details": as_written(details),
        "steps": STEPS,
        "shown": shown,
        "changed": changed,
    }
    return htmx.render(request, "accounts/review_nomination.html", context)


@require_GET
@login_not_required
@on_behalf_of_carrier
def nomination_sent(request: HttpRequest) -> HttpResponse:
    """Show the confirmation number and the day by which we answer."""
    sent = _sent(request)
    if sent is None:
        return redirect("accounts:nominate")
    context = {"sent": sent, "promise": promise(sent.due_at, timezone.now())}
    return htmx.render(request, "accounts/nomination_sent.html", context)


@require_GET
@login_not_required
@on_behalf_of_carrier
def nomination_pdf(request: HttpRequest) -> HttpResponse:
    """Download the form as a PDF: as filled before sending, to print and sign, or as it was sent."""
    details, number = _details_in_session(request), ""
    if details is None:
        sent = _sent(request)
        if sent is None:
            return redirect("accounts:nominate")
        details = {name: getattr(sent, name) for name in actions.RequestDetails.__annotations__}
        number = sent.number
    context = {"details": as_written(details), "number": number}
    return pdf_answer(request, "nomination", context, filename=FILE)


@require_GET
@login_not_required
@on_behalf_of_carrier
def empty_nomination_pdf(request: HttpRequest) -> HttpResponse:
    """Download the empty form, to print and complete by hand."""
    context = {"details": {"statement_of_authority": AUTHORITY}, "by_hand": True}
    return pdf_answer(request, "nomination", context, filename=FILE)


def _submit(request: HttpRequest, details: dict[str, Any]) -> HttpResponse:
    officer = details["officer_email"]
    throttle.limit("register", client_ip(request), tries=SUBMISSIONS_PER_HOUR, seconds=3600)
    throttle.limit("register_to", officer, tries=SUBMISSIONS_PER_DAY, seconds=86400)
    sent = actions.submit_request(**details, source=RegistrationRequest.Source.NOMINATION, by=None)
    forget(request.session, NOMINATION, WATCHING)
    request.session[SENT] = request.session[OPENED] = sent.number
    return redirect("accounts:nomination_sent")


def _sent(request: HttpRequest) -> RegistrationRequest | None:
    return RegistrationRequest.objects.filter(
        number=request.session.get(SENT, ""), source=RegistrationRequest.Source.NOMINATION
    ).first()


def _details_in_session(request: HttpRequest) -> dict[str, Any] | None:
    """Return the arguments of ``submit_request``, or None while the form is not filled."""
    typed = request.session.get(NOMINATION)
    if not typed:
        return None
    return {name: typed[name] for name in actions.RequestDetails.__annotations__}
