"""Grants and access codes, to look at; a key is re-issued or withdrawn by an action."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions import codes
from accounts.models import AccessCode, Grant, User
from accounts.staff_roles import REVIEW
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


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    """Who may do what in which group."""

    heading = _("Access")
    list_display = ("email", "person", "group", "role", "state_shown", "activated_at")
    list_filter = ("state", "role")
    search_fields = ("email__istartswith", "group__group_id__istartswith", "group__name")
    search_help_text = _("Email, Group ID or group name")
    list_select_related = ("user", "group")
    ordering = ("-created_at", "-pk")
    fields = (
        "email", "person", "group", "role", "state_shown", "granted_by", "created_at", "activated_at",
        "revoked_at",
    )  # fmt: skip

    def title_of(self, row: Grant) -> str:
        """Return role and group."""
        return f"{row.get_role_display()}, {row.group.name}"

    @admin.display(description=_("Person"), ordering="user__last_name", empty_value="–")
    def person(self, grant: Grant) -> User | None:
        """Return whose grant it is; nobody's while its key waits."""
        return grant.user

    @admin.display(description=_("State"), ordering="state")
    def state_shown(self, grant: Grant) -> SafeString:
        """Return the state as shape and word."""
        shape = GRANT_SHAPES.get(Grant.State(grant.state), "ended")
        return status(shape, grant.get_state_display())


class CodeStateFilter(admin.SimpleListFilter):
    """State by the clock, swept or not."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every state."""
        return list(AccessCode.State.choices)

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AccessCode]
    ) -> QuerySet[AccessCode]:
        """Return codes in the chosen state at this moment."""
        value, now = self.value(), timezone.now()
        overdue = Q(state=AccessCode.State.ISSUED, expires_at__lte=now)
        if value == AccessCode.State.ISSUED:
            return queryset.filter(state=value).exclude(overdue)
        if value == AccessCode.State.EXPIRED:
            return queryset.filter(Q(state=value) | overdue)
        return queryset.filter(state=value) if value else queryset


@admin.register(AccessCode)
class AccessCodeAdmin(ReadOnlyAdmin):
    """Access Keys: everything but the digits, which nobody has."""

    heading = _("Access Keys")
    list_display = ("email", "group", "state_shown", "issued_at", "expires_at", "wrong_tries")
    list_filter = (CodeStateFilter,)
    search_fields = ("email__istartswith", "group__group_id__istartswith", "group__name")
    search_help_text = _("Email, Group ID or group name")
    list_select_related = ("group",)
    ordering = ("-issued_at", "-pk")
    change_form_template = "admin/accounts/accesscode/change_form.html"
    fields = (
        "email", "group", "grant", "state_shown", "issued_at", "expires_at", "wrong_tries", "reminded_at",
        "redeemed_at", "redeemed_by",
    )  # fmt: skip

    def title_of(self, row: AccessCode) -> str:
        """Return for whom it is."""
        return gettext("Access Key for %(email)s") % {"email": row.email}

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
