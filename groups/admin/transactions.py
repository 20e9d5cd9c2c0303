"""Transactions on the staff side: the queue of those that wait for us, and one of them with the way to decide it."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from groups.actions import transactions as actions
from groups.forms.transactions import AnswerForm, RejectForm, VersionForm
from groups.models import Transaction
from groups.transaction_history import (
    LOOKS,
    age_in_words,
    changes_of,
    day_awaited,
    in_line,
    steps_of,
)
from groups.transaction_kinds import kind_of
from portal.audit import Actor
from portal.staff import ReadOnlyAdmin, describe_events, home_section
from portal.templatetags import portal_ui

VIEW, DECIDE = "groups.view_transaction", "groups.change_transaction"
PAGE = "admin:groups_transaction_change"
EMPLOYER, DECIDED, EVERYTHING = "employer", "decided", "all"

describe_events(
    {
        "groups.transaction_submitted": _("submitted the transaction"),
        "groups.transaction_taken": _("took the transaction"),
        "groups.transaction_completed": _("completed the transaction"),
        "groups.transaction_rejected": _("rejected the transaction"),
        "groups.transaction_canceled": _("canceled the transaction"),
        "groups.transaction_escalated": _("marked the transaction as late, after 24 hours"),
        "groups.transactions_exported": _("exported the transactions"),
        "groups.transaction_downloaded": _("downloaded the confirmation of the transaction"),
    }
)


def waiting() -> QuerySet[Transaction]:
    """Return what waits for us: what has waited for 24 hours first, then the oldest."""
    found = Transaction.objects.undecided().filter(waits_for=Transaction.WaitsFor.CARRIER)
    return found.order_by(F("escalated_at").asc(nulls_last=True), "submitted_at", "pk")


@home_section(15)
def transactions_section(request: HttpRequest) -> dict[str, Any] | None:
    """Put what waits for us longest on the staff home."""
    if not request.user.has_perm(VIEW):
        return None
    now = timezone.now()
    rows = waiting().select_related("group", "submitted_by", "subgroup", "assigned_to")[:5]
    return {
        "template": "admin/groups/transaction/home.html",
        "lines": [in_line(row, now) for row in rows],
    }


class WaitingFilter(admin.SimpleListFilter):
    """Whose turn it is; the queue unless something else is chosen."""

    title = _("turn")
    parameter_name = "turn"
    choices_offered: tuple[tuple[str | None, str | Promise], ...] = (
        (None, _("Waits for us")),
        (EMPLOYER, _("Waits for the employer")),
        (DECIDED, _("Decided")),
        (EVERYTHING, _("All")),
    )

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """Offer everything beside the queue."""
        return [(key, label) for key, label in self.choices_offered if key]

    def choices(self, changelist: Any) -> Any:
        """Offer the queue first, and as what is chosen without a choice."""
        for key, label in self.choices_offered:
            query = changelist.get_query_string({self.parameter_name: key} if key else {}, [] if key else [self.parameter_name])  # fmt: skip
            yield {"selected": self.value() == key, "query_string": query, "display": label}

    def queryset(
        self, _request: HttpRequest, queryset: QuerySet[Transaction]
    ) -> QuerySet[Transaction]:
        """Narrow to those whose turn was chosen."""
        undecided = queryset.filter(status__in=Transaction.UNDECIDED)
        return {
            EMPLOYER: undecided.filter(waits_for=Transaction.WaitsFor.EMPLOYER),
            DECIDED: queryset.exclude(status__in=Transaction.UNDECIDED),
            EVERYTHING: queryset,
        }.get(str(self.value()), undecided.filter(waits_for=Transaction.WaitsFor.CARRIER))


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    """The queue, and one transaction with before and after; deciding it is an action."""

    heading = _("Transactions")
    empty_text = _("Nothing waits for us.")
    list_display = ("number", "group", "what", "state", "age", "assigned_to", "submitted_at")
    list_filter = (WaitingFilter,)
    list_select_related = ("group", "assigned_to")
    search_fields = ("number",)
    search_help_text = _("Confirmation number or Group ID")
    change_form_template = "admin/groups/transaction/change_form.html"
    fieldsets = (
        (
            _("Details"),
            {"fields": ("group", "subgroup", "member_name", "what", "effective_date", "source", "submitted_by", "submitted_at")},
        ),
        (
            _("Where it stands"),
            {"fields": ("state", "age", "assigned_to", "escalated_at", "decided_by", "decided_at", "reason")},
        ),
    )  # fmt: skip
    readonly_fields = ("what", "state", "age")

    @admin.display(description=_("Type"))
    def what(self, row: Transaction) -> str | Promise:
        """Return the kind in words."""
        return kind_of(row.kind).label

    @admin.display(description=_("Status"))
    def state(self, row: Transaction) -> SafeString:
        """Return the status as shape and word; late ones say so."""
        shape, _tone = LOOKS[Transaction.Status(row.status)]
        if row.is_undecided and row.escalated_at:
            return portal_ui.status("late", _("Escalated"))
        return portal_ui.status(shape, row.get_status_display())

    @admin.display(description=_("Waits"))
    def age(self, row: Transaction) -> str:
        """Return how long an undecided one waits."""
        return age_in_words(timezone.now() - row.submitted_at) if row.is_undecided else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        """Return the rows without what no list shows."""
        return super().get_queryset(request).defer("before", "after", "before_words", "after_words")

    def get_ordering(self, request: HttpRequest) -> Any:
        """Put what is late first in the queue, the newest first everywhere else."""
        if request.GET.get(WaitingFilter.parameter_name):
            return ["-submitted_at", "-pk"]
        return [F("escalated_at").asc(nulls_last=True), "submitted_at", "pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transaction], search_term: str
    ) -> tuple[QuerySet[Transaction], bool]:
        """Find a number or the transactions of a group, as they are written: indexes know nothing else."""
        term = search_term.strip().upper()
        if not term:
            return queryset, False
        if term.startswith(f"{actions.PREFIX}-"):
            return queryset.filter(number=term), False
        return queryset.filter(group__group_id=term), False

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of decisions."""
        view, name = self.admin_site.admin_view, "groups_transaction"
        return [
            path("<int:pk>/take/", view(take), name=f"{name}_take"),
            path("<int:pk>/complete/", view(complete), name=f"{name}_complete"),
            path("<int:pk>/answer/", view(self.answer), name=f"{name}_answer"),
            path("<int:pk>/reject/", view(self.reject), name=f"{name}_reject"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one transaction; whoever may decide gets the buttons while it waits."""
        row = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if row:
            kind = kind_of(row.kind)
            more = {
                "changes": changes_of(row),
                "steps": steps_of(row, to_staff=True),
                "day_awaited": day_awaited(row),
                "is_answered": bool(kind.answer),
                "effect": kind.effect,
                "subject_page": kind.staff_page(row) if kind.staff_page else None,
            }
        may_decide = bool(row and row.is_undecided and request.user.has_perm(DECIDE))
        return super().change_view(
            request,
            object_id,
            form_url,
            {**more, "may_decide": may_decide, "me": request.user, **(extra_context or {})},
        )

    def reject(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason, then reject."""
        row = _row(request, pk)
        form = RejectForm(request.POST or None, initial={"version": row.version})
        words = _t("%(number)s is rejected. Whoever submitted it gets an email.")
        if form.is_valid() and _is_done(request, row, form, words, actions.reject):
            return redirect(PAGE, row.pk)
        return self._page(request, row, form, "admin/groups/transaction/reject.html")

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the answer that the employer reads, then complete."""
        row = _row(request, pk)
        form = AnswerForm(request.POST or None, initial={"version": row.version})
        if not kind_of(row.kind).answer or (request.method == "GET" and not row.is_undecided):
            return redirect(PAGE, row.pk)
        words = _t("%(number)s is answered. Whoever submitted it gets an email.")
        if form.is_valid() and _is_done(request, row, form, words, actions.complete):
            return redirect(PAGE, row.pk)
        return self._page(request, row, form, "admin/groups/transaction/answer.html")

    def _page(
        self, request: HttpRequest, row: Transaction, form: VersionForm, template: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "row": row,
            "what": kind_of(row.kind).label,
            "changes": changes_of(row),
        }
        return render(request, template, context)


def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the transaction from now on."""
    row = _row(request, pk)
    return _decide_version(request, row, _t("%(number)s is yours."), actions.take)


def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry the transaction out."""
    row = _row(request, pk)
    words = _t("%(number)s is completed. Whoever submitted it gets an email.")
    return _decide_version(request, row, words, actions.complete)


def _row(request: HttpRequest, pk: int) -> Transaction:
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    return get_object_or_404(Transaction, pk=pk)


def _me(request: HttpRequest) -> Actor:
    return cast("Actor", request.user)


def _decide_version(
    request: HttpRequest, row: Transaction, words: str, act: Callable[..., Transaction]
) -> HttpResponse:
    """Act on the version that the page has shown; whatever else is sent leads back to the page."""
    form = VersionForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return redirect(PAGE, row.pk)
    if not _is_done(request, row, form, words, act):
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect(PAGE, row.pk)


def _is_done(
    request: HttpRequest,
    row: Transaction,
    form: VersionForm,
    words: str,
    act: Callable[..., Transaction],
) -> bool:
    """Act as *form* says and tell whether it went well; what stands in the way is put to the form."""
    try:
        act(row, by=_me(request), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return False
    messages.success(request, words % {"number": row.number})
    return True
