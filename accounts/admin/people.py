"""People with an account, to look at; closing and opening an account are actions."""

from functools import partial
from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import browsers, sessions
from accounts.actions import people
from accounts.adapter import SECOND_STEPS
from accounts.admin.access import end_shown, state_of, units_of
from accounts.admin.confirm import Question, ask
from accounts.models import Grant, SignInSeal, User
from accounts.staff_roles import MANAGE_PEOPLE, MANAGE_STAFF, role_of
from groups.models import EmployerGroup
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status
from portal.templatetags.portal_words import phone

MOST_LISTED = 3  # groups in a line of the list
MOST_GRANTS = 50  # on the page of a person; a broker has thousands


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
        (
            gettext_lazy("Account"),
            {"fields": ("state", "kind", "name", "username", "email")},
        ),
        (gettext_lazy("Person"), {"fields": ("title", "company", "telephone")}),
        (
            gettext_lazy("Sign-in"),
            {
                "fields": (
                    "date_joined", "last_login", "has_seal", "has_second_step",
                )
            },
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return people with what the list shows of other tables; the same statements for any number."""
        steps = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_STEPS)
        people: QuerySet[User] = super().get_queryset(request)
        first_grants = Prefetch(
            "grants",
            # PostgreSQL counts the rows of each person, so that a broker with thousands costs no more
            Grant.objects.filter(state=Grant.State.ACTIVE)
            .select_related("group")
            .order_by("group__name", "pk")[: MOST_LISTED + 1],
            to_attr="first_grants",
        )
        return people.annotate(
            seal_chosen=Exists(SignInSeal.objects.filter(user=OuterRef("pk"))),
            second_step=Exists(steps),
        ).prefetch_related(first_grants, "groups")

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
        """Return the first groups of active grants with the role, each with a link, and how many more there are."""
        found: list[Grant] = user.first_grants  # type: ignore[attr-defined]
        shown = format_html_join(
            ", ",
            '<a href="{}">{}</a> {}',
            (
                (
                    reverse("admin:groups_employergroup_change", args=[grant.group_id]),
                    grant.group.name,
                    grant.get_role_display(),
                )
                for grant in found[:MOST_LISTED]
            ),
        )
        if len(found) <= MOST_LISTED:
            return shown
        everything = f"{reverse('admin:accounts_grant_changelist')}?person={user.pk}"
        return format_html('{}, <a href="{}">{}</a>', shown, everything, _("and more"))

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

    def get_urls(self) -> list[URLPattern]:
        """Add the two actions to Django's pages."""
        own = [
            path(
                f"<int:pk>/{word}/",
                self.admin_site.admin_view(view),
                name=f"accounts_user_{word}",
            )
            for word, view in (("deactivate", deactivate), ("reactivate", reactivate))
        ]
        return [*own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show grants and sessions, and tell the page whether to offer the buttons."""
        person: User | None = context.get("original")
        if person is not None:
            mine = person == request.user
            context["may_manage"] = not mine and may_manage(request.user, person)
            context["grants"] = _grants_of(person)
            context["sessions"] = _sessions_of(person)
            context["only_primary_of"] = only_primary_of(person) if person.is_active else []
        return super().render_change_form(request, context, *args, **kwargs)


def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason and close the account."""
    person = _person_to_manage(request, pk)
    page = reverse("admin:accounts_user_change", args=[pk])
    blocked = ""
    if person == request.user:
        blocked = _("You cannot deactivate your own account. Ask a colleague.")
    elif not person.is_active:
        blocked = _("This account is deactivated already.")
    question = Question(
        title=_("Deactivate the account of %(person)s") % {"person": person},
        lead=_("User name %(name)s, %(email)s") % {"name": person.username, "email": person.email},
        button=_("Deactivate the account"),
        crumbs=[(reverse("admin:accounts_user_changelist"), _("People")), (page, str(person))],
        effects=_effects_of_closing(person),
        blocked=blocked,
    )
    act = partial(people.deactivate_person, person)
    return ask(request, question, act=act, done=lambda _user: _("Deactivated and signed out."))


def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the account again."""
    person = _person_to_manage(request, pk)
    if request.method == "POST":
        try:
            people.reactivate_person(person, by=cast("User", request.user))
            messages.success(request, _("Active again."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect("admin:accounts_user_change", pk)


def _person_to_manage(request: HttpRequest, pk: int) -> User:
    person = get_object_or_404(User, pk=pk)
    if not may_manage(request.user, person):
        raise PermissionDenied
    return person


def _effects_of_closing(person: User) -> list[tuple[str, str]]:
    effects = [("ban", _("%(person)s cannot sign in any more.") % {"person": person})]
    if count := sessions.still_open(person, timezone.now()).count():
        ended = ngettext("%(count)d open session ends.", "%(count)d open sessions end.", count)
        effects.append(("log-out", ended % {"count": count}))
    effects += [
        ("users", _("Access to groups is kept for the day the account is opened again.")),
        ("mail", _("The person gets an email, without your reason.")),
    ]
    effects += [
        ("warning", _("%(group)s is left without a primary administrator.") % {"group": group})
        for group in only_primary_of(person)
    ]
    return effects


def only_primary_of(person: User) -> list[EmployerGroup]:
    """Return the groups in which *person* is the only primary administrator."""
    alone = Grant.objects.filter(user=person).without_another_primary()
    return [grant.group for grant in alone.select_related("group").order_by("group__name")]


def _grants_of(person: User) -> list[dict[str, Any]]:
    """Return what the page shows of the open grants of *person*; two statements for any number."""
    grants = Grant.objects.open().filter(user=person).select_related("group").with_units()
    return [
        {
            "grant": grant,
            "state": state_of(grant),
            "units": units_of(grant),
            "ends": end_shown(grant),
        }
        for grant in grants.order_by("group__name", "pk")[:MOST_GRANTS]
    ]


def _sessions_of(person: User) -> list[tuple[str, UserSession]]:
    """Return the open sessions with the browser in words."""
    return [
        (browsers.describe(session.user_agent), session)
        for session in sessions.still_open(person, timezone.now())
    ]


def may_manage(user: Any, person: User) -> bool:
    """Tell whether *user* may close and open the account of *person*; staff accounts need the right over staff."""
    return bool(
        user.has_perm(MANAGE_PEOPLE) and (not person.is_staff or user.has_perm(MANAGE_STAFF))
    )
