"""Filters of the lists about access. States are those of the clock, swept or not."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessCode, Agency, Grant, User


class StateFilter(admin.SimpleListFilter):
    """State of a grant."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every state."""
        return list(Grant.State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> QuerySet[Grant]:
        """Return grants in the chosen state at this moment."""
        value = self.value()
        ended = Q(state__in=Grant.OPEN, ends_at__lte=timezone.now())
        if value == Grant.State.EXPIRED:
            return queryset.filter(Q(state=value) | ended)
        return queryset.filter(state=value).exclude(ended) if value else queryset


class ReviewFilter(admin.SimpleListFilter):
    """Grants that a primary administrator has to look at."""

    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer those that need a look."""
        return [("open", _("Needs a look"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> QuerySet[Grant]:
        """Return open grants marked for a look."""
        if self.value() != "open":
            return queryset
        return queryset.filter(orphaned_at__isnull=False, state__in=Grant.OPEN)


class _InAddress(admin.SimpleListFilter):
    """A filter that other pages link to: it shows, and can be left, only when it stands in the address."""

    field: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what stands in the address, by its name."""
        value = request.GET.get(str(self.parameter_name), "")
        return [(value, self.name_of(value))] if value.isascii() and value.isalnum() else []

    def name_of(self, value: str) -> str:
        """Return what people call it."""
        return value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that belong to it."""
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class GroupFilter(_InAddress):
    """Grants on one group, by its Group ID."""

    title = _("group")
    parameter_name = "group"
    field = "group__group_id"


class _ByKey(_InAddress):
    """The same by the key of a row."""

    rows: ClassVar[QuerySet[Any]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what stands in the address, if it can be a key."""
        value = request.GET.get(str(self.parameter_name), "")
        return super().lookups(request, model_admin) if _is_key(value) else []

    def name_of(self, value: str) -> str:
        """Return the row's name."""
        return str(self.rows.filter(pk=value).first() or value)


class AgencyFilter(_ByKey):
    """Grants of one agency's brokers."""

    title = _("agency")
    parameter_name = "agency"
    field = "agency"
    rows = Agency.objects.all()


class PersonFilter(_ByKey):
    """Grants of one person."""

    title = _("person")
    parameter_name = "person"
    field = "user"
    rows = User.objects.all()


class CodeStateFilter(admin.SimpleListFilter):
    """State of an access code."""

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


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19
