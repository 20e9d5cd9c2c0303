"""Pages everybody may read: tour, help, legal pages, and the choices a browser keeps (cookies, region)."""

from datetime import time
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import OLD_ROLES, VIEWER
from portal import cookies, help_topics
from portal.help_topics import Topic
from portal.own_pages import is_own_path

ACCEPT, REJECT = "all", "necessary"
RETURN_FIELD = "next"


@require_safe
@login_not_required
def tour(request: HttpRequest) -> HttpResponse:
    """Walk a newcomer through the portal in six pictures."""
    return render(request, "portal/tour.html")


@require_safe
@login_not_required
def help_index(request: HttpRequest) -> HttpResponse:
    """List the help topics under their headings."""
    return render(request, "portal/help.html", {"sections": help_topics.by_audience()})


@require_safe
@login_not_required
def help_topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one help topic, or 404."""
    topic = help_topics.BY_SLUG.get(slug)
    if topic is None:
        raise Http404
    return render(request, topic.template, _topic_context(topic))


def _topic_context(topic: Topic) -> dict[str, Any]:
    return {
        "topic": topic,
        "following": help_topics.after(topic),
        "day_ends": time(settings.BUSINESS_DAY_ENDS),
        "idle_minutes": settings.IDLE_SIGN_OUT_SECONDS // 60,
        "code_tries": settings.ACCESS_CODE_TRIES,
        "reminder_days": settings.ACCESS_CODE_REMINDER_DAYS,
        "old_roles": OLD_ROLES,
        "role_of_unknown": VIEWER,
    }


@require_safe
@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    """Show the privacy policy."""
    return render(
        request, "portal/privacy.html", {"idle_minutes": settings.IDLE_SIGN_OUT_SECONDS // 60}
    )


@require_safe
@login_not_required
def terms(request: HttpRequest) -> HttpResponse:
    """Show the terms in force, with their version."""
    return render(request, "portal/terms.html", {"terms_version": settings.TERMS_VERSION})


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement."""
    return render(request, "portal/accessibility.html")


@require_safe
@login_not_required
def language_help(request: HttpRequest) -> HttpResponse:
    """Show the nondiscrimination notice and how to get help in another language."""
    return render(request, "portal/language_help.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def cookie_choices(request: HttpRequest) -> HttpResponse:
    """Say which cookies there are; keep the choice about optional ones and go back to where it was asked."""
    if request.method != "POST":
        return render(
            request,
            "portal/cookies.html",
            {"choice": cookies.chosen(request), **_way_back(request)},
        )
    if request.POST.get("choice") not in {ACCEPT, REJECT}:
        context = {"choice": cookies.chosen(request), "unclear": True, **_way_back(request)}
        return render(request, "portal/cookies.html", context, status=422)
    choice = cookies.CookieChoice(request.POST["choice"] == ACCEPT, timezone.localdate())
    response = _return(request, "cookies")
    cookies.keep(response, cookies.NAME, str(choice))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def region(request: HttpRequest) -> HttpResponse:
    """Let the visitor choose a region; it fills in forms and is shown, nothing else depends on it."""
    if request.method != "POST":
        return render(request, "portal/region.html", _way_back(request))
    chosen = request.POST.get("region", "")
    if chosen not in dict(settings.REGIONS):
        return render(
            request, "portal/region.html", {"unclear": True, **_way_back(request)}, status=422
        )
    response = _return(request, "home")
    cookies.keep(response, "region", chosen)
    return response


def _way_back(request: HttpRequest) -> dict[str, str]:
    """Return the page to go back to: the one the form names, else the one the visitor came from, if ours."""
    named = request.POST.get(RETURN_FIELD) or request.GET.get(RETURN_FIELD) or ""
    return {"way_back": named if is_own_path(request, named) else ""}


def _return(request: HttpRequest, otherwise: str) -> HttpResponse:
    return redirect(_way_back(request)["way_back"] or otherwise)
