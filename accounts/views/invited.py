"""*I was invited*: the e-mail address and the access code that an administrator had sent; then the account."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts import guessing
from accounts.actions import codes as actions
from accounts.forms.codes import InvitedForm
from accounts.models import AccessCode
from accounts.views.keys import INVITED_STEPS, keep_code
from portal import htmx
from portal.tenancy import on_behalf_of_carrier


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def invited(request: HttpRequest) -> HttpResponse:
    """Take address and code; a good pair leads to what it opens. Who is signed in enters the code alone."""
    if request.user.is_authenticated:
        return redirect("accounts:redeem_code")
    form = InvitedForm(request.POST or None)
    if form.is_valid():
        try:
            code = _try_code(request, form)
        except ValidationError as error:
            form.add_error("access_key", error)
        else:
            keep_code(request, code, invited=True)
            return redirect("accounts:review_key")
    return htmx.render(request, "accounts/invited.html", {"form": form, "steps": INVITED_STEPS})


def _try_code(request: HttpRequest, form: InvitedForm) -> AccessCode:
    """Find the code; raises ValidationError.

    Wrong tries slow the visitor down. Of one visitor a single one counts against the codes of the address, which a
    stranger may know: it takes several visitors to lock them.
    """
    guessing.refuse_hasty_keys(request)
    email = form.cleaned_data["email"]
    try:
        return actions.find_code_of_address(email, form.cleaned_data["access_key"])
    except ValidationError as error:
        if error.code == "unknown":
            guessing.count_wrong_key(request)
            if guessing.is_first_wrong_code(request, email):
                actions.count_wrong_try(None, email=email)
        raise
