"""The way in and out: user name, seal and password, the codes, forgotten names, and what stands at the end."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import next_page
from accounts.actions import profile as actions
from accounts.forms.sign_in import ForgotUserNameForm, PasswordForm, UserNameForm
from accounts.middleware import SIGNED_OUT_BECAUSE
from accounts.models import SignInSeal
from accounts.seals import SEALS, Seal, made_up_seal
from portal import remembered
from portal.request_info import client_ip
from portal.throttle import limit

STARTED = "sign_in"
CODE_OVER = "code_over"  # said once: it is about what was typed a moment ago
HOUR = 3600


@require_http_methods(["GET", "POST"])
@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """Step 1: the user name. It is not looked up here, so there is nothing to tell."""
    page = next_page.wanted(request)
    if request.user.is_authenticated:
        return redirect(page or settings.LOGIN_REDIRECT_URL)
    form = UserNameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        limit("sign_in", client_ip(request), tries=30, seconds=60)
        request.session[STARTED] = {"login": form.cleaned_data["login"], "next": page}
        return redirect("accounts:seal")
    # Until somebody signs in, so that each tab is told; the adapter forgets it then.
    because = request.session.get(SIGNED_OUT_BECAUSE, "")
    if because == CODE_OVER:
        del request.session[SIGNED_OUT_BECAUSE]
    context = {"form": form, "next_page": page, "because": because}
    return remembered.render(request, "accounts/sign_in.html", lambda: context, vary=because)


@require_http_methods(["GET", "POST"])
@login_not_required
@sensitive_post_parameters("password")
@rate_limit(action="login")
def seal(request: HttpRequest) -> HttpResponse:
    """Step 2: the seal of that name, and the password, which goes through allauth."""
    started = request.session.get(STARTED)
    if request.user.is_authenticated or not started:
        return redirect("accounts:sign_in")
    if request.method == "POST":
        form = PasswordForm(request.POST, request=request, typed=started["login"])
        if form.is_valid():
            del request.session[STARTED]
            response: HttpResponse = form.login(request, redirect_url=started["next"] or None)
            return response
        picture, phrase = shown_seal(started["login"])
        context = {"form": form, "seal": picture, "phrase": phrase, **started}
        return render(request, "accounts/seal.html", context)
    return _seal_page(request, **started)


def _seal_page(request: HttpRequest, *, login: str, next: str) -> HttpResponse:  # noqa: A002 - as in the session
    """Show the seal and an empty form; the page differs by picture, and holds name and phrase as its holes."""
    picture, phrase = shown_seal(login)

    def context() -> dict[str, Any]:
        form = PasswordForm(request=request, typed=login)
        return {"form": form, "seal": picture, "next": next}

    fill = {"login": login, "phrase": phrase}
    if next:  # one of thousands
        return render(request, "accounts/seal.html", {**context(), **fill})
    return remembered.render(request, "accounts/seal.html", context, fill=fill, vary=picture.key)


def shown_seal(login: str) -> tuple[Seal, str]:
    """Return the seal of the account with this user name or e-mail address, else one made up.

    The same work for every name: one statement, one made-up seal.
    """
    invented = made_up_seal(login, settings.SECRET_KEY.encode())
    own = SignInSeal.objects.shown_for(login)
    if own is None or own[0] not in SEALS:
        return invented
    picture, phrase = own
    return SEALS[picture], phrase


@login_not_required
def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead from allauth's address of the sign-in page to ours."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(resolve_url("accounts:sign_in") + (f"?{query}" if query else ""))


def _tell_when_over(view: Callable[..., Any], pending: str) -> Callable[..., HttpResponse]:
    """Wrap one of allauth's code pages, so that a code that is too old says so on the sign-in page.

    *pending* is the key in the session that stands while a code is awaited.
    """

    @wraps(view)
    def told(request: HttpRequest) -> HttpResponse:
        waited = pending in request.session
        response: HttpResponse = view(request)
        over = isinstance(response, HttpResponseRedirect) and response.url == resolve_url(
            "account_login"
        )
        if waited and over and not getattr(get_messages(request), "added_new", False):
            request.session[SIGNED_OUT_BECAUSE] = CODE_OVER
        return response

    return login_not_required(told)


confirm_login_code = _tell_when_over(allauth_views.confirm_login_code, LOGIN_SESSION_KEY)
confirm_reset_code = _tell_when_over(
    allauth_views.confirm_password_reset_code, PASSWORD_RESET_VERIFICATION_SESSION_KEY
)


@require_http_methods(["GET", "POST"])
@login_not_required
def forgot_username(request: HttpRequest) -> HttpResponse:
    """Ask for the address that the user name is mailed to; the answer is the same for every address."""
    form = ForgotUserNameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        limit("forgot_username", client_ip(request), tries=10, seconds=HOUR)
        limit("forgot_username_to", email.lower(), tries=3, seconds=HOUR)
        actions.send_user_name(email, by=None)
        return redirect("accounts:username_sent")
    return render(request, "accounts/forgot_username.html", {"form": form})


@require_GET
@login_not_required
def username_sent(request: HttpRequest) -> HttpResponse:
    """Say what was done, in words that fit whether there is an account or not."""
    return render(request, "accounts/forgot_username_sent.html")


@require_POST
def extend_session(request: HttpRequest) -> HttpResponse:
    """Keep the session alive; the request itself has done it (``IdleSignOut``).

    204 for scripts; without them back to the page with the form.
    """
    if request.headers.get("X-Requested-With") or request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(next_page.wanted(request) or settings.LOGIN_REDIRECT_URL)


@require_GET
@login_not_required
def session_ended(request: HttpRequest) -> HttpResponse:
    """Say that the person is signed out, and why when they did not ask for it."""
    because = request.session.pop(SIGNED_OUT_BECAUSE, "")
    context = {"because": because, "next_page": next_page.wanted(request)}
    return render(request, "accounts/session_ended.html", context)


def slow_down(request: HttpRequest) -> HttpResponse:
    """429 of allauth's own limits, in our look. They count by the minute."""
    response = render(request, "429.html", {"minutes": 1}, status=429)
    response["Retry-After"] = "60"
    return response
