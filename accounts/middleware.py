"""What every request of a signed-in person passes: the idle limit, then the current terms."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import next_page
from accounts.models import TermsAcceptance, User
from accounts.sessions import sign_out, still_active

GetResponse = Callable[[HttpRequest], HttpResponse]
SIGNED_OUT_BECAUSE = "signed_out_because"
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
        if not request.user.is_authenticated or still_active(request, timezone.now()):
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
