"""What part of a group's activity to show."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.activity import CODE, GRANT, area_choices, in_area
from accounts.actors import carrier_staff
from accounts.models import AccessCode, Grant, User
from groups.models import EmployerGroup
from portal.calendar_days import require_plausible
from portal.fields import DayInput, PlainTextField
from portal.models import AuditEvent


class ActivityFilterForm(forms.Form):
    """Days of the carrier (both inclusive), who acted, what area, and how the name of what it was about begins.

    *people* are grants of the *group* with their persons, one of each that can be chosen. A value that makes no sense
    is told at its field and not applied.
    """

    STAFF: ClassVar[str] = "staff"
    NOBODY: ClassVar[str] = "nobody"

    first_day = forms.DateField(
        label=_("From"),
        required=False,
        widget=DayInput(),
        error_messages={"invalid": _("Enter a date, such as 11/17/2026.")},
    )
    last_day = forms.DateField(
        label=_("To"),
        required=False,
        widget=DayInput(),
        error_messages={"invalid": _("Enter a date, such as 11/17/2026.")},
    )
    who = forms.ChoiceField(label=_("Who"), required=False)
    area = forms.ChoiceField(label=_("What"), required=False)
    about = PlainTextField(
        label=_("About whom or what"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: QueryDict, *, group: EmployerGroup, people: Iterable[Grant]) -> None:
        super().__init__(data)
        self.group, self.people = group, list(people)
        self._choices("who", [("", _("Everybody")), *self._persons()])
        self._choices("area", [("", _("Everything")), *area_choices()])
        for field in self.fields.values():
            field.widget.attrs["class"] = "ep-input--small"
        self.full_clean()

    @property
    def chosen(self) -> dict[str, Any]:
        """Return what narrows the list, by field."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """Return what narrows the list as the query of an address."""
        return urlencode(self.chosen)

    def clean_first_day(self) -> date | None:
        """Refuse a day no calendar of ours reaches."""
        return self._plausible("first_day")

    def clean_last_day(self) -> date | None:
        """Refuse a day no calendar of ours reaches."""
        return self._plausible("last_day")

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("Choose a day on or after the first one."))
        return cleaned

    def apply(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Return the events that fit."""
        chosen = self.chosen
        if first := chosen.get("first_day"):
            events = events.filter(at__gte=_midnight(first))
        if last := chosen.get("last_day"):
            events = events.filter(at__lt=_midnight(last + timedelta(days=1)))
        if who := chosen.get("who"):
            events = events.filter(self._acted(who))
        if area := chosen.get("area"):
            events = events.filter(in_area(area))
        if about := chosen.get("about"):
            events = events.filter(self._is_about(about))
        return events

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field: forms.ChoiceField = self.fields[name]  # type: ignore[assignment]
        field.choices = choices

    def _persons(self) -> list[tuple[str, Any]]:
        """Return the people, then the carrier's people and the clock."""
        persons = [(str(grant.key), grant.person) for grant in self.people]
        persons.sort(key=lambda choice: choice[1].casefold())
        return [*persons, (self.STAFF, carrier_staff()), (self.NOBODY, _("Nobody signed in"))]

    def _plausible(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        require_plausible(day)
        return day

    def _acted(self, who: str) -> Q:
        if who == self.NOBODY:
            return Q(actor_key=None)
        if who == self.STAFF:
            return Q(actor_key__in=User.objects.filter(is_staff=True).values("pk"))
        user = next(grant.user_id for grant in self.people if str(grant.key) == who)
        return Q(actor_key=user)

    def _is_about(self, text: str) -> Q:
        """Return what finds events whose label, or the person of whose grant, begins with *text*."""
        grants = _grants_of(self.group, text)
        codes = AccessCode.objects.filter(group=self.group, grant__in=grants.values("pk"))
        return (
            Q(target_label__istartswith=text)
            | Q(target_type=GRANT, target_key__in=_as_text(grants))
            | Q(target_type=CODE, target_key__in=_as_text(codes))
        )


def _grants_of(group: EmployerGroup, text: str) -> QuerySet[Grant]:
    """Return the grants of people whose full name, last name or e-mail begins with *text*; of nobody of the staff."""
    invited = _begins(text, "first_and_last", "last_name", "email")
    users = _begins(text, "users_first_and_last", "user__last_name", "user__email")
    return (
        Grant.objects.filter(group=group)
        .alias(
            first_and_last=Concat("first_name", Value(" "), "last_name"),
            users_first_and_last=Concat("user__first_name", Value(" "), "user__last_name"),
        )
        .filter((Q(user=None) & invited) | (Q(user__is_staff=False) & users))
    )


def _begins(text: str, *names: str) -> Q:
    """Return what finds rows of which one of *names* begins with *text*."""
    found = Q()
    for name in names:
        found |= Q(**{f"{name}__istartswith": text})
    return found


def _as_text(rows: QuerySet[Any, Any]) -> QuerySet[Any, dict[str, Any]]:
    """Return the ids of *rows* as the history names them; read by PostgreSQL, however many there are."""
    keys: QuerySet[Any, dict[str, Any]] = rows.annotate(text=Cast("pk", TextField())).values("text")
    return keys


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))
