"""*Yes, I have an Access Key*: enter it, see what it opens, make the account; or redeem it while signed in.

Invited people name their e-mail address instead of the group (``invited``); all else is the same for them.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import guessing
from accounts.actions import accounts as account_actions
from accounts.actions import codes as actions
from accounts.forms.codes import AccessCodeForm, AccessKeyForm, AccountForm
from accounts.given import as_sentence, words_of
from accounts.models import AccessCode, Grant, RegistrationRequest, User
from accounts.progress import mask_email
from accounts.seals import SEALS
from accounts.visit import ACCOUNT, CODE, GROUP, INVITED, fingerprint, forget
from groups.access import across_groups
from groups.models import EmployerGroup
from portal import htmx
from portal.tenancy import on_behalf_of_carrier

STEPS = [
    gettext_lazy("Access Key"),
    gettext_lazy("Your account"),
    gettext_lazy("Review and submit"),
]
INVITED_STEPS = [gettext_lazy("Access code"), *STEPS[1:]]


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def enter_key(request: HttpRequest) -> HttpResponse:
    """Take group and key; a good key leads to the review, any other is refused in words of its own."""
    group = request.session.get(GROUP)
    if not group:
        return redirect("accounts:register")
    form = AccessKeyForm(request.POST or None)
    if form.is_valid():
        meant = EmployerGroup.objects.identified_by(
            group["identified_by"], group["identifier"]
        ).first()
        try:
            code = _try_key(request, form, meant)
        except ValidationError as error:
            form.add_error("access_key", error)
        else:
            keep_code(request, code, invited=False)
            return redirect("accounts:review_key")
    context = {"form": form, "group": group, "steps": STEPS}
    return htmx.render(request, "accounts/enter_key.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def review_key(request: HttpRequest) -> HttpResponse:
    """Show what the key opens; the second Submit goes on to the account, new or existing."""
    code = _code_in_session(request)
    if code is None:
        return redirect(way_back(request))
    holder = User.objects.filter(email__iexact=code.email).first()
    is_closed = holder is not None and not holder.is_active
    if request.method == "POST" and not is_closed:
        return redirect("accounts:redeem_code" if holder else "accounts:create_account")
    context = {
        "code": code,
        "email": mask_email(code.email),
        "has_account": holder is not None,
        "is_closed": is_closed,
        "words": words_of(code.grant),
        "way_back": way_back(request),
        "invited": request.session.get(INVITED),
        "steps": _steps(request),
    }
    return htmx.render(request, "accounts/review_key.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def create_account(request: HttpRequest) -> HttpResponse:
    """Take user name, password, Sign-in Seal and name; only a hash of the password waits for the review."""
    code = _code_in_session(request)
    if code is None:
        return redirect(way_back(request))
    form = AccountForm(request.POST or None, initial=_known_of(request, code), email=code.email)
    if form.is_valid():
        typed = dict(form.cleaned_data)
        for name in ("password_again", "terms"):
            del typed[name]
        request.session[ACCOUNT] = {**typed, "password": make_password(typed["password"])}
        return redirect("accounts:review_account")
    context = {
        "form": form,
        "code": code,
        "email": mask_email(code.email),
        "invited": request.session.get(INVITED),
        "steps": _steps(request),
    }
    return htmx.render(request, "accounts/create_account.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
@on_behalf_of_carrier
def review_account(request: HttpRequest) -> HttpResponse:
    """Verify your information, then make the account, redeem the key and sign in."""
    code, account = _code_in_session(request), request.session.get(ACCOUNT)
    if code is None or account is None or "region" not in account:
        return redirect("accounts:create_account")
    shown, problem = fingerprint({**account, "code": code.pk}), ""
    if request.POST.get("shown", shown) != shown:
        problem = _("You changed something in another tab. This is what you would send now.")
    elif request.method == "POST":
        try:
            user = account_actions.create_account(code, **_arguments(account), by=None)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            # The session forgets what was typed, and ends with the browser like any other (accounts.adapter).
            get_adapter(request).login(request, user)
            request.session.set_expiry(0)
            return redirect("accounts:registered")
    context = {
        "account": account,
        "region": dict(settings.REGIONS)[account["region"]],
        "seal": SEALS[account["picture"]],
        "code": code,
        "email": mask_email(code.email),
        "problem": problem,
        "shown": shown,
        "steps": _steps(request),
    }
    return htmx.render(request, "accounts/review_account.html", context)


@require_GET
@across_groups
def registered(request: HttpRequest) -> HttpResponse:
    """Say that the account stands and the address is confirmed; continue to Manage User Accounts."""
    grant = _newest_grant(request.user)
    if grant is None:
        return redirect("accounts:landing")
    by_code = grant.source == Grant.Source.DELEGATION  # colleagues send codes, we send keys
    entered = (
        _("You entered the code we sent there.")
        if by_code
        else _("You entered the key we sent there.")
    )
    done = [
        {"title": title, "text": text, "state": "done"}
        for title, text in (
            (_("Email address confirmed"), entered),
            (
                _("Access code used") if by_code else _("Access Key used"),
                _("It opens nothing any more."),
            ),
            (_("Sign-in Seal chosen"), _("You see it each time before you enter your password.")),
        )
    ]
    context = {"grant": grant, "words": words_of(grant), "done": done}
    return htmx.render(request, "accounts/registered.html", context)


@require_http_methods(["GET", "POST"])
@on_behalf_of_carrier
def redeem_code(request: HttpRequest) -> HttpResponse:
    """*Enter your access code*, for people who have an account."""
    form = AccessCodeForm(request.POST or None)
    if form.is_valid():
        user: User = request.user  # type: ignore[assignment]
        try:
            guessing.refuse_hasty_keys(request)
            code = actions.find_code_for_person(form.cleaned_data["access_key"])
            grant = actions.redeem_code(code, user=user, by=user)
        except ValidationError as error:
            if error.code == "unknown":
                count_wrong(request, None, email=user.email)
            elif error.code == "other_email":
                guessing.count_wrong_key(request)
            form.add_error("access_key", error)
        else:
            messages.success(request, f"{_('Your access code is accepted.')} {as_sentence(grant)}")
            return htmx.redirect(request, "group_home", grant.group.slug)
    return htmx.render(request, "accounts/redeem_code.html", {"form": form})


def keep_code(request: HttpRequest, code: AccessCode, *, invited: bool) -> None:
    """Remember the code the visitor proved to hold, and which page led here; drop what was typed for another."""
    if request.session.get(CODE) != code.pk:
        forget(request.session, ACCOUNT)
    request.session[CODE], request.session[INVITED] = code.pk, invited


def count_wrong(request: HttpRequest, group: EmployerGroup | None, *, email: str = "") -> None:
    """Count a wrong key against this visitor, and against every open code of *group* or of *email*."""
    guessing.count_wrong_key(request)
    actions.count_wrong_try(group, email=email)


def way_back(request: HttpRequest) -> str:
    """Return the name of the page on which this visitor enters the key."""
    return "accounts:invited" if request.session.get(INVITED) else "accounts:enter_key"


def _steps(request: HttpRequest) -> list[Any]:
    return INVITED_STEPS if request.session.get(INVITED) else STEPS


def _try_key(request: HttpRequest, form: AccessKeyForm, group: EmployerGroup | None) -> AccessCode:
    """Find the code, slowing down and locking on wrong tries; raises ValidationError."""
    guessing.refuse_hasty_keys(request)
    try:
        return actions.find_code(group, form.cleaned_data["access_key"])
    except ValidationError as error:
        if error.code == "unknown":
            count_wrong(request, group)
        raise


def _code_in_session(request: HttpRequest) -> AccessCode | None:
    """Return the code the visitor proved to hold, as long as it is open; the database is asked each time."""
    code = (
        AccessCode.objects.select_related("group", "grant")
        .filter(pk=request.session.get(CODE, 0))
        .first()
    )
    try:
        return actions.require_open(code)
    except ValidationError as error:
        if code is not None:
            messages.error(request, " ".join(error.messages))
            forget(request.session, CODE)
        return None


def _known_of(request: HttpRequest, code: AccessCode) -> dict[str, Any]:
    """Return what fills the form at first: what was typed before, else what the request or the invitation said."""
    if account := request.session.get(ACCOUNT):
        return {name: value for name, value in account.items() if name != "password"}
    grant, region = code.grant, request.COOKIES.get("region", "")
    asked = RegistrationRequest.objects.filter(grant=grant).first()
    if asked is None:
        company = grant.agency.name if grant.agency else code.group.name
        return {
            "first_name": grant.first_name,
            "last_name": grant.last_name,
            "company": company,
            "region": region or code.group.region,
        }
    names = ("first_name", "middle_initial", "last_name", "title", "phone", "region")
    company = asked.agency or asked.company_legal_name
    return {"company": company, **{name: getattr(asked, name) for name in names}}


def _arguments(account: dict[str, Any]) -> dict[str, Any]:
    return {
        ("password_hash" if name == "password" else name): value for name, value in account.items()
    }


def _newest_grant(user: AbstractBaseUser | AnonymousUser) -> Grant | None:
    return Grant.objects.active_of(user).order_by("-activated_at").first()
