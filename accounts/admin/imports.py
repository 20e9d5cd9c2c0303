"""Users of an old portal: a list is uploaded, looked at line by line, then taken over whole or dropped."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.imports import commit_import, drop_import, prepare_import
from accounts.admin.confirm import require
from accounts.forms.staff_access import COLUMNS, OldUsersForm
from accounts.models import AccessImport, AccessImportRow, User
from accounts.staff_roles import IMPORT
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status

PAGE = "admin:accounts_accessimport_change"
PER_PAGE = 100
State, Verdict = AccessImport.State, AccessImportRow.Verdict
STATES = {State.PREVIEW: "progress", State.COMMITTING: "progress", State.COMMITTED: "done"}
TONES = {State.PREVIEW: "info", State.COMMITTING: "info", State.COMMITTED: "ok"}
SHAPES = {
    Verdict.NEW: "active",
    Verdict.NEW_PRIMARY: "attention",
    Verdict.UNKNOWN_ROLE: "attention",
    Verdict.HAS_ACCESS: "done",
    Verdict.UNKNOWN_GROUP: "late",
    Verdict.UNREADABLE: "late",
}
# Short words of the chips; the rows say more.
CHIPS: dict[str, str | Promise] = {
    "": gettext_lazy("All lines"),
    Verdict.NEW_PRIMARY: gettext_lazy("New primary administrator"),
    Verdict.NEW: gettext_lazy("New access"),
    Verdict.UNKNOWN_ROLE: gettext_lazy("Old role unknown"),
    Verdict.HAS_ACCESS: gettext_lazy("Has access already"),
    Verdict.TWICE: gettext_lazy("Twice"),
    Verdict.UNKNOWN_GROUP: gettext_lazy("No such group"),
    Verdict.UNREADABLE: gettext_lazy("Cannot be taken"),
}


@admin.register(AccessImport)
class AccessImportAdmin(ReadOnlyAdmin):
    """The lists that were uploaded, and what became of them."""

    heading = gettext_lazy("Users of an old portal")
    empty_text = gettext_lazy("Upload the list of users that the old portal exports.")
    list_display = ("file_name", "lines", "state_shown", "uploaded_at", "uploaded_by", "decided_by")
    list_filter = ("state",)
    list_select_related = ("uploaded_by", "decided_by")
    ordering = ("-uploaded_at", "-pk")
    change_list_template = "admin/accounts/accessimport/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessImport]:
        """Return lists with the number of their lines."""
        found: QuerySet[AccessImport] = super().get_queryset(request)
        return found.annotate(number=Count("rows"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to take users over."""
        return request.user.has_perm(IMPORT)

    @admin.display(description=gettext_lazy("Lines"))
    def lines(self, batch: AccessImport) -> str:
        """Return how many lines it has; none are kept of a dropped list."""
        return str(batch.number) if batch.number else ""  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def state_shown(self, batch: AccessImport) -> SafeString:
        """Return the state as shape and word."""
        return status(STATES.get(State(batch.state), "ended"), batch.get_state_display())

    def get_urls(self) -> list[URLPattern]:
        """Put pages of ours in place of Django's."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("add/", "add", upload),
            ("<int:pk>/change/", "change", preview),
            ("<int:pk>/commit/", "commit", commit),
            ("<int:pk>/drop/", "drop", drop),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"accounts_accessimport_{word}")
                for route, word, view in own
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell the list whether to offer the button."""
        context = {"may_import": request.user.has_perm(IMPORT), **(extra_context or {})}
        return super().changelist_view(request, context)


def upload(request: HttpRequest) -> HttpResponse:
    """Read the file and lead to the preview; says what is wrong with a file that is no list."""
    require(request, IMPORT)
    form = OldUsersForm(request.POST, request.FILES) if request.method == "POST" else OldUsersForm()
    if form.is_bound and form.is_valid():
        batch = prepare_import(
            form.cleaned_data["file"].name, users=form.users, by=cast("User", request.user)
        )
        if form.found.guessed_letters:
            words = _(
                "This file is not written in UTF-8. We read it as Windows text: look at the accents in names."
            )
            messages.warning(request, words)
        return redirect(PAGE, batch.pk)
    context = {"form": form, "columns": COLUMNS.values()}
    return render(request, "admin/accounts/accessimport/add_form.html", context)


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every line with its verdict, those of one verdict by a chip."""
    require(request, "accounts.view_accessimport")
    batch = get_object_or_404(
        AccessImport.objects.select_related("uploaded_by", "decided_by"), pk=pk
    )
    verdict = request.GET.get("verdict", "")
    chosen = verdict if verdict in Verdict.values else ""
    rows = batch.rows.select_related("group", "grant")
    found = rows.filter(verdict=chosen) if chosen else rows
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    counts = dict(batch.rows.order_by().values_list("verdict").annotate(Count("pk")))
    context = {
        "batch": batch,
        "tone": TONES.get(State(batch.state), "neutral"),
        "rows": [
            (row, status(SHAPES.get(Verdict(row.verdict), "quiet"), row.get_verdict_display()))
            for row in page
        ],
        "chips": _chips(counts, chosen),
        "pager": _pager(page, chosen),
        "takeable": sum(counts.get(one, 0) for one in AccessImportRow.TAKEN),
        "unknown_roles": counts.get(Verdict.UNKNOWN_ROLE, 0),
        "primaries": counts.get(Verdict.NEW_PRIMARY, 0),
        "done": batch.rows.exclude(grant=None).count(),
        "forgotten": batch.state == State.COMMITTED,
        "is_running": batch.state == State.COMMITTING,
        "left": sum(number for one, number in counts.items() if one not in AccessImportRow.TAKEN),
        "undecided": batch.state == State.PREVIEW,
        "may_import": request.user.has_perm(IMPORT),
    }
    return render(request, "admin/accounts/accessimport/change_form.html", context)


def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Let everybody be taken over who can be."""

    def act(batch: AccessImport, by: User) -> str:
        commit_import(batch, by=by, primaries_confirmed="primaries" in request.POST)
        return _("The list is being taken over, a group at a time. This page says how far it is.")

    return _decide(request, pk, act)


def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the list up."""

    def act(batch: AccessImport, by: User) -> str:
        drop_import(batch, by=by)
        return _("Dropped. The lines, which name people, are deleted.")

    return _decide(request, pk, act)


def _decide(
    request: HttpRequest, pk: int, act: Callable[[AccessImport, User], str]
) -> HttpResponse:
    require(request, IMPORT)
    batch = get_object_or_404(AccessImport, pk=pk)
    if request.method == "POST":
        try:
            messages.success(request, act(batch, cast("User", request.user)))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect(PAGE, pk)


def _chips(counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """Return a chip for every verdict that occurs, all lines first."""
    everything = sum(counts.values())
    return [
        {
            "url": f"?verdict={verdict}" if verdict else "?",
            "label": label,
            "count": counts.get(verdict, 0) if verdict else everything,
            "current": verdict == chosen,
        }
        for verdict, label in CHIPS.items()
        if not verdict or counts.get(verdict) or verdict == chosen
    ]


def _pager(page: Page[Any], chosen: str) -> dict[str, str]:
    numbers = {"first": page.start_index(), "last": page.end_index(), "total": page.paginator.count}
    address = f"?verdict={chosen}&page=" if chosen else "?page="
    return {
        "label": _("%(first)d to %(last)d of %(total)d") % numbers,
        "previous_url": f"{address}{page.number - 1}" if page.has_previous() else "",
        "next_url": f"{address}{page.number + 1}" if page.has_next() else "",
    }
