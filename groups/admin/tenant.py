"""Groups on the staff side: to look at, with the people and requests behind them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from groups.admin.origins import change_origin, origin_of
from groups.admin.team import change_team, team_of
from groups.contact_rules import VOUCH
from groups.models import Address, Contact, EmployerGroup, Subgroup
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status
from portal.templatetags.portal_words import phone

if TYPE_CHECKING:
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyInline = admin.TabularInline  # generic for the type checker only

SHAPES = {
    EmployerGroup.Status.PROSPECT: "progress",
    EmployerGroup.Status.INSTALLED: "progress",
    EmployerGroup.Status.ACTIVE: "active",
    EmployerGroup.Status.GRACE: "attention",
    EmployerGroup.Status.SUSPENDED: "late",
}
# Lists of other apps that can be narrowed to a group: address name, parameter, words.
ELSEWHERE: list[tuple[str, str, str | Promise]] = [
    ("admin:accounts_registrationrequest_changelist", "q", _("Requests")),
    ("admin:accounts_user_changelist", "group", _("People")),
    ("admin:accounts_grant_changelist", "group", _("Access")),
    ("admin:accounts_accesscode_changelist", "q", _("Access Keys")),
]


def shape_of(group: EmployerGroup) -> str:
    """Return the shape of the group's status, as the status component takes it."""
    return SHAPES.get(EmployerGroup.Status(group.status), "ended")


class _Rows(AnyInline):
    """Rows of a group, to look at."""

    template = "admin/read_only_rows.html"
    extra = 0
    can_delete = False
    empty_value_display = "–"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class _PlacedRows(_Rows):
    """Rows of the group or of one of its billing units, the group's first."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows with their units."""
        found = super().get_queryset(request).select_related("subgroup")
        return found.order_by(F("subgroup__code").asc(nulls_first=True), "kind", "pk")

    @admin.display(description=_("Billing unit"))
    def place(self, row: Contact | Address) -> str:
        """Return whose row it is."""
        return str(row.subgroup) if row.subgroup else str(_("The group"))


class ContactRows(_PlacedRows):
    """The people by whom the group and its billing units are reached, and whether they are evidence."""

    model = Contact
    fields = ("place", "kind", "full_name", "title", "written_phone", "email", "origin")
    readonly_fields = fields
    may_vouch = False  # of the request for which this was made

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows, and find out who asks for them."""
        self.may_vouch = request.user.has_perm(VOUCH)
        return super().get_queryset(request)

    @admin.display(description=_("Evidence"))
    def origin(self, contact: Contact) -> str:
        """Return whether the carrier vouches for the contact, with the way to change that."""
        if not self.may_vouch:
            return origin_of(contact)
        url = reverse("admin:groups_employergroup_origin", args=[contact.group_id, contact.pk])
        words = _("whether we vouch for %(name)s") % {"name": contact}
        return format_html(
            '{} <a href="{}">{}<span class="usa-sr-only"> {}</span></a>',
            origin_of(contact), url, _("Change"), words,
        )  # fmt: skip

    @admin.display(description=_("Name"))
    def full_name(self, contact: Contact) -> str:
        """Return first and last name."""
        return str(contact)

    @admin.display(description=_("Phone"))
    def written_phone(self, contact: Contact) -> str:
        """Return the number as people write it."""
        written = phone(contact.phone)
        return f"{written} {_('ext.')} {contact.extension}" if contact.extension else written


class AddressRows(_PlacedRows):
    """Where the group and its billing units are."""

    model = Address
    fields = ("place", "kind", "street", "city", "state", "zip_code")
    readonly_fields = ("place", "street")

    @admin.display(description=_("Street"))
    def street(self, address: Address) -> str:
        """Return both lines."""
        return ", ".join(filter(None, (address.line1, address.line2)))


class SubgroupRows(_Rows):
    """Billing units."""

    model = Subgroup
    fields = ("code", "name", "kind", "effective_date", "term_date")


@admin.register(EmployerGroup)
class EmployerGroupAdmin(ReadOnlyAdmin):
    """Group contracts with contacts, addresses and billing units."""

    heading = _("Groups")
    list_display = ("name", "group_id", "policyholder_id", "status_shown", "market", "region", "renewal_date")  # fmt: skip
    list_filter = ("status", "market")
    search_fields = ("group_id__istartswith", "policyholder_id__istartswith", "name", "legal_name", "dba")  # fmt: skip
    search_help_text = _("Group ID, Policyholder ID or name")
    ordering = ("name", "pk")
    change_form_template = "admin/groups/employergroup/change_form.html"
    inlines = (ContactRows, AddressRows, SubgroupRows)
    fieldsets = (
        (None, {"fields": ("status_shown", "elsewhere")}),
        (
            _("Group"),
            {
                "fields": (
                    "group_id", "policyholder_id", "main_group", "name", "legal_name", "dba", "masked_fein",
                    "written_phone",
                )
            },
        ),
        (
            _("Contract"),
            {"fields": ("effective_date", "renewal_date", "market", "region", "entity_kind", "sic_code")},
        ),
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change the account team, and whether we vouch for a contact."""
        view, name = self.admin_site.admin_view, "groups_employergroup"
        return [
            path("<int:pk>/team/", view(change_team), name=f"{name}_team"),
            path("<int:pk>/contacts/<int:contact_pk>/", view(change_origin), name=f"{name}_origin"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show who looks after the group."""
        group: EmployerGroup | None = context.get("original")
        if group is not None:
            context["team"] = team_of(group)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("Status"), ordering="status")
    def status_shown(self, group: EmployerGroup) -> SafeString:
        """Return the status as shape and word."""
        return status(shape_of(group), group.get_status_display())

    @admin.display(description=_("FEIN"))
    def masked_fein(self, group: EmployerGroup) -> str:
        """Return the tax number by its last four digits."""
        return f"••-•••{group.fein[-4:]}"

    @admin.display(description=_("Phone"))
    def written_phone(self, group: EmployerGroup) -> str:
        """Return the number as people write it."""
        return phone(group.phone)

    @admin.display(description=_("Look also at"))
    def elsewhere(self, group: EmployerGroup) -> SafeString:
        """Return links to what other apps keep about the group, where they are installed."""
        links = [
            (f"{url}?{urlencode({parameter: group.group_id})}", words)
            for name, parameter, words in ELSEWHERE
            if (url := _reverse(name))
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)


def _reverse(name: str) -> str:
    """Return the address called *name*, or nothing: this app does not know who uses it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
