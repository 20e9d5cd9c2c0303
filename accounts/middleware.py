"""What every request of a signed-in person passes: the idle limit, then the current terms."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import TermsAcceptance

GetResponse = Callable[[HttpRequest], HttpResponse]
SIGNED_OUT_BECAUSE = "signed_out_because"
TERMS_ACCEPTED = "terms_accepted"
# The ways out stay open to a person who does not accept the terms.
TERMS_EXEMPT = {"accounts:accept_terms", "accounts:extend_session", "account_logout"}


class IdleSignOut:
    """Sign out a person whose last request lies ``IDLE_SIGN_OUT_SECONDS`` or more in the past.

    The time of the last request stands in the list of sessions. It is compared and renewed by one
    statement, so that the limit is exact to the second in every tab, and nothing else tracks activity.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leave the work to process_view, which knows whether the page needs a person at all."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """End an idle session: a public page is then shown to a visitor, any other leads to sign-in."""
        if not request.user.is_authenticated or _still_active(request, timezone.now()):
            return None
        logout(request)
        request.session[SIGNED_OUT_BECAUSE] = "idle"
        if _view_name(request) == "account_logout":
            return HttpResponseRedirect(resolve_url("accounts:session_ended"))
        if not getattr(view, "login_required", True):
            return None
        return _redirect_with_next("accounts:sign_in", _page_to_return_to(request))


def _still_active(request: HttpRequest, now: datetime) -> bool:
    """Renew the time of the last request; False when the limit had passed (the limit itself included)."""
    mine = UserSession.objects.filter(session_key=request.session.session_key)
    limit = now - timedelta(seconds=settings.IDLE_SIGN_OUT_SECONDS)
    if mine.filter(last_seen_at__gt=limit).update(last_seen_at=now):
        return True
    if mine.exists():
        return False
    UserSession.objects.create_from_request(
        request
    )  # signed in by other means than allauth's pages
    return True


class CurrentTerms:
    """Ask a signed-in person to accept the terms whose version is in force, before anything else.

    The answer is kept in the session. Staff work under their own contract and are not asked.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leave the work to process_view, which knows the page."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Lead to the terms, unless they are accepted or the page is public or a way out."""
        if not request.user.is_authenticated or request.user.is_staff or _accepted(request):
            return None
        if not getattr(view, "login_required", True) or _view_name(request) in TERMS_EXEMPT:
            return None
        return _redirect_with_next("accounts:accept_terms", _page_to_return_to(request))


def _accepted(request: HttpRequest) -> bool:
    if request.session.get(TERMS_ACCEPTED) == settings.TERMS_VERSION:
        return True
    if TermsAcceptance.objects.filter(
        user_id=request.user.pk, version=settings.TERMS_VERSION
    ).exists():
        request.session[TERMS_ACCEPTED] = settings.TERMS_VERSION
        return True
    return False


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _page_to_return_to(request: HttpRequest) -> str:
    """Return the page the person was on: the address asked for, or for anything but a plain GET the one before."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, request.is_secure()):
        return ""
    parts = urlsplit(before)
    return parts._replace(scheme="", netloc="", fragment="").geturl()


def _redirect_with_next(to: str, page: str) -> HttpResponse:
    url = resolve_url(to)
    if page:
        query = QueryDict(mutable=True)
        query["next"] = page
        url = f"{url}?{query.urlencode(safe='/')}"
    return HttpResponseRedirect(url)
