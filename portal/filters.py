"""What part of a long list to show: the days, and how a choice stands in an address."""

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.calendar_days import require_plausible
from portal.fields import DayInput


class DaysFilterForm(forms.Form):
    """Days of the carrier, both inclusive. A value that makes no sense is told at its field and not applied."""

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

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.widget.attrs["class"] = "ep-input--small"

    @property
    def chosen(self) -> dict[str, Any]:
        """Return what narrows the list, by field."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """Return what narrows the list as the query of an address."""
        return urlencode(self.chosen)

    def days(self, by: str) -> Q:
        """Return what finds rows whose moment *by* lies in the chosen days."""
        found, chosen = Q(), self.chosen
        if first := chosen.get("first_day"):
            found &= Q(**{f"{by}__gte": midnight(first)})
        if last := chosen.get("last_day"):
            found &= Q(**{f"{by}__lt": midnight(last + timedelta(days=1))})
        return found

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

    def offer(self, name: str, choices: list[tuple[str, str | Promise]]) -> None:
        """Let the field *name* choose among *choices*."""
        field: forms.ChoiceField = self.fields[name]  # type: ignore[assignment]
        field.choices = choices

    def _plausible(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        require_plausible(day)
        return day


def midnight(day: date) -> datetime:
    """Return the moment at which *day* begins for the carrier."""
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))
