"""*Yes, I have an Access Key*: enter it, see what it opens, make the account; or redeem it while signed in."""

from typing import Any

from allauth.account.adapter import get_adapter
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

from accounts.actions import accounts as account_actions
from accounts.actions import codes as actions
from accounts.forms.codes import AccessKeyForm, AccountForm
from accounts.models import AccessCode, Grant, RegistrationRequest, User
from accounts.progress import mask_email
from accounts.seals import SEALS
from accounts.visit import ACCOUNT, CODE, GROUP, fingerprint, forget
from groups.models import EmployerGroup
from portal import htmx, throttle
from portal.request_info import client_ip

STEPS = [
    gettext_lazy("Access Key"),
    gettext_lazy("Your account"),
    gettext_lazy("Review and submit"),
]
WRONG_KEYS, WINDOW = 10, 900  # tries per address and per visitor in 15 minutes


@require_http_methods(["GET", "POST"])
@login_not_required
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
            request.session[CODE] = code.pk
            return redirect("accounts:review_key")
    context = {"form": form, "group": group, "steps": STEPS}
    return htmx.render(request, "accounts/enter_key.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
def review_key(request: HttpRequest) -> HttpResponse:
    """Show what the key opens; the second Submit goes on to the account, new or existing."""
    code = _code_in_session(request)
    if code is None:
        return redirect("accounts:enter_key")
    has_account = User.objects.filter(email__iexact=code.email).exists()
    if request.method == "POST":
        return redirect("accounts:redeem_code" if has_account else "accounts:create_account")
    context = {
        "code": code,
        "email": mask_email(code.email),
        "has_account": has_account,
        "steps": STEPS,
    }
    return htmx.render(request, "accounts/review_key.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
def create_account(request: HttpRequest) -> HttpResponse:
    """Take user name, password, Sign-in Seal and name; only a hash of the password waits for the review."""
    code = _code_in_session(request)
    if code is None:
        return redirect("accounts:enter_key")
    form = AccountForm(request.POST or None, initial=_known_of(request, code), email=code.email)
    if form.is_valid():
        typed = dict(form.cleaned_data)
        for name in ("password_again", "terms"):
            del typed[name]
        request.session[ACCOUNT] = {**typed, "password": make_password(typed["password"])}
        return redirect("accounts:review_account")
    context = {"form": form, "email": mask_email(code.email), "steps": STEPS}
    return htmx.render(request, "accounts/create_account.html", context)


@require_http_methods(["GET", "POST"])
@login_not_required
def review_account(request: HttpRequest) -> HttpResponse:
    """Verify your information, then make the account, redeem the key and sign in."""
    code, account = _code_in_session(request), request.session.get(ACCOUNT)
    if code is None or account is None:
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
        "seal": SEALS[account["picture"]],
        "code": code,
        "email": mask_email(code.email),
        "problem": problem,
        "shown": shown,
        "steps": STEPS,
    }
    return htmx.render(request, "accounts/review_account.html", context)


@require_GET
def registered(request: HttpRequest) -> HttpResponse:
    """Say that the account stands and the address is confirmed; continue to Manage User Accounts."""
    grant = _newest_grant(request.user)
    if grant is None:
        return redirect("accounts:landing")
    done = [
        {"title": title, "text": text, "state": "done"}
        for title, text in (
            (_("Email address confirmed"), _("You entered the key we sent there.")),
            (_("Access Key used"), _("It opens nothing any more.")),
            (_("Sign-in Seal chosen"), _("You see it each time before you enter your password.")),
        )
    ]
    return htmx.render(request, "accounts/registered.html", {"grant": grant, "done": done})


@require_http_methods(["GET", "POST"])
def redeem_code(request: HttpRequest) -> HttpResponse:
    """*Enter your access code*, for people who have an account."""
    form = AccessKeyForm(request.POST or None)
    if form.is_valid():
        user: User = request.user  # type: ignore[assignment]
        try:
            _refuse_hasty(request)
            code = actions.find_code_for_person(form.cleaned_data["access_key"])
            grant = actions.redeem_code(code, user=user, by=user)
        except ValidationError as error:
            if error.code == "unknown":
                _count_wrong(request, None, email=user.email)
            elif error.code == "other_email":
                _slow_down(request)
            form.add_error("access_key", error)
        else:
            messages.success(
                request, _("Access Key accepted. You now look after %s.") % grant.group.name
            )
            return htmx.redirect(request, "groups:home", grant.group.slug)
    return htmx.render(request, "accounts/redeem_code.html", {"form": form})


def _try_key(request: HttpRequest, form: AccessKeyForm, group: EmployerGroup | None) -> AccessCode:
    """Find the code, slowing down and locking on wrong tries; raises ValidationError."""
    _refuse_hasty(request)
    try:
        return actions.find_code(group, form.cleaned_data["access_key"])
    except ValidationError as error:
        if error.code == "unknown":
            _count_wrong(request, group)
        raise


def _refuse_hasty(request: HttpRequest) -> None:
    throttle.refuse_if_full("access-key", *_who(request), tries=WRONG_KEYS, seconds=WINDOW)


def _count_wrong(request: HttpRequest, group: EmployerGroup | None, *, email: str = "") -> None:
    _slow_down(request)
    actions.count_wrong_try(group, email=email)


def _slow_down(request: HttpRequest) -> None:
    for who in _who(request):
        throttle.hit("access-key", who, seconds=WINDOW)


def _who(request: HttpRequest) -> tuple[str, str]:
    return client_ip(request), f"session:{request.session.session_key}"


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
    """Return what fills the form at first: what was typed before, else what the request said."""
    if account := request.session.get(ACCOUNT):
        return {name: value for name, value in account.items() if name != "password"}
    known = RegistrationRequest.objects.filter(grant=code.grant).first()
    names = ("first_name", "middle_initial", "last_name", "title", "phone")
    return {name: getattr(known, name) for name in names} if known else {}


def _arguments(account: dict[str, Any]) -> dict[str, Any]:
    return {
        ("password_hash" if name == "password" else name): value for name, value in account.items()
    }


def _newest_grant(user: AbstractBaseUser | AnonymousUser) -> Grant | None:
    return Grant.objects.active_of(user).order_by("-activated_at").first()
