"""Reports of an issue, for staff: sorted by the hour we promised, resolved once."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.due_marks import due_mark, end_of_today
from messaging import actions
from messaging.forms import ResolveForm
from messaging.models import IssueReport
from portal.staff import ReadOnlyAdmin, describe_events, home_section
from portal.templatetags import portal_ui, portal_words

LATE, TODAY, LATER = "late", "today", "later"
VIEW = "messaging.view_issuereport"
RESOLVE = "messaging.change_issuereport"

describe_events(
    {
        "messaging.issue_reported": _("reported an issue"),
        "messaging.issue_resolved": _("resolved the report"),
    }
)


@home_section(20)
def issues_section(request: HttpRequest) -> dict[str, Any] | None:
    """Put the open reports that are due first on the staff home."""
    if not request.user.has_perm(VIEW):
        return None
    now = timezone.now()
    waiting = IssueReport.objects.filter(state=IssueReport.State.OPEN).order_by("due_at", "pk")
    rows = [(report, due_mark(report.due_at, now)) for report in waiting[:5]]
    return {"template": "messaging/admin/home_section.html", "reports": rows}


class DueFilter(admin.SimpleListFilter):
    """Open reports by how near their hour is."""

    title = _("answer due")
    parameter_name = "due"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """Offer overdue, due today and later."""
        return [(LATE, _("Overdue")), (TODAY, _("Due today")), (LATER, _("Later"))]

    def queryset(
        self, _request: HttpRequest, queryset: QuerySet[IssueReport]
    ) -> QuerySet[IssueReport]:
        """Narrow to the open reports of the chosen kind."""
        now = timezone.now()
        tomorrow = end_of_today(now)
        limits: dict[str | None, dict[str, Any]] = {
            LATE: {"due_at__lt": now},
            TODAY: {"due_at__gte": now, "due_at__lt": tomorrow},
            LATER: {"due_at__gte": tomorrow},
        }
        chosen = limits.get(self.value())
        if chosen is None:
            return queryset
        return queryset.filter(state=IssueReport.State.OPEN, **chosen)


@admin.register(IssueReport)
class IssueReportAdmin(ReadOnlyAdmin):
    """The list of reports, and one report with the way to resolve it; nothing is edited by hand."""

    list_display = ("number", "category", "due", "status", "name", "reported_at")
    list_filter = ("state", DueFilter, "category")
    heading = _("Issue reports")
    empty_text = _("A report that somebody sends from any page of the portal comes here.")
    search_fields = ("number", "name", "email", "description")
    search_help_text = _("Number, name, email or words")
    ordering = ("state", "due_at", "pk")  # "open" sorts before "resolved"
    fieldsets = (
        (_("What happened"), {"fields": ("category", "description", "page", "browser")}),
        (_("Who told us"), {"fields": ("name", "email", "telephone", "user", "reported_at")}),
        (
            _("Our answer"),
            {"fields": ("status", "due", "resolved_at", "resolved_by", "staff_note")},
        ),
    )
    readonly_fields = ("status", "due", "telephone")
    change_form_template = "messaging/admin/issue_report.html"

    @admin.display(description=_("Answer due"), ordering="due_at")
    def due(self, report: IssueReport) -> SafeString | str:
        """Return the due mark of an open report; a resolved one has no duty left."""
        if report.state == IssueReport.State.RESOLVED:
            return ""
        mark = due_mark(report.due_at, timezone.now())
        return portal_ui.due(mark.distance, mark.day, mark.level)

    @admin.display(description=_("State"), ordering="state")
    def status(self, report: IssueReport) -> SafeString:
        """Return the state as shape and word."""
        kind = "progress" if report.state == IssueReport.State.OPEN else "done"
        return portal_ui.status(kind, report.get_state_display())

    @admin.display(description=_("Phone"))
    def telephone(self, report: IssueReport) -> str:
        """Return the phone number as people write it."""
        return portal_words.phone(report.phone)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that resolves a report."""
        resolve = self.admin_site.admin_view(self.resolve)
        name = "messaging_issuereport_resolve"
        return [path("<int:pk>/resolve/", resolve, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one report; whoever may work on it gets the way to resolve it."""
        context = {"may_resolve": request.user.has_perm(RESOLVE), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def resolve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask what was done, then close the report; whoever comes second is told who was first."""
        report = get_object_or_404(IssueReport.objects.select_related("resolved_by"), pk=pk)
        if not request.user.has_perm(RESOLVE):
            raise PermissionDenied
        form = ResolveForm(request.POST or None)
        if form.is_valid():
            try:
                actions.resolve_issue(report, **form.cleaned_data, by=request.user)  # type: ignore[arg-type]
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            else:
                text = _t("%(number)s is resolved. The reporter gets a letter.")
                messages.success(request, text % {"number": report.number})
            return redirect(reverse("admin:messaging_issuereport_change", args=[report.pk]))
        context = {**self.admin_site.each_context(request), "form": form, "report": report}
        return render(request, "messaging/admin/resolve_issue.html", context)
