"""People with an account, to look at; closing and opening an account are actions."""

from collections.abc import Callable
from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import people
from accounts.adapter import SECOND_STEPS
from accounts.models import Grant, SignInSeal, User
from accounts.staff_roles import MANAGE_PEOPLE, MANAGE_STAFF, role_of
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status
from portal.templatetags.portal_words import phone

Changer = Callable[..., User]


class GroupFilter(admin.SimpleListFilter):
    """People of one group, as the group's page links to them; not offered as a list of choices."""

    title = gettext_lazy("group")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the group in the URL, so that the filter shows and can be left."""
        group_id = request.GET.get("group", "")
        return [(group_id, group_id)] if group_id.isalnum() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Return whoever has or had a grant on the group."""
        if not self.value():
            return queryset
        grants = Grant.objects.filter(user=OuterRef("pk"), group__group_id=self.value())
        return queryset.filter(Exists(grants))


@admin.register(User)
class PersonAdmin(ReadOnlyAdmin):
    """Accounts: state, groups and safety at a glance; never the seal, never a secret."""

    heading = gettext_lazy("People")
    list_display = ("name", "username", "email", "kind", "groups_listed", "last_login", "state")
    list_filter = ("is_active", "is_staff", GroupFilter)
    search_fields = ("username__istartswith", "email__istartswith", "first_name__istartswith", "last_name__istartswith")  # fmt: skip
    search_help_text = gettext_lazy("Name, user name or email")
    ordering = ("last_name", "first_name", "pk")
    change_form_template = "admin/accounts/user/change_form.html"
    fieldsets = (
        (None, {"fields": ("state", "kind", "groups_listed")}),
        (
            gettext_lazy("Person"),
            {"fields": ("name", "username", "email", "title", "company", "telephone")},
        ),
        (
            gettext_lazy("Sign-in"),
            {
                "fields": (
                    "date_joined", "last_login", "has_seal", "has_second_step", "sessions_counted",
                )
            },
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return people with what the list shows of other tables; the same statements for any number."""
        sessions = UserSession.objects.filter(user=OuterRef("pk")).order_by().values("user")
        steps = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_STEPS)
        people: QuerySet[User] = super().get_queryset(request)
        return people.annotate(
            seal_chosen=Exists(SignInSeal.objects.filter(user=OuterRef("pk"))),
            second_step=Exists(steps),
            sessions_open=Coalesce(Subquery(sessions.annotate(n=Count("pk")).values("n")), 0),
        ).prefetch_related("grants__group", "groups")

    @admin.display(description=gettext_lazy("Name"), ordering="last_name")
    def name(self, user: User) -> str:
        """Return the name as people say it."""
        return str(user)

    @admin.display(description=gettext_lazy("State"), ordering="is_active")
    def state(self, user: User) -> SafeString:
        """Return the state as shape and word."""
        if user.is_active:
            return status("active", _("Active"))
        return status("ended", _("Deactivated"))

    @admin.display(description=gettext_lazy("Kind"), ordering="is_staff")
    def kind(self, user: User) -> str:
        """Return the staff role, or what the person is to us."""
        if not user.is_staff:
            return _("Employer or broker")
        role = role_of(group.name for group in user.groups.all())
        return str(role.label) if role else _("Staff without a role")

    @admin.display(description=gettext_lazy("Groups"))
    def groups_listed(self, user: User) -> str | SafeString:
        """Return the groups of active grants with the role, each with a link."""
        grants = [grant for grant in user.grants.all() if grant.state == Grant.State.ACTIVE]
        return format_html_join(
            ", ",
            '<a href="{}">{}</a> {}',
            (
                (
                    reverse("admin:groups_employergroup_change", args=[grant.group_id]),
                    grant.group.name,
                    grant.get_role_display(),
                )
                for grant in grants
            ),
        )

    @admin.display(description=gettext_lazy("Phone"))
    def telephone(self, user: User) -> str:
        """Return the number as people write it."""
        return phone(user.phone)

    @admin.display(description=gettext_lazy("Sign-in Seal"))
    def has_seal(self, user: User) -> str:
        """Tell whether there is one; which one stays with the person."""
        return _("Chosen") if user.seal_chosen else _("None")  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Second step"))
    def has_second_step(self, user: User) -> str:
        """Tell whether the person has more than the code by e-mail."""
        return _("App or passkey") if user.second_step else _("Code by email")  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Sessions on record"))
    def sessions_counted(self, user: User) -> str:
        """Return how many sessions there are."""
        return str(user.sessions_open)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        """Add the two actions to Django's pages."""
        own = [
            path(
                f"<int:pk>/{word}/",
                self.admin_site.admin_view(self._changer(change, done)),
                name=f"accounts_user_{word}",
            )
            for word, change, done in (
                (
                    "deactivate",
                    people.deactivate_person,
                    gettext_lazy("Deactivated and signed out."),
                ),
                ("reactivate", people.reactivate_person, gettext_lazy("Active again.")),
            )
        ]
        return [*own, *super().get_urls()]

    def _changer(self, change: Changer, done: Any) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            person = get_object_or_404(User, pk=pk)
            if not may_manage(cast("User", request.user), person):
                raise PermissionDenied
            if request.method == "POST":
                try:
                    change(person, by=request.user)
                    messages.success(request, done)
                except ValidationError as error:
                    messages.error(request, " ".join(error.messages))
            return redirect("admin:accounts_user_change", pk)

        return view

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Tell the page whether to offer the buttons."""
        person = context.get("original")
        mine = person == request.user
        context["may_manage"] = bool(person and not mine and may_manage(request.user, person))
        return super().render_change_form(request, context, *args, **kwargs)


def may_manage(user: Any, person: User) -> bool:
    """Tell whether *user* may close and open the account of *person*; staff accounts need the right over staff."""
    return bool(
        user.has_perm(MANAGE_PEOPLE) and (not person.is_staff or user.has_perm(MANAGE_STAFF))
    )
