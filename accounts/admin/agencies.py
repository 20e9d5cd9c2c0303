"""Agencies and their brokers: the directory, and the emergency stop."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actions import agencies
from accounts.actions.agencies import OPEN_CODES, Reach
from accounts.admin.confirm import Question, ask, require
from accounts.forms.staff_access import AgencyForm, BrokerForm
from accounts.models import AccessCode, Agency, Broker, Grant
from accounts.staff_roles import REVOKE
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status

ADD, CHANGE = "accounts.add_agency", "accounts.change_agency"
ADD_BROKER, CHANGE_BROKER = "accounts.add_broker", "accounts.change_broker"
PAGE, LIST = "admin:accounts_agency_change", "admin:accounts_agency_changelist"
Words = str | Promise


class StopFilter(admin.SimpleListFilter):
    """Agencies whose access we have stopped, and those whose brokers work."""

    title = gettext_lazy("Access")
    parameter_name = "access"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the two kinds."""
        return [("open", gettext_lazy("Open")), ("stopped", gettext_lazy("Stopped"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Agency]) -> QuerySet[Agency]:
        """Return the agencies of the kind chosen; all without a choice."""
        runs = {"open": True, "stopped": False}.get(self.value() or "")
        return queryset if runs is None else queryset.filter(stopped_at__isnull=runs)


@admin.register(Agency)
class AgencyAdmin(ReadOnlyAdmin):
    """Brokerages with their brokers, and how far their access reaches."""

    heading = gettext_lazy("Agencies")
    list_display = ("name", "npn", "place", "brokers_counted", "access_counted", "state_shown")
    list_filter = (StopFilter,)
    search_fields = (
        "name__istartswith", "npn__exact", "brokers__email__istartswith", "brokers__last_name__istartswith",
        "brokers__npn__exact",
    )  # fmt: skip
    search_help_text = gettext_lazy("Agency, NPN, or a broker’s last name or email")
    ordering = ("name", "pk")
    change_list_template = "admin/accounts/agency/change_list.html"
    change_form_template = "admin/accounts/agency/change_form.html"
    fieldsets = (
        (None, {"fields": ("state_shown", "npn", "place", "created_at")}),
        (gettext_lazy("Reach"), {"fields": ("brokers_counted", "access_counted", "groups_counted", "waiting_counted")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agency]:
        """Return agencies with the numbers of their brokers and grants."""
        found: QuerySet[Agency] = super().get_queryset(request)
        active = Grant.objects.in_force()
        waiting = Grant.objects.filter(state=Grant.State.PENDING)
        return found.annotate(
            brokers_number=_number(Broker.objects.all(), "pk"),
            access_number=_number(active, "pk"),
            groups_number=_number(active, "group"),
            waiting_number=_number(waiting, "pk"),
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to add one."""
        return request.user.has_perm(ADD)

    @admin.display(description=gettext_lazy("Place"))
    def place(self, agency: Agency) -> str:
        """Return city and state."""
        return ", ".join(filter(None, (agency.city, agency.state)))

    @admin.display(description=gettext_lazy("Brokers"))
    def brokers_counted(self, agency: Agency) -> str:
        """Return how many brokers it has."""
        return str(agency.brokers_number)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Active access"))
    def access_counted(self, agency: Agency) -> str:
        """Return how many grants its brokers work under."""
        return str(agency.access_number)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Groups"))
    def groups_counted(self, agency: Agency) -> str:
        """Return in how many groups."""
        return str(agency.groups_number)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Invited"))
    def waiting_counted(self, agency: Agency) -> str:
        """Return how many invitations wait."""
        return str(agency.waiting_number)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("State"), ordering="stopped_at")
    def state_shown(self, agency: Agency) -> SafeString:
        """Return whether all access is stopped, and since when."""
        if agency.stopped_at is None:
            return status("active", _("Open"))
        day = date_format(timezone.localtime(agency.stopped_at), "M j, Y, g:i a")
        return status("late", _("Stopped since %(day)s") % {"day": day})

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change something."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("add/", "add", add_agency),
            ("<int:pk>/edit/", "edit", edit_agency),
            ("<int:pk>/brokers/add/", "add_broker", add_broker),
            ("<int:pk>/brokers/<int:broker_pk>/", "edit_broker", edit_broker),
            ("<int:pk>/stop/", "stop", stop),
            ("<int:pk>/resume/", "resume", resume),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"accounts_agency_{word}")
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
        """Show the brokers, and tell the page which buttons to offer."""
        agency: Agency | None = context.get("original")
        if agency is not None:
            context["brokers"] = agency.brokers.all()
            context["may_stop"] = request.user.has_perm(REVOKE)
            context["may_change"] = request.user.has_perm(CHANGE)
            context["may_change_broker"] = request.user.has_perm(CHANGE_BROKER)
            context["may_add_broker"] = request.user.has_perm(ADD_BROKER)
        return super().render_change_form(request, context, *args, **kwargs)


# --- The directory --------------------------------------------------------------------------------


def add_agency(request: HttpRequest) -> HttpResponse:
    """Put an agency into the directory."""
    require(request, ADD)
    form = AgencyForm(request.POST or None)
    made = _try(form, agencies.create_agency, request)
    if made is not None:
        messages.success(request, _("%(name)s is in the directory.") % {"name": made})
        return redirect(PAGE, made.pk)
    return _form_page(request, form, _("Add an agency"), [_to_list()])


def edit_agency(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an agency."""
    require(request, CHANGE)
    agency = get_object_or_404(Agency, pk=pk)
    form = AgencyForm(request.POST or None, initial=_values(agency, AgencyForm))
    if _try(form, partial(agencies.update_agency, agency), request) is not None:
        messages.success(request, _("Saved."))
        return redirect(PAGE, pk)
    return _form_page(request, form, _("Correct %(name)s") % {"name": agency}, _to(agency))


def add_broker(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a broker of an agency into the directory."""
    require(request, ADD_BROKER)
    agency = get_object_or_404(Agency, pk=pk)
    form = BrokerForm(request.POST or None)
    broker = _try(form, partial(agencies.add_broker, agency), request)
    if broker is not None:
        messages.success(request, _("%(name)s is in the directory.") % {"name": broker})
        return redirect(PAGE, pk)
    return _form_page(request, form, _("Add a broker of %(name)s") % {"name": agency}, _to(agency))


def edit_broker(request: HttpRequest, pk: int, broker_pk: int) -> HttpResponse:
    """Correct a broker."""
    require(request, CHANGE_BROKER)
    broker = get_object_or_404(Broker.objects.select_related("agency"), agency=pk, pk=broker_pk)
    form = BrokerForm(request.POST or None, initial=_values(broker, BrokerForm))
    if _try(form, partial(agencies.update_broker, broker), request) is not None:
        messages.success(request, _("Saved."))
        return redirect(PAGE, pk)
    return _form_page(request, form, _("Correct %(name)s") % {"name": broker}, _to(broker.agency))


def _try(form: forms.Form, act: Callable[..., Any], request: HttpRequest) -> Any:
    """Call the action with what was sent; return its result, or None with the errors in the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act(**form.cleaned_data, by=request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _form_page(
    request: HttpRequest, form: forms.Form, title: str, crumbs: Sequence[tuple[str, Words]]
) -> HttpResponse:
    context = {"form": form, "title": title, "crumbs": crumbs, "back": crumbs[-1][0]}
    return render(request, "admin/accounts/agency/form.html", context)


def _values(row: Agency | Broker, form: type[forms.Form]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.base_fields}


def _to_list() -> tuple[str, Words]:
    return reverse(LIST), _("Agencies")


def _to(agency: Agency) -> list[tuple[str, Words]]:
    return [_to_list(), (reverse(PAGE, args=[agency.pk]), agency.name)]


# --- Emergency stop -------------------------------------------------------------------------------


def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason and stop all access of the agency's brokers."""
    require(request, REVOKE)
    agency = get_object_or_404(Agency, pk=pk)
    question = Question(
        title=_("Stop all access of %(name)s") % {"name": agency},
        lead=_("For an emergency: a lost account, a dispute, a license that ended."),
        button=_("Stop all access"),
        crumbs=_to(agency),
        effects=_effects_of_stop(agency),
        blocked=_("All access of this agency is stopped already.") if agency.stopped_at else "",
    )
    return ask(request, question, act=partial(agencies.stop_agency, agency), done=_stopped)


def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason and open the access of the agency's brokers again."""
    require(request, REVOKE)
    agency = get_object_or_404(Agency, pk=pk)
    resting = Grant.objects.filter(
        agency=agency, state=Grant.State.SUSPENDED, suspension=Grant.Suspension.AGENCY
    )
    words = ngettext(
        "%(count)d grant that was active before the stop opens again.",
        "%(count)d grants that were active before the stop open again.",
        count := resting.count(),
    )
    question = Question(
        title=_("Open the access of %(name)s again") % {"name": agency},
        lead=agency.stop_reason,
        button=_("Open the access again"),
        crumbs=_to(agency),
        effects=[
            ("undo-2", words % {"count": count}),
            (
                "key-round",
                _("Access Keys that were withdrawn stay so. The employers send new ones."),
            ),
            ("mail", _("The brokers and the primary administrators get an email.")),
        ],
        blocked="" if agency.stopped_at else _("The access of this agency is not stopped."),
        danger=False,
    )
    return ask(request, question, act=partial(agencies.resume_agency, agency), done=_resumed)


def _effects_of_stop(agency: Agency) -> list[tuple[str, str]]:
    active = Grant.objects.filter(agency=agency, state=Grant.State.ACTIVE)
    numbers = active.aggregate(
        people=Count("user", distinct=True),
        grants=Count("pk"),
        groups=Count("group", distinct=True),
    )
    keys = AccessCode.objects.filter(grant__agency=agency, state__in=OPEN_CODES).count()
    people = ngettext("%(count)d broker", "%(count)d brokers", numbers["people"])
    grants = ngettext("%(count)d grant", "%(count)d grants", numbers["grants"])
    groups = ngettext("%(count)d group", "%(count)d groups", numbers["groups"])
    lose = _("%(people)s cannot open anything any more: %(grants)s in %(groups)s.") % {
        "people": people % {"count": numbers["people"]},
        "grants": grants % {"count": numbers["grants"]},
        "groups": groups % {"count": numbers["groups"]},
    }
    withdrawn = ngettext(
        "%(count)d Access Key that waits is withdrawn.",
        "%(count)d Access Keys that wait are withdrawn.",
        keys,
    )
    return [
        ("ban", lose),
        *([("key-round", withdrawn % {"count": keys})] if keys else []),
        ("log-out", _("Their sessions end at once.")),
        (
            "mail",
            _(
                "The brokers and the groups’ primary administrators get an email, without your reason."
            ),
        ),
        ("undo-2", _("Nothing is deleted. You can open the access again.")),
    ]


def _stopped(reach: Reach) -> str:
    words = ngettext(
        "Stopped. %(count)d grant rests.", "Stopped. %(count)d grants rest.", reach.grants
    )
    return words % {"count": reach.grants}


def _resumed(reach: Reach) -> str:
    words = ngettext("Open again: %(count)d grant.", "Open again: %(count)d grants.", reach.grants)
    return words % {"count": reach.grants}


def _number(rows: QuerySet[Any], what: str) -> Coalesce:
    """Return a subquery that counts the *rows* of an agency by different *what*."""
    own = rows.filter(agency=OuterRef("pk")).order_by().values("agency")
    counted = own.annotate(number=Count(what, distinct=True)).values("number")
    return Coalesce(Subquery(cast("Any", counted)), 0)
