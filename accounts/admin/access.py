"""Grants and access codes, to look at; what changes them are actions with addresses of their own."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions import codes
from accounts.admin import emergency, revoke
from accounts.admin.filters import (
    AgencyFilter,
    CodeStateFilter,
    GroupFilter,
    PersonFilter,
    ReviewFilter,
    StateFilter,
)
from accounts.models import AccessCode, Grant, User
from accounts.roles import EMERGENCY
from accounts.staff_roles import REVIEW, REVOKE
from groups.atoms import AREAS, LABELS
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status

GRANT_SHAPES = {
    Grant.State.PENDING: "progress",
    Grant.State.ACTIVE: "active",
    Grant.State.SUSPENDED: "attention",
}
CODE_SHAPES = {
    AccessCode.State.ISSUED: "progress",
    AccessCode.State.REDEEMED: "done",
    AccessCode.State.LOCKED: "attention",
}


def state_of(grant: Grant) -> SafeString:
    """Return the state at this moment as shape and word; a grant past its end has ended, swept or not."""
    state = Grant.State(grant.state)
    if state in Grant.OPEN and grant.ends_at and grant.ends_at <= timezone.now():
        state = Grant.State.EXPIRED
    words = str(state.label)
    if state == Grant.State.SUSPENDED:
        words = f"{words} {grant.get_suspension_display()}"
    return status(GRANT_SHAPES.get(state, "ended"), words)


def end_shown(grant: Grant) -> str:
    """Return when access ends: the last day, or of emergency access the hour."""
    if grant.ends_at is None:
        return gettext("No end")
    if grant.role == EMERGENCY.key:
        return date_format(timezone.localtime(grant.ends_at), "M j, Y, g:i a")
    return date_format(cast("Any", grant.last_day), "M j, Y")


def units_of(grant: Grant) -> str:
    """Return the billing units by their codes, or ALL; needs ``with_units`` for more than one grant."""
    return "ALL" if grant.all_units else ", ".join(unit.code for unit in grant.units.all())


def link_to(row: Any, words: object) -> SafeString:
    """Return a link to the page of *row* on the staff side."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), words)


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    """Who may do what in which group."""

    heading = _("Access")
    list_display = ("person", "group", "role", "units_shown", "ends", "state_shown", "source")
    list_filter = (StateFilter, "role", "source", ReviewFilter, GroupFilter, AgencyFilter, PersonFilter)  # fmt: skip
    search_fields = (
        "email__istartswith", "user__email__istartswith", "first_name__istartswith", "last_name__istartswith",
        "user__first_name__istartswith", "user__last_name__istartswith", "group__group_id__istartswith",
        "group__name",
    )  # fmt: skip
    search_help_text = _("Name, email, Group ID or group name")
    list_select_related = ("user", "group")
    ordering = ("-created_at", "-pk")
    change_form_template = "admin/accounts/grant/change_form.html"
    fieldsets = (
        (None, {"fields": ("state_shown", "review", "person_linked", "email", "group_linked", "agency_linked")}),
        (_("Access"), {"fields": ("role", "units_page", "ends", "source")}),
        (
            _("Who gave it"),
            {"fields": ("given_by", "answers", "created_at", "activated_at", "revoked_at")},
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """Return grants with their billing units."""
        grants: QuerySet[Grant] = super().get_queryset(request)
        return cast("Any", grants).with_units()  # type: ignore[no-any-return]

    def title_of(self, row: Grant) -> str:
        """Return whose it is, role and group."""
        words = {"person": row.person, "role": row.get_role_display(), "group": row.group.name}
        return gettext("%(person)s: %(role)s, %(group)s") % words

    @admin.display(description=_("Person"), ordering="user__last_name")
    def person(self, grant: Grant) -> SafeString:
        """Return whose it is, or who is invited, with the address."""
        address = grant.user.email if grant.user else grant.email
        if grant.person == address:
            return format_html('<span class="ep-break">{}</span>', address)
        return format_html('{}<small class="ep-break">{}</small>', grant.person, address)

    @admin.display(description=_("Person"))
    def person_linked(self, grant: Grant) -> SafeString | str:
        """Return whose it is; nobody's while its key waits."""
        return link_to(grant.user, grant.person) if grant.user else grant.person

    @admin.display(description=_("Group"))
    def group_linked(self, grant: Grant) -> SafeString:
        """Return the group."""
        return link_to(grant.group, grant.group)

    @admin.display(description=_("Agency"))
    def agency_linked(self, grant: Grant) -> SafeString | str:
        """Return the agency of a broker's access."""
        return link_to(grant.agency, grant.agency) if grant.agency else ""

    @admin.display(description=_("Units"))
    def units_shown(self, grant: Grant) -> str:
        """Return the billing units by code."""
        return units_of(grant)

    @admin.display(description=_("Billing units"))
    def units_page(self, grant: Grant) -> str:
        """Return the billing units by code and name."""
        return "ALL" if grant.all_units else ", ".join(map(str, grant.units.all()))

    @admin.display(description=_("Ends"), ordering="ends_at")
    def ends(self, grant: Grant) -> str:
        """Return the last day or hour."""
        return end_shown(grant)

    @admin.display(description=_("State"), ordering="state")
    def state_shown(self, grant: Grant) -> SafeString:
        """Return the state as shape and word."""
        return state_of(grant)

    @admin.display(description=_("Review"))
    def review(self, grant: Grant) -> SafeString | str:
        """Tell whether a primary administrator has to look at it."""
        if grant.orphaned_at is None:
            return gettext("Nothing to look at")
        since = date_format(timezone.localtime(grant.orphaned_at), "M j, Y")
        why = (
            gettext("The old role was not known")
            if grant.has_unknown_old_role
            else gettext("Whoever gave it has less access since %(day)s") % {"day": since}
        )
        who = gettext("The primary administrator of the group keeps, changes or removes it.")
        return format_html("{}. {}", status("attention", why), who)

    @admin.display(description=_("Given by"))
    def given_by(self, grant: Grant) -> SafeString | str:
        """Return who made it."""
        return link_to(grant.granted_by, grant.granted_by) if grant.granted_by else ""

    @admin.display(description=_("Answers for it"))
    def answers(self, grant: Grant) -> SafeString | str:
        """Return whose grant stands above it; the carrier answers for what it gave."""
        if grant.parent is None:
            return gettext("We do")
        return link_to(grant.parent, grant.parent.person)

    def get_urls(self) -> list[URLPattern]:
        """Add what staff can do to Django's pages."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("<int:pk>/revoke/", "revoke", revoke.revoke),
            ("emergency/<int:group_pk>/", "emergency", emergency.open_group),
            ("<int:pk>/end-emergency/", "end_emergency", emergency.end),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"accounts_grant_{word}")
                for route, word, view in own
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the rights in words, what hangs on the grant, and whether to offer the button."""
        grant: Grant | None = context.get("original")
        if grant is not None:
            context["areas"] = rights_by_area(grant)
            children = Grant.objects.open().filter(parent=grant)
            context["children"] = [
                (child, state_of(child)) for child in children.select_related("user", "group")
            ]
            context["may_revoke"] = request.user.has_perm(REVOKE) and grant.state in Grant.OPEN
        return super().render_change_form(request, context, *args, **kwargs)


def rights_by_area(grant: Grant) -> list[tuple[Any, list[str]]]:
    """Return the rights of *grant* in words under the areas of the portal; areas without one are left out."""
    areas = [
        (area.label, [LABELS[atom] for atom in area.atoms if atom in grant.atoms]) for area in AREAS
    ]
    return [(label, rights) for label, rights in areas if rights]


@admin.register(AccessCode)
class AccessCodeAdmin(ReadOnlyAdmin):
    """Access Keys: everything but the digits, which nobody has."""

    heading = _("Access Keys")
    list_display = (
        "email",
        "group",
        "source",
        "state_shown",
        "issued_at",
        "expires_at",
        "wrong_tries",
    )
    list_filter = (CodeStateFilter, "grant__source")
    search_fields = ("email__istartswith", "group__group_id__istartswith", "group__name")
    search_help_text = _("Email, Group ID or group name")
    list_select_related = ("group", "grant")
    ordering = ("-issued_at", "-pk")
    change_form_template = "admin/accounts/accesscode/change_form.html"
    fields = (
        "email", "group", "access", "source", "state_shown", "issued_at", "expires_at", "wrong_tries",
        "reminded_at", "redeemed_at", "redeemed_by",
    )  # fmt: skip

    def title_of(self, row: AccessCode) -> str:
        """Return for whom it is."""
        return gettext("Access Key for %(email)s") % {"email": row.email}

    @admin.display(description=_("Access"))
    def access(self, code: AccessCode) -> SafeString:
        """Return what it opens."""
        return link_to(code.grant, code.grant)

    @admin.display(description=_("Source"), ordering="grant__source")
    def source(self, code: AccessCode) -> str:
        """Return where the access comes from."""
        return code.grant.get_source_display()

    @admin.display(description=_("State"))
    def state_shown(self, code: AccessCode) -> SafeString:
        """Return the state at this moment as shape and word."""
        state = AccessCode.State(code.state_at(timezone.now()))
        return status(CODE_SHAPES.get(state, "ended"), state.label)

    def get_urls(self) -> list[URLPattern]:
        """Add the two actions to Django's pages."""
        actions: tuple[tuple[str, Callable[..., Any], Any], ...] = (
            ("replace", codes.replace_code, _("A new Access Key goes out by email.")),
            ("withdraw", codes.withdraw_code, _("Withdrawn. This Access Key opens nothing.")),
        )
        own = [
            path(
                f"<int:pk>/{word}/",
                self.admin_site.admin_view(self._changer(change, done)),
                name=f"accounts_accesscode_{word}",
            )
            for word, change, done in actions
        ]
        return [*own, *super().get_urls()]

    def _changer(self, change: Callable[..., Any], done: Any) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            code = get_object_or_404(AccessCode, pk=pk)
            if not request.user.has_perm(REVIEW):
                raise PermissionDenied
            shown = code
            if request.method == "POST":
                try:
                    shown = change(code, by=cast("User", request.user))
                    messages.success(request, done)
                except ValidationError as error:
                    messages.error(request, " ".join(error.messages))
            return redirect("admin:accounts_accesscode_change", shown.pk)

        return view

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Tell the page which buttons make sense."""
        code: AccessCode | None = context.get("original")
        if code is not None and request.user.has_perm(REVIEW):
            waits = code.grant.state == Grant.State.PENDING
            open_states = {AccessCode.State.ISSUED, AccessCode.State.LOCKED}
            context["may_replace"] = waits and code.state != AccessCode.State.REVOKED
            context["may_withdraw"] = code.state in open_states
        return super().render_change_form(request, context, *args, **kwargs)
