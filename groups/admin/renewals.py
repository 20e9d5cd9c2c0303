"""Renewals on the staff side: drafted from a file, looked at, published, withdrawn."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groups.actions.renewals import (
    WITHDRAWABLE,
    draft_renewals,
    publish_renewal,
    withdraw_renewal,
)
from groups.forms.renewals import RenewalFileForm, WithdrawForm
from groups.forms.transactions import VersionForm
from groups.models import Renewal
from groups.renewal_concerns import concerns_of
from groups.renewal_costs import side_by_side, total
from groups.renewal_files import SAMPLE
from groups.renewal_reading import acceptance_of, left_out, rates_of, waiting_acceptance
from portal.spreadsheets import BYTE_ORDER_MARK, CONTENT_TYPE, lines
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status

if TYPE_CHECKING:
    from collections.abc import Callable

    from groups.actions.transactions import Person

ADD, CHANGE = "groups.add_renewal", "groups.change_renewal"
PAGE, LIST = "admin:groups_renewal_change", "admin:groups_renewal_changelist"
State = Renewal.State
SHAPES = {State.DRAFT: "progress", State.OFFERED: "attention", State.ACCEPTED: "done"}


@admin.register(Renewal)
class RenewalAdmin(ReadOnlyAdmin):
    """The renewals of all small groups, drafts included."""

    heading = gettext_lazy("Renewals")
    empty_text = gettext_lazy("Upload a file of renewals. They are drafts until you publish them.")
    list_display = ("group", "renewal_date", "respond_by", "state_shown", "accepted_by")
    list_filter = ("state",)
    list_select_related = ("group", "accepted_by")
    search_fields = ("group__group_id__istartswith", "group__name__istartswith")
    search_help_text = gettext_lazy("Group ID or name")
    ordering = ("-renewal_date", "group__name", "pk")
    change_list_template = "admin/groups/renewal/change_list.html"
    change_form_template = "admin/groups/renewal/change_form.html"
    fieldsets = (
        (
            gettext_lazy("Where it stands"),
            {"fields": ("state_shown", "group", "accepted_by", "accepted_at")},
        ),
        (
            gettext_lazy("Days"),
            {"fields": ("renewal_date", "available_on", "respond_by")},
        ),
    )

    def title_of(self, row: Renewal) -> str:
        """Return whose renewal it is, and of which day."""
        words = _("%(group)s: renewal on %(day)s")
        return words % {"group": row.group.name, "day": date_format(row.renewal_date, "F j, Y")}

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def state_shown(self, renewal: Renewal) -> SafeString:
        """Return the state as shape and word."""
        return status(SHAPES.get(State(renewal.state), "ended"), renewal.get_state_display())

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that do something."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("add/", "add", upload),
            ("sample.csv", "sample", sample),
            ("<int:pk>/publish/", "publish", publish),
            ("<int:pk>/withdraw/", "withdraw", withdraw),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"groups_renewal_{word}")
                for route, word, view in own
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell the list whether to offer the button."""
        context = {"may_add": request.user.has_perm(ADD), **(extra_context or {})}
        return super().changelist_view(request, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the rates as the group sees them, and what can be done."""
        renewal: Renewal | None = context.get("original")
        if renewal is not None:
            rates, is_draft = rates_of(renewal), renewal.state == State.DRAFT
            plans = side_by_side(rates)
            month = total(plan.month for plan in plans)
            context |= {
                "renewal": renewal,
                "plans": plans,
                "left_out": left_out(renewal),
                "month": month,
                "year": month.times(12),
                "acceptance": acceptance_of(renewal),
                "concerns": concerns_of(renewal, rates, timezone.localdate()) if is_draft else [],
                "may_change": request.user.has_perm(CHANGE),
                "may_withdraw": request.user.has_perm(CHANGE) and _is_ours(renewal),
            }
        return super().render_change_form(request, context, *args, **kwargs)


def upload(request: HttpRequest) -> HttpResponse:
    """Draft the renewals of a file, all of them or none; says what is wrong with which line."""
    _require(request, ADD)
    posted = request.method == "POST"
    form = RenewalFileForm(request.POST, request.FILES) if posted else RenewalFileForm()
    if form.is_bound and form.is_valid():
        try:
            made = draft_renewals(form.drafts, by=_person(request))
        except ValidationError as error:
            form.add_error("file", error)
        else:
            words = ngettext("%(count)d renewal drafted.", "%(count)d renewals drafted.", len(made))
            messages.success(request, words % {"count": len(made)})
            return redirect(PAGE, made[0].pk) if len(made) == 1 else redirect(LIST)
    context = {"form": form, "columns": RenewalFileForm.described()}
    return render(request, "admin/groups/renewal/add_form.html", context)


@require_GET
def sample(request: HttpRequest) -> HttpResponse:
    """Hand out a file with the headings and the lines of one group, to be written over."""
    _require(request, ADD)
    rows = [list(map(str, RenewalFileForm.labels.values())), *SAMPLE]
    return HttpResponse(
        [BYTE_ORDER_MARK, *lines(rows)],
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": 'attachment; filename="renewals-sample.csv"'},
    )


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer a draft to its group."""
    renewal = _renewal(request, pk)
    words = _("Published. The group sees it from the day it is available on.")
    form = VersionForm(request.POST)
    if not form.is_valid():
        return redirect(PAGE, pk)
    return _act(request, renewal, words, publish_renewal, **form.cleaned_data)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take a draft or an offer back."""
    renewal = _renewal(request, pk)
    form = WithdrawForm(request.POST or None, initial={"version": renewal.version})
    if form.is_valid():
        words = _("Withdrawn. The group does not see it.")
        return _act(request, renewal, words, withdraw_renewal, **form.cleaned_data)
    if not _is_ours(renewal):
        messages.error(request, _("This renewal cannot be withdrawn any more."))
        return redirect(PAGE, pk)
    context = {"renewal": renewal, "form": form}
    return render(request, "admin/groups/renewal/withdraw.html", context)


def _is_ours(renewal: Renewal) -> bool:
    """Tell whether we may still take it back: nobody has accepted it, also not so that it waits for us."""
    return renewal.state in WITHDRAWABLE and not waiting_acceptance(renewal)


def _renewal(request: HttpRequest, pk: int) -> Renewal:
    _require(request, CHANGE)
    return get_object_or_404(Renewal.objects.select_related("group"), pk=pk)


def _act(
    request: HttpRequest, renewal: Renewal, words: str, act: "Callable[..., Renewal]", **typed: Any
) -> HttpResponse:
    try:
        act(renewal, **typed, by=_person(request))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, words)
    return redirect(PAGE, renewal.pk)


def _person(request: HttpRequest) -> "Person":
    return cast("Person", request.user)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
