"""A request that arrived on paper, typed in by staff."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.actions.registration import submit_request
from accounts.forms.staff import PaperRequestForm
from accounts.models import RegistrationRequest, User
from accounts.staff_roles import REVIEW

DETAIL = "admin:accounts_registrationrequest_change"


def enter_paper_request(request: HttpRequest) -> HttpResponse:
    """Take the paper's fields; the applicant gets the same letter and the same promise as online."""
    if not request.user.has_perm(REVIEW):
        raise PermissionDenied
    form = PaperRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = _submit(request, form)
        return redirect(DETAIL, number)
    return render(request, "admin/accounts/registrationrequest/add_form.html", {"form": form})


def _submit(request: HttpRequest, form: PaperRequestForm) -> str:
    user: User = request.user  # type: ignore[assignment]
    details = form.details()
    known = RegistrationRequest.objects.open_like(
        email=details["email"],
        identified_by=details["identified_by"],
        identifier=details["identifier"],
    ).first()
    entered = submit_request(
        **details,
        by=user,
        source=RegistrationRequest.Source.PAPER,
        received_at=form.received_at,
    )
    if entered == known:
        messages.info(
            request, _("This person has asked for this group already. This is the request.")
        )
    else:
        words = _("Request %(number)s is in the queue.")
        messages.success(request, words % {"number": entered.number})
    return entered.number
