"""Report an issue, before and after sign-in."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from messaging import actions
from messaging.forms import IssueForm
from portal import throttle
from portal.request_info import client_browser, client_ip

SENT = "issue_sent"
REPORTS_AN_HOUR = 10
HOUR = 3600


@require_http_methods(["GET", "POST"])
@login_not_required
def report_issue(request: HttpRequest) -> HttpResponse:
    """Ask what does not work; what is known of the person and the page is filled in."""
    form = IssueForm(request.POST or None, initial=_known(request))
    if form.is_valid():
        wait = _slow_down(request)
        if not wait:
            return _sent(request, form)
        minutes = -(-wait // 60)
        form.add_error(
            None, _("That is many reports in a short time. Try again in %d minutes.") % minutes
        )
        response = _page(request, form, status=429)
        response["Retry-After"] = str(wait)
        return response
    return _page(request, form)


@require_GET
@login_not_required
def issue_sent(request: HttpRequest) -> HttpResponse:
    """Show the number of the report just sent, and by when we answer."""
    sent = request.session.get(SENT)
    if not sent:
        return redirect("messaging:report_issue")
    context = {"number": sent["number"], "due_at": datetime.fromisoformat(sent["due_at"])}
    return render(request, "messaging/issue_sent.html", context)


def _sent(request: HttpRequest, form: IssueForm) -> HttpResponse:
    report = actions.report_issue(
        **form.cleaned_data,
        browser=client_browser(request),
        by=request.user if request.user.is_authenticated else None,
    )
    request.session[SENT] = {"number": report.number, "due_at": report.due_at.isoformat()}
    return redirect("messaging:issue_sent")


def _page(request: HttpRequest, form: IssueForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "browser": client_browser(request)}
    return render(request, "messaging/report_issue.html", context, status=status)


def _known(request: HttpRequest) -> dict[str, str]:
    known = {"page": _own_path(request.GET.get("page", ""))}
    if request.user.is_authenticated:
        user = request.user
        known |= {"name": user.get_full_name(), "email": user.email, "phone": user.phone}
    return known


def _own_path(page: str) -> str:
    """Return *page* if it is a path of this site, without its query, which may speak of people; else nothing."""
    path = page.partition("?")[0].partition("#")[0]
    safe = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if safe and path.isprintable() and len(path) <= 300 else ""


def _slow_down(request: HttpRequest) -> int:
    """Count a report of this visitor; return the seconds to wait when there were too many, else 0."""
    try:
        throttle.limit("report-issue", client_ip(request), tries=REPORTS_AN_HOUR, seconds=HOUR)
    except throttle.TooManyRequestsError as error:
        return error.seconds
    return 0
