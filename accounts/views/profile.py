"""The pages of a person's own account."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import next_page
from accounts import sessions as open_sessions
from accounts.actions import profile as actions
from accounts.browsers import describe
from accounts.forms.profile import ProfileForm, SealForm, TermsForm
from accounts.middleware import TERMS_ACCEPTED
from accounts.models import SignInSeal, User
from accounts.seals import SEALS
from portal.models import AuditEvent
from portal.tenancy import carrier_scope

EVENTS_SHOWN = 12
EVENT_WORDS = {
    "accounts.signed_in": gettext_lazy("Signed in"),
    "accounts.signed_out": gettext_lazy("Signed out"),
    "accounts.sign_in_failed": gettext_lazy("Wrong password"),
    "accounts.sign_in_locked": gettext_lazy("Too many tries, refused for 5 minutes"),
    "accounts.code_refused": gettext_lazy("Wrong code"),
    "accounts.sessions_ended": gettext_lazy("Signed out on other devices"),
    "accounts.password_changed": gettext_lazy("Password changed"),
    "accounts.seal_changed": gettext_lazy("Sign-in Seal changed"),
    "accounts.email_changed": gettext_lazy("Email address changed"),
    "accounts.second_step_changed": gettext_lazy("Two-step verification changed"),
    "accounts.user_name_requested": gettext_lazy("Forgotten user name sent by email"),
}


class PersonRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User


@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """Show and change one's own particulars."""
    if request.method == "POST":
        form = ProfileForm(request.POST)
        if form.is_valid():
            actions.edit_profile(request.user, **form.cleaned_data, by=request.user)
            messages.success(request, _("Your profile is saved."))
            return redirect("accounts:profile")
    else:
        form = ProfileForm(
            initial={field: getattr(request.user, field) for field in actions.PROFILE_FIELDS}
        )
    return render(request, "accounts/profile.html", {"form": form, "current": "profile"})


@require_http_methods(["GET", "POST"])
@reauthentication_required(app="allauth.account")
def edit_seal(request: PersonRequest) -> HttpResponse:
    """Choose another seal; the password was asked for again before."""
    own = SignInSeal.objects.filter(user=request.user).first()
    initial = {"picture": own.picture, "phrase": own.phrase} if own else {}
    form = SealForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        actions.choose_seal(request.user, **form.cleaned_data, by=request.user)
        messages.success(request, _("Your Sign-in Seal is changed."))
        return redirect("accounts:edit_seal")
    context = {
        "form": form,
        "seal": SEALS.get(own.picture) if own else None,
        "phrase": own.phrase if own else "",
        "current": "seal",
    }
    return render(request, "accounts/edit_seal.html", context)


@require_http_methods(["GET", "POST"])
def accept_terms(request: PersonRequest) -> HttpResponse:
    """Ask for agreement to the terms in force, then go on to where the person was going."""
    page = next_page.wanted(request)
    form = TermsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.accept_terms(request.user, version=settings.TERMS_VERSION, by=request.user)
        request.session[TERMS_ACCEPTED] = settings.TERMS_VERSION
        return redirect(page or settings.LOGIN_REDIRECT_URL)
    context = {"form": form, "next_page": page, "version": settings.TERMS_VERSION}
    return render(request, "accounts/accept_terms.html", context)


@require_GET
def sessions(request: PersonRequest) -> HttpResponse:
    """List where one is signed in, and what happened at sign-in lately."""
    rows = [
        {
            "browser": describe(session.user_agent),
            "session": session,
            "here": session.session_key == request.session.session_key,
        }
        for session in open_sessions.still_open(request.user, timezone.now())
    ]
    with carrier_scope():  # events of signing in belong to no group
        events = list(
            AuditEvent.objects.filter(
                target_type="accounts.user", target_key=str(request.user.pk), kind__in=EVENT_WORDS
            )[:EVENTS_SHOWN]
        )
    activity = [
        {"at": event.at, "words": EVENT_WORDS[event.kind], "browser": describe(event.user_agent)}
        for event in events
    ]
    return render(
        request,
        "accounts/sessions.html",
        {"rows": rows, "activity": activity, "current": "sessions"},
    )


@require_POST
def end_sessions(request: PersonRequest) -> HttpResponse:
    """Sign out one session, all others, or everywhere; ``which`` is a number, "others" or "all"."""
    which = request.POST.get("which", "")
    chosen = _chosen(request, which)
    ended = actions.end_sessions(request.user, session_keys=chosen, by=request.user)
    if which == "all":
        open_sessions.sign_out(request, note="everywhere")
        return redirect("accounts:session_ended")
    if ended:
        messages.success(
            request, _("Signed out there. The next click on that device leads to the sign-in page.")
        )
    return redirect("accounts:sessions")


def _chosen(request: PersonRequest, which: str) -> list[str]:
    """Return the keys of the person's sessions that *which* means; never the one of this request."""
    mine = open_sessions.of(request.user).exclude(session_key=request.session.session_key)
    if which not in {"all", "others"}:
        mine = mine.filter(pk=int(which)) if which.isdecimal() and len(which) < 19 else mine.none()
    return list(mine.values_list("session_key", flat=True))
