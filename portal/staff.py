"""The staff side: Django's admin, behind the portal's own sign-in, in the staff look.

The frame knows no app. Apps hang in here: their pages by ``admin.site.register``, a section of the staff home
by ``home_section``, and the words of their audit events by ``describe_events``.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import (
    display_for_field,
    display_for_value,
    label_for_field,
    lookup_field,
)
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.own_pages import is_own_path
from portal.tenancy import carrier_scope

if TYPE_CHECKING:
    AnyAdmin = ModelAdmin[Any]
else:
    AnyAdmin = ModelAdmin  # generic for the type checker only

OUR_APPS = ("portal", "groups", "accounts", "messaging", "roster", "billing")
Words = str | Promise
Section = Callable[[HttpRequest], dict[str, Any] | None]

# Django's own helpers for forms and links we do not have.
NOT_OURS = {"autocomplete", "jsi18n", "view_on_site"}

_sections: list[tuple[int, Section]] = []
_event_words: dict[str, Words] = {}


def home_section(order: int) -> Callable[[Section], Section]:
    """Put a section on the staff home, smallest *order* first.

    The function returns the context of the section with its ``template``, or None for people without the right.
    """

    def register(section: Section) -> Section:
        _sections.append((order, section))
        return section

    return register


def describe_events(words: Mapping[str, Words]) -> None:
    """Give audit events (``app.noun_verbed``) the words of a history; the actor stands before them."""
    _event_words.update(words)


def event_words() -> dict[str, Words]:
    """Return the words of every known kind of audit event."""
    return dict(_event_words)


def in_words(kind: str) -> Words:
    """Return the words of an audit event; for an unknown *kind* its name without signs."""
    return _event_words.get(kind) or kind.rpartition(".")[2].replace("_", " ")


class StaffSite(AdminSite):
    """The admin for account management; people sign in where everybody signs in, second step included."""

    site_title = _("Staff")
    site_header = _("Staff")
    index_title = _("Staff home")
    site_url = "/"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Show our own tables only: Django and allauth offer theirs with session keys and second-step secrets."""
        models: Iterable[type[Model]] = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        ours = [model for model in models if model._meta.app_label in OUR_APPS]
        super().register(ours, admin_class, **options)

    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send visitors to the portal's sign-in, and from there on to the page they asked for.

        Signed-in people without the right are told that they have none.
        """
        asked = request.GET.get(REDIRECT_FIELD_NAME, "")
        page = asked if is_own_path(request, asked) else reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(page, resolve_url(settings.LOGIN_URL))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect(page)

    def admin_view(  # type: ignore[override]
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """Open the rows of every group to a page of the staff side, in one transaction, templates included."""

        @wraps(view)
        def for_carrier(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with carrier_scope():
                response = view(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
                return response

        return super().admin_view(for_carrier, cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the addresses of the admin, save those nobody uses."""
        return [entry for entry in super().get_urls() if getattr(entry, "name", "") not in NOT_OURS]

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the portal's own page, which writes down that the person left."""
        return redirect("account_logout")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the portal's own page: it limits tries, ends other sessions and tells the person by mail."""
        return redirect("account_change_password")

    password_change_done = password_change  # type: ignore[assignment]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what waits: one section of each app, then everything there is."""
        ordered = sorted(_sections, key=lambda pair: pair[0])
        sections = [found for _order, section in ordered if (found := section(request))]
        return super().index(request, {"sections": sections, **(extra_context or {})})


class ReadOnlyAdmin(AnyAdmin):
    """Rows to look at, on two pages of ours: whatever changes a row is an action with an address of its own.

    *heading* is the title of the list, *empty_text* what it says without a row.
    """

    heading: Words = ""
    empty_text: Words = _("Nothing here yet.")
    change_list_template = "admin/read_only_list.html"
    change_form_template = "admin/read_only_page.html"
    actions = None
    empty_value_display = "–"
    list_per_page = 50
    show_full_result_count = False  # no second count of the whole table

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse; looking needs the permission to view."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for the permission to view, and for nothing more: a right to act opens no other door."""
        meta = self.opts
        return request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}")

    def title_of(self, row: Any) -> str:
        """Return the title of a row's page."""
        return str(row)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, each cell with the label it has on a phone."""
        if "\0" in request.GET.urlencode(
            safe="\0"
        ):  # no column can hold it, and PostgreSQL refuses it
            return redirect(request.path)
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None)
        if context and "cl" in context:
            changes = context["cl"]
            context |= {
                "heading": self.heading or capfirst(str(self.opts.verbose_name_plural)),
                "empty_text": self.empty_text,
                "headers": list(result_headers(changes)),
                "rows": [self._row(changes, row) for row in changes.result_list],
                "search_help": self.search_help_text,
                "filters": [
                    {"title": spec.title, "choices": list(spec.choices(changes))}
                    for spec in changes.filter_specs
                ],
                "pager": _pager(changes),
            }
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the row under its own title."""
        row = context.get("original")
        context["heading"] = self.heading or capfirst(str(self.opts.verbose_name_plural))
        context["row_title"] = self.title_of(row) if row else ""
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the audit trail of the row; Django's own log of the admin stays empty."""
        target = {"target_type": self.opts.label_lower, "target_key": object_id}
        return redirect(f"{reverse('admin:portal_auditevent_changelist')}?{urlencode(target)}")

    def _row(self, changes: ChangeList, row: Any) -> dict[str, Any]:
        labels = [
            capfirst(str(label_for_field(name, self.model, self))) for name in self.list_display
        ]
        texts = [_shown(self, name, row) for name in self.list_display]
        url = changes.url_for_result(row)
        return {"url": url, "cells": list(zip(labels, texts, strict=True))}


def _shown(model_admin: ReadOnlyAdmin, name: Any, row: Any) -> str:
    """Return what a list shows of one column of *row*, times in the carrier's zone."""
    field, _attribute, value = lookup_field(name, row, model_admin)
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "M j, Y, g:i a")
    if isinstance(value, date):
        return date_format(value, "M j, Y")
    if field is None:
        return str(display_for_value(value, model_admin.empty_value_display, boolean=False))
    if field.is_relation:
        related = getattr(row, field.name)
        return str(related) if related else model_admin.empty_value_display
    return str(display_for_field(value, field, model_admin.empty_value_display))


def _pager(changes: ChangeList) -> dict[str, str]:
    """Return words and addresses of the pager: "1 to 50 of 65"."""
    page = changes.paginator.get_page(changes.page_num)
    numbers = {"first": page.start_index(), "last": page.end_index(), "total": page.paginator.count}
    number = changes.page_num
    return {
        "label": gettext("%(first)d to %(last)d of %(total)d") % numbers,
        "previous_url": changes.get_query_string({PAGE_VAR: number - 1}) if number > 1 else "",
        "next_url": changes.get_query_string({PAGE_VAR: number + 1}) if page.has_next() else "",
    }
