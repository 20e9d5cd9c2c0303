"""What every request of a signed-in person passes: the idle limit, then the current terms."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import next_page
from accounts.models import EndedSession, TermsAcceptance, User
from accounts.sessions import sign_out, still_active, why_ended

GetResponse = Callable[[HttpRequest], HttpResponse]
SIGNED_OUT_BECAUSE = "signed_out_because"
LOST_ACCESS = {
    EndedSession.Reason.ACCESS_REMOVED,
    EndedSession.Reason.ACCESS_SUSPENDED,
    EndedSession.Reason.CARRIER_REMOVED,
    EndedSession.Reason.CARRIER_STOPPED,
}
TERMS_ACCEPTED = "terms_accepted"
# The ways out stay open to a person who does not accept the terms.
TERMS_EXEMPT = {"accounts:accept_terms", "accounts:extend_session", "account_logout"}


class IdleSignOut:
    """Sign out a person whose last request lies ``IDLE_SIGN_OUT_SECONDS`` or more in the past.

    Without scripts too: the warning in the browser is a courtesy, this is the rule.
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
        public = not getattr(view, "login_required", True)
        if public and getattr(request, "htmx", False):
            return None  # a page that refreshes itself is nobody at work
        if not request.user.is_authenticated:
            if not public:
                return _explain(request) or _lead_back(request)
            _remember_why(request)
            return None
        if still_active(request, timezone.now()):
            return None
        sign_out(request, note="idle")
        request.session[SIGNED_OUT_BECAUSE] = "idle"
        if _view_name(request) == "account_logout":
            return next_page.redirect_with_next(
                "accounts:session_ended", next_page.interrupted(request)
            )
        if public:
            return None
        return next_page.redirect_with_next("accounts:sign_in", next_page.interrupted(request))


def _explain(request: HttpRequest) -> HttpResponse | None:
    """Lead a browser whose session somebody ended to sign-in, where it is told why."""
    reason = why_ended(request)
    if not reason:
        return None
    request.session[SIGNED_OUT_BECAUSE] = reason
    # The page before may be the one they have lost: signing in again must not end on "not found".
    page = "" if reason in LOST_ACCESS else next_page.interrupted(request)
    return next_page.redirect_with_next("accounts:sign_in", page)


def _lead_back(request: HttpRequest) -> HttpResponse | None:
    """Lead a browser that lost its session to sign-in and, after it, to the page with the form it has just sent.

    None for a plain page, which is its own way back: Django's middleware leads to sign-in then. A second tab of
    somebody who lost access is not led back to what they have lost.
    """
    if request.session.get(SIGNED_OUT_BECAUSE) in LOST_ACCESS:
        return next_page.redirect_with_next("accounts:sign_in", "")
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return None
    return next_page.redirect_with_next("accounts:sign_in", next_page.interrupted(request))


def _remember_why(request: HttpRequest) -> None:
    """Keep why somebody ended the session, as long as the browser names it: after this page it does not any more."""
    named = settings.SESSION_COOKIE_NAME in request.COOKIES
    if named and request.session.session_key is None and (reason := why_ended(request)):
        request.session[SIGNED_OUT_BECAUSE] = reason


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
        return next_page.redirect_with_next("accounts:accept_terms", next_page.interrupted(request))


def _accepted(request: HttpRequest) -> bool:
    if request.session.get(TERMS_ACCEPTED) == settings.TERMS_VERSION:
        return True
    given = TermsAcceptance.objects.filter(version=settings.TERMS_VERSION)
    if given.filter(user_id=cast("User", request.user).pk).exists():
        request.session[TERMS_ACCEPTED] = settings.TERMS_VERSION
        return True
    return False


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
