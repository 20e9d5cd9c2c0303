"""What part of a group's activity to show."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.activity import BY, CODE, GRANT, area_choices, in_area
from accounts.actors import carrier_staff
from accounts.models import AccessCode, Grant, User
from groups.models import EmployerGroup
from portal.fields import PlainTextField
from portal.filters import DaysFilterForm
from portal.models import AuditEvent


class ActivityFilterForm(DaysFilterForm):
    """Days, who acted, what area, and how the name of what it was about begins.

    *people* are grants of the *group* with their persons, one of each that can be chosen.
    """

    STAFF: ClassVar[str] = "staff"
    NOBODY: ClassVar[str] = "nobody"

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
        self.offer("who", [("", _("Everybody")), *self._persons()])
        self.offer("area", [("", _("Everything")), *area_choices()])
        self.full_clean()

    def apply(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Return the events that fit."""
        chosen = self.chosen
        events = events.filter(self.days(BY))
        if who := chosen.get("who"):
            events = events.filter(self._acted(who))
        if area := chosen.get("area"):
            events = events.filter(in_area(area))
        if about := chosen.get("about"):
            events = events.filter(self._is_about(about))
        return events

    def _persons(self) -> list[tuple[str, Any]]:
        """Return the people, then the carrier's people and the clock."""
        persons = [(str(grant.key), grant.person) for grant in self.people]
        persons.sort(key=lambda choice: choice[1].casefold())
        return [*persons, (self.STAFF, carrier_staff()), (self.NOBODY, _("Nobody signed in"))]

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
