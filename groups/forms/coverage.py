"""For which day and billing unit plans and rates are shown."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import Subgroup
from portal.calendar_days import require_plausible
from portal.fields import DayInput


class OnDayForm(forms.Form):
    """A day of the carrier and one of *units*, those the reader may see. Today is taken where no day is asked for.

    Readers with the whole group may leave the unit out and get the group's own rates; others get their first unit.
    """

    on = forms.DateField(
        label=_("In force on"),
        required=False,  # today then
        widget=DayInput(),
        error_messages={"invalid": _("Enter a date, such as 11/17/2026.")},
    )
    unit = forms.ChoiceField(
        label=_("Billing unit"),
        required=False,
        error_messages={"invalid_choice": _("Choose a billing unit from the list.")},
    )

    def __init__(
        self,
        data: QueryDict,
        *,
        units: Iterable[Subgroup],
        is_whole: bool,
        today: date | None = None,
    ) -> None:
        self.units = {unit.code: unit for unit in units}
        first = "" if is_whole else next(iter(self.units), "")
        today = today or timezone.localdate()
        asked = {"on": data.get("on") or today.isoformat(), "unit": data.get("unit") or first}
        super().__init__(asked)
        field: forms.ChoiceField = self.fields["unit"]  # type: ignore[assignment]
        whole = [("", _("ALL"))] if is_whole else []
        field.choices = [*whole, *((unit.code, str(unit)) for unit in self.units.values())]
        for one in self.fields.values():
            one.widget.attrs["class"] = "ep-input--small"
        self.full_clean()

    def clean_on(self) -> date:
        """Refuse a day no calendar of ours reaches."""
        day: date = self.cleaned_data["on"]
        require_plausible(day)
        return day

    @property
    def day(self) -> date:
        """Return the day; only after the form was found valid."""
        day: date = self.cleaned_data["on"]
        return day

    @property
    def chosen_unit(self) -> Subgroup | None:
        """Return the billing unit, None for the whole group."""
        return self.units.get(self.cleaned_data["unit"])

    @property
    def query(self) -> str:
        """Return what is shown as the query of an address."""
        chosen: dict[str, Any] = {"on": self.day.isoformat(), "unit": self.cleaned_data["unit"]}
        return urlencode({name: value for name, value in chosen.items() if value})
