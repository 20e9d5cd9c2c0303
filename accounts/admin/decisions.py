"""What staff can do on the page of a request: each is a POST of its own that calls one action."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.actions import review
from accounts.admin.case import UNDECIDED, cases, context_of
from accounts.evidence import score_against
from accounts.forms.staff import (
    DeclineForm,
    GroupSearchForm,
    LinkForm,
    NoteForm,
    QuestionForm,
    VersionedForm,
)
from accounts.match_score import FREE_DOMAINS, domain_of
from accounts.models import RegistrationRequest, User
from accounts.staff_roles import REVIEW
from groups.models import EmployerGroup

DETAIL = "admin:accounts_registrationrequest_change"
MOST_RESULTS = 20
PROMOTE = "promote"
State = RegistrationRequest.State


@dataclass(frozen=True)
class Decision:
    """A button of the page: the form it sends, the action it calls, and what is said when it is done."""

    form: Callable[..., forms.Form]
    act: Callable[..., Any]
    done: Callable[[Any], str]


def _approved(result: RegistrationRequest) -> str:
    if result.state == State.APPROVED:
        return _("Approved. The Access Key goes to the applicant by email.")
    if result.state == State.COMPLETED:
        return _("Approved and activated. The applicant is told by email and just signs in.")
    return _("Your approval is noted. A second person must approve before the key goes out.")


DECISIONS: dict[str, Decision] = {
    "take": Decision(
        VersionedForm, review.take_request, lambda _result: _("The request is yours.")
    ),
    "approve": Decision(VersionedForm, review.approve_request, _approved),
    "ask": Decision(
        QuestionForm,
        review.ask_for_information,
        lambda _result: _("Asked. The applicant gets an email and answers on the status page."),
    ),
    "decline": Decision(
        DeclineForm,
        review.decline_request,
        lambda _result: _("Declined. The applicant gets an email and reads the reason there."),
    ),
    "note": Decision(NoteForm, review.add_note, lambda _result: _("Note added.")),
    PROMOTE: Decision(
        VersionedForm,
        review.promote_repeat,
        lambda _result: _("In the queue. The promise starts now."),
    ),
    "reissue": Decision(
        VersionedForm,
        review.reissue_code,
        lambda _result: _("A new Access Key goes out by email. The older one is dead."),
    ),
}


def detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one request."""
    case = get_object_or_404(cases(), number=number)
    return _page(request, case)


def decide(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """Do what the button says; an error comes back on the page as it is now, with everything typed."""
    if request.method != "POST":
        return redirect(DETAIL, number)
    case, decision = _case_to_work_on(request, number, repeats=key == PROMOTE), DECISIONS[key]
    form = decision.form(request.POST, auto_id=f"{key}_%s")
    result = _try(form, decision.act, case, request)
    if result is None:
        return _page(request, get_object_or_404(cases(), number=number), {key: form})
    messages.success(request, decision.done(result))
    return redirect(DETAIL, number)


def link(request: HttpRequest, number: str) -> HttpResponse:
    """Find the group the applicant means and link the request to it; each result shows its match score."""
    case = _case_to_work_on(request, number)
    form = LinkForm(request.POST) if request.method == "POST" else None
    if form is not None:
        linked = _try(form, review.link_to_group, case, request)
        if linked is not None:
            message = _("Linked to %(group)s. Look at the evidence again.")
            messages.success(request, message % {"group": linked.group})
            return redirect(DETAIL, number)
        case = get_object_or_404(cases(), number=number)
    search = GroupSearchForm(request.GET)
    found = search.apply(EmployerGroup.objects.all())
    context = {
        "case": case,
        "problem": form,
        "search": search,
        "searched": bool(request.GET.get("q", "").strip()),
        "results": _with_scores(case, found),
        "suggestions": [] if request.GET.get("q") else _with_scores(case, _similar(case)),
        "open": case.state in UNDECIDED,
    }
    return render(request, "admin/accounts/registrationrequest/link.html", context)


def _page(
    request: HttpRequest, case: RegistrationRequest, bound: dict[str, forms.Form] | None = None
) -> HttpResponse:
    context = context_of(request, case, bound)
    return render(request, "admin/accounts/registrationrequest/change_form.html", context)


def _case_to_work_on(
    request: HttpRequest, number: str, *, repeats: bool = False
) -> RegistrationRequest:
    """Return the request; refuse whoever may only look. Nobody works on *repeats*, save to promote one."""
    if not request.user.has_perm(REVIEW):
        raise PermissionDenied
    wanted = cases() if repeats else cases().filter(repeat_of=None)
    return get_object_or_404(wanted, number=number)


def _try(
    form: forms.Form, act: Callable[..., Any], case: RegistrationRequest, request: HttpRequest
) -> Any:
    """Call the action with what the form holds; return its result, or None with the errors in the form."""
    if not form.is_valid():
        return None
    user: User = request.user  # type: ignore[assignment]
    try:
        return act(case, **_arguments(form), by=user)
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _arguments(form: forms.Form) -> dict[str, Any]:
    """Return the cleaned data by the names of the action's arguments."""
    unlike = {"because", "text"} if isinstance(form, DeclineForm) else set()
    return {name: value for name, value in form.cleaned_data.items() if name not in unlike}


def _with_scores(
    case: RegistrationRequest, groups: QuerySet[EmployerGroup]
) -> list[tuple[EmployerGroup, int]]:
    """Return *groups* with the score the request would have against each, best first; three statements."""
    found = groups.prefetch_related("contact_set", "units")[:MOST_RESULTS]
    scored = [(group, score_against(case, group).points) for group in found]
    return sorted(scored, key=lambda pair: -pair[1])


def _similar(case: RegistrationRequest) -> QuerySet[EmployerGroup]:
    """Return groups the applicant may mean; a domain anybody can have says nothing."""
    domain = domain_of(case.email)
    return EmployerGroup.objects.like(
        fein=case.fein,
        domain="" if domain in FREE_DOMAINS else domain,
        name=case.company_legal_name,
    )
