"""*Register for Access*: identify the group, ask for a key, review, submit, follow the request.

What was typed waits in the visitor's session until it is submitted; nothing is written before.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions import registration as actions
from accounts.clock import promise
from accounts.forms.nomination import CorrectNominationForm
from accounts.forms.registration import (
    HAS_KEY,
    AnswerForm,
    CorrectRequestForm,
    FindRequestForm,
    IdentifyForm,
    RequestForm,
)
from accounts.models import RegistrationRequest
from accounts.progress import mask_email, progress_of
from accounts.visit import GROUP, OPENED, SENT, TYPED, WATCHING, fingerprint, forget
from groups.identifiers import names_another_unit
from groups.models import IdentifiedBy
from portal import htmx, pdf, remembered, throttle
from portal.request_info import client_ip
from portal.tenancy import on_behalf_of_carrier

STEPS = [
    gettext_lazy("Your group"),
    gettext_lazy("Your details"),
    gettext_lazy("Review and submit"),
]
# Per visitor address: enough for an office behind one address, too few for a machine.
SUBMISSIONS_PER_HOUR, PDFS_PER_HOUR, LOOKUPS_PER_QUARTER = 30, 60, 10
# Per e-mail address: nobody fills a stranger's mailbox, or counts up the numbers of a day.
SUBMISSIONS_PER_DAY, LOOKUPS_PER_DAY = 10, 20


@require_http_methods(["GET", "POST"])
@login_not_required
def register(request: HttpRequest) -> HttpResponse:
    """Step 1: which group, and is there an Access Key. Known and unknown groups get the same answer."""
    if request.method == "GET":
        return _identify_page(request)
    form = IdentifyForm(request.POST)
    if form.is_valid():
        request.session[GROUP] = {
            **form.cleaned_data,
            "padded": form.cleaned_data["identified_by"] == IdentifiedBy.POLICYHOLDER_ID
            and len(form.data["identifier"].strip()) < len(form.cleaned_data["identifier"]),
        }
        has_key = form.cleaned_data["has_key"] == HAS_KEY
        return redirect("accounts:enter_key" if has_key else "accounts:request_access")
    return htmx.render(request, "accounts/register.html", {"form": form, "steps": STEPS})


def _identify_page(request: HttpRequest) -> HttpResponse:
    """Show step 1 with what was typed before; empty, it is the same for every visitor."""
    typed = request.session.get(GROUP) or {}
    if request.GET.get("key") == HAS_KEY:
        typed = {**typed, "has_key": HAS_KEY}

    def context() -> dict[str, Any]:
        return {"form": IdentifyForm(initial=typed), "steps": STEPS}

    if typed:
        return htmx.render(request, "accounts/register.html", context())
    return remembered.render(request, "accounts/register.html", context)


@require_POST
@login_not_required
def check_identifier(request: HttpRequest) -> HttpResponse:
    """Answer the words of the identifier's field, or what we make of its value, while step 1 is being filled."""
    form = IdentifyForm({**request.POST.dict(), "has_key": "no"})
    form.is_valid()
    typed = form.data.get("identifier", "").strip()
    understood = "" if form.errors else form.cleaned_data.get("identifier", "")
    by_group_id = form.data.get("identified_by") == IdentifiedBy.GROUP_ID
    context = {
        "form": form,
        "steps": STEPS,
        "understood": understood,
        "another_unit": by_group_id and bool(understood) and names_another_unit(understood),
        "problem": " ".join(map(str, form.errors.get("identifier", []))) if typed else "",
    }
    return htmx.render(
        request,
        "accounts/register.html",
        context,
        partials=("identifier-words", "identifier-note"),
    )


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def request_access(request: HttpRequest) -> HttpResponse:
    """Step 2: who asks, in which role."""
    if GROUP not in request.session:
        return redirect("accounts:register")
    initial = request.session.get(TYPED) or {"region": request.COOKIES.get("region", "")}
    form = RequestForm(request.POST or None, initial=initial)
    if form.is_valid():
        request.session[TYPED] = {**form.cleaned_data, **form.details()}
        return redirect("accounts:review_request")
    context = {"form": form, "steps": STEPS, "group": request.session[GROUP]}
    return htmx.render(request, "accounts/request_access.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def review_request(request: HttpRequest) -> HttpResponse:
    """Step 3: verify your information, then submit. Sent twice, it answers the same request."""
    details = _details_in_session(request)
    if details is None:
        sent_already = SENT in request.session and GROUP not in request.session
        return redirect("accounts:request_sent" if sent_already else "accounts:request_access")
    shown = fingerprint(details)
    changed = request.POST.get("shown", shown) != shown
    if request.method == "POST" and not changed:
        throttle.limit("register", client_ip(request), tries=SUBMISSIONS_PER_HOUR, seconds=3600)
        throttle.limit("register_to", details["email"], tries=SUBMISSIONS_PER_DAY, seconds=86400)
        sent = actions.submit_request(**details, by=None)
        forget(request.session, GROUP, TYPED, WATCHING)
        request.session[SENT] = request.session[OPENED] = sent.number
        return redirect("accounts:request_sent")
    context = {
        "details": as_written(details),
        "steps": STEPS,
        "group": request.session[GROUP],
        "shown": shown,
        "changed": changed,
    }
    return htmx.render(request, "accounts/review_request.html", context)


@require_GET
@login_not_required
@on_behalf_of_carrier
def request_pdf(request: HttpRequest) -> HttpResponse:
    """Download the form as a PDF: as filled before sending, to print and sign, or as it was sent."""
    details, sent = _details_in_session(request), None
    if details is None:
        sent = RegistrationRequest.objects.filter(number=request.session.get(SENT, "")).first()
        if sent is None:
            return redirect("accounts:request_access")
        if sent.is_nomination:
            return redirect("accounts:nomination_pdf")
        details = {name: getattr(sent, name) for name in actions.RequestDetails.__annotations__}
    context = {"details": as_written(details), "number": sent.number if sent else ""}
    return pdf_answer(request, "registration_request", context, filename="request-for-access.pdf")


@require_GET
@login_not_required
@on_behalf_of_carrier
def request_sent(request: HttpRequest) -> HttpResponse:
    """Show the confirmation number and the day by which we answer."""
    sent = RegistrationRequest.objects.filter(number=request.session.get(SENT, "")).first()
    if sent is None:
        return redirect("accounts:register")
    if sent.is_nomination:
        return redirect("accounts:nomination_sent")
    context = {"sent": sent, "promise": promise(sent.due_at, timezone.now())}
    return htmx.render(request, "accounts/request_sent.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def find_request(request: HttpRequest) -> HttpResponse:
    """Open the status page with confirmation number and e-mail address; wrong pairs slow down.

    A nominee may follow the officer's form, but not change it.
    """
    form = FindRequestForm(
        request.POST or None, initial={"number": request.GET.get("number", "")[:20]}
    )
    if form.is_valid():
        email = form.cleaned_data["email"]
        both = (client_ip(request), email)
        throttle.refuse_if_full("status", *both, tries=LOOKUPS_PER_QUARTER, seconds=900)
        throttle.refuse_if_full("status_day", email, tries=LOOKUPS_PER_DAY, seconds=86400)
        found = RegistrationRequest.objects.filter(
            Q(email__iexact=email) | Q(officer_email__iexact=email),
            number=form.cleaned_data["number"],
        ).first()
        if found:
            request.session[OPENED] = found.number
            request.session[WATCHING] = found.contact_email.lower() != email
            return redirect("accounts:request_status")
        for who in both:
            throttle.hit("status", who, seconds=900)
        throttle.hit("status_day", email, seconds=86400)
        form.add_error(
            None, _("We find no request with this confirmation number and email address.")
        )
    return htmx.render(request, "accounts/find_request.html", {"form": form})


@require_GET
@login_not_required
@on_behalf_of_carrier
def request_status(request: HttpRequest) -> HttpResponse:
    """Show where the request stands, with the clock."""
    found = _opened(request)
    if found is None:
        return redirect("accounts:find_request")
    return _status_page(request, found, AnswerForm())


@require_POST
@login_not_required
@on_behalf_of_carrier
def answer_question(request: HttpRequest) -> HttpResponse:
    """Take the applicant's answer."""
    found, form = _opened(request, to_change=True), AnswerForm(request.POST)
    if found is None:
        return redirect("accounts:find_request")
    if form.is_valid():
        try:
            actions.answer_question(found, **form.cleaned_data, by=None)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("We have your answer. Your request is back with us."))
            return redirect("accounts:request_status")
    return _status_page(request, found, form)


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def correct_request(request: HttpRequest) -> HttpResponse:
    """Mend the details of a request that nobody has decided yet."""
    found = _opened(request, to_change=True)
    if found is None:
        return redirect("accounts:find_request")
    kind = CorrectNominationForm if found.is_nomination else CorrectRequestForm
    form = kind(
        request.POST or None, initial={name: getattr(found, name) for name in kind().fields}
    )
    if form.is_valid():
        try:
            actions.correct_request(found, **_all_details(found, form), by=None)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Your details are corrected."))
            return redirect("accounts:request_status")
    return htmx.render(request, "accounts/correct_request.html", {"form": form, "found": found})


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def withdraw_request(request: HttpRequest) -> HttpResponse:
    """Take the request back, after a page that says what that means."""
    found = _opened(request, to_change=True)
    if found is None:
        return redirect("accounts:find_request")
    problem = ""
    if request.method == "POST":
        try:
            actions.withdraw_request(found, by=None)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            return redirect("accounts:request_status")
    context = {"found": found, "problem": problem}
    return htmx.render(request, "accounts/withdraw_request.html", context)


@require_POST
@login_not_required
@on_behalf_of_carrier
def close_status(request: HttpRequest) -> HttpResponse:
    """Forget the request on this browser, for people who share it."""
    forget(request.session)
    return redirect("home")


@require_POST
@login_not_required
@on_behalf_of_carrier
def ask_new_key(request: HttpRequest) -> HttpResponse:
    """Send a new Access Key when the last one expired or locked."""
    found, form = _opened(request), AnswerForm()
    if found is None:
        return redirect("accounts:find_request")
    try:
        actions.ask_new_key(found, by=None)
    except ValidationError as error:
        return _status_page(request, found, form, problem=" ".join(error.messages))
    words = _("A new Access Key is on its way to %(email)s.") % {"email": mask_email(found.email)}
    messages.success(request, words)
    return redirect("accounts:request_status")


def _opened(request: HttpRequest, *, to_change: bool = False) -> RegistrationRequest | None:
    """Return the request this visitor proved to know; None *to_change* it where they may only read."""
    if to_change and request.session.get(WATCHING):
        return None
    return (
        RegistrationRequest.objects.select_related("grant", "repeat_of")
        .filter(number=request.session.get(OPENED, ""))
        .first()
    )


def _status_page(
    request: HttpRequest, found: RegistrationRequest, form: AnswerForm, problem: str = ""
) -> HttpResponse:
    context = {
        "found": found,
        "form": form,
        "problem": problem,
        **progress_of(found, timezone.now(), only_watching=request.session.get(WATCHING, False)),
    }
    return htmx.render(request, "accounts/request_status.html", context)


def _details_in_session(request: HttpRequest) -> dict[str, Any] | None:
    """Return the arguments of ``submit_request``, or None while a step is missing."""
    group, typed = request.session.get(GROUP), request.session.get(TYPED)
    if not group or not typed:
        return None
    kept = {name: typed[name] for name in actions.RequestDetails.__annotations__ if name in typed}
    return {**kept, "identified_by": group["identified_by"], "identifier": group["identifier"]}


def _all_details(found: RegistrationRequest, form: CorrectRequestForm) -> dict[str, Any]:
    names, corrected = actions.RequestDetails.__annotations__, form.details()
    return {name: corrected.get(name, getattr(found, name)) for name in names}


def pdf_answer(
    request: HttpRequest, template: str, context: dict[str, Any], *, filename: str
) -> HttpResponse:
    """Return templates/pdf/<template>.html as a download; raises TooManyRequestsError beyond PDFS_PER_HOUR."""
    throttle.limit("pdf", client_ip(request), tries=PDFS_PER_HOUR, seconds=3600)
    brand = {"brand_name": settings.BRAND_NAME, "brand_email": settings.BRAND_EMAIL}
    document = pdf.render(template, {**brand, "today": timezone.localdate(), **context})
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def as_written(details: dict[str, Any]) -> dict[str, Any]:
    """Return the details with the words people read instead of stored codes."""
    return {
        **details,
        "identified_by_label": IdentifiedBy(details["identified_by"]).label,
        "role_label": RegistrationRequest.Role(details["role"]).label,
        "region_label": dict(settings.REGIONS).get(details["region"], details["region"]),
        "is_broker": details["role"] == RegistrationRequest.Role.BROKER,
    }
