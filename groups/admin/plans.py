"""The carrier's plans on the staff side: to look at, to add, to correct."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.actions.plans import change_plan, create_plan
from groups.forms.plans import NewPlanForm, PlanForm
from groups.models import Plan
from portal.staff import ReadOnlyAdmin, describe_events
from portal.templatetags.portal_ui import status

ADD, CHANGE = "groups.add_plan", "groups.change_plan"
PAGE, LIST = "admin:groups_plan_change", "admin:groups_plan_changelist"
Words = str | Promise

describe_events(
    {
        "groups.plan_created": gettext_lazy("added the plan"),
        "groups.plan_changed": gettext_lazy("changed the plan"),
    }
)


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    """Plans, with the number of groups that offer each today."""

    heading = gettext_lazy("Plans")
    empty_text = gettext_lazy("Add the first plan. Then load offers and rates from a file.")
    list_display = ("name", "code", "line", "product", "metal", "groups_counted", "state_shown")
    list_filter = ("line", "metal")
    search_fields = ("code__istartswith", "name__istartswith", "hios_id__istartswith")
    search_help_text = gettext_lazy("Plan code, name or HIOS ID")
    ordering = ("line", "name", "pk")
    change_list_template = "admin/groups/plan/change_list.html"
    change_form_template = "admin/groups/plan/change_form.html"
    fieldsets = (
        (None, {"fields": ("state_shown", "code", "line", "product", "metal", "hios_id")}),
        (gettext_lazy("Rules"), {"fields": ("pcp_required", "dependent_age_limit", "age_limit_ends")}),
        (gettext_lazy("Days"), {"fields": ("effective_date", "term_date", "groups_counted")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """Return plans with the number of groups that offer them today."""
        found: QuerySet[Plan] = super().get_queryset(request)
        today = timezone.localdate()
        is_open = Q(planoffer__effective_to=None) | Q(planoffer__effective_to__gte=today)
        offered = is_open & Q(planoffer__effective_from__lte=today)
        return found.annotate(number=Count("planoffer__group", filter=offered, distinct=True))

    @admin.display(description=gettext_lazy("Groups today"))
    def groups_counted(self, plan: Plan) -> str:
        """Return how many groups offer it today."""
        return str(plan.number)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("State"))
    def state_shown(self, plan: Plan) -> SafeString:
        """Return whether the carrier has the plan today."""
        today = timezone.localdate()
        if plan.term_date and plan.term_date < today:
            return status("ended", _("Ended"))
        if plan.effective_date > today:
            return status("progress", _("To come"))
        return status("active", _("Open"))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change something."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("add/", "add", add_plan),
            ("<int:pk>/edit/", "edit", edit_plan),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"groups_plan_{word}")
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
        """Tell the page whether to offer the button."""
        context["may_change"] = request.user.has_perm(CHANGE)
        return super().render_change_form(request, context, *args, **kwargs)


def add_plan(request: HttpRequest) -> HttpResponse:
    """Add a plan."""
    _require(request, ADD)
    form = NewPlanForm(request.POST or None)
    made = _try(form, create_plan, request)
    if made is not None:
        messages.success(
            request, _("%(name)s is there. Load offers and rates next.") % {"name": made}
        )
        return redirect(PAGE, made.pk)
    return _form_page(request, form, _("Add a plan"), reverse(LIST), None)


def edit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a plan."""
    _require(request, CHANGE)
    plan = get_object_or_404(Plan, pk=pk)
    values = {name: getattr(plan, name) for name in PlanForm.base_fields}
    form = PlanForm(request.POST or None, initial=values)
    if _try(form, partial(change_plan, plan), request) is not None:
        messages.success(request, _("Saved."))
        return redirect(PAGE, pk)
    title = _("Correct %(name)s") % {"name": plan}
    return _form_page(request, form, title, reverse(PAGE, args=[pk]), plan)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _try(form: forms.Form, act: Callable[..., Plan], request: HttpRequest) -> Plan | None:
    """Call the action with what was sent; return its result, or None with the errors in the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act(**form.cleaned_data, by=request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _form_page(
    request: HttpRequest, form: forms.Form, title: str, back: str, plan: Plan | None
) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "plan": plan}
    return render(request, "admin/groups/plan/form.html", context)
