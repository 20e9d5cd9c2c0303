"""Forms about how a group is reached; the names of the fields are the arguments of ``groups/actions/contacts.py``."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import Address, Contact
from groups.us_addresses import COUNTIES, STATES, county_of, is_in_state, is_po_box
from portal.fields import (
    AddressField,
    DayInput,
    DigitsField,
    PersonNameField,
    PhoneField,
    PlainTextField,
    say_what_is_missing,
)

LATEST_BACK, LATEST_AHEAD = timedelta(days=30), timedelta(days=90)  # of a move; ours
CITY = RegexValidator(
    r"^[^\W\d_][^\d_]*\Z", _("Enter the name of a city, with letters, spaces and hyphens.")
)


class SubmittedForm(forms.Form):
    """A form that becomes a transaction: *version* of what was shown, 0 for nothing, and a key of this one sending."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, version: int = 0, **kwargs: Any) -> None:
        initial = {"version": version, "form_key": uuid4(), **(kwargs.pop("initial", None) or {})}
        super().__init__(data, initial=initial, **kwargs)
        self.shown_version = version

    @property
    def is_stale(self) -> bool:
        """Tell whether something else stands there now than what the sender was shown."""
        if "version" not in self.fields:  # nothing was there to be changed meanwhile
            return False
        return bool(self.cleaned_data["version"] != self.shown_version)

    def show_again(self) -> None:
        """Let the form, with what was typed, be about what stands there now."""
        self.data = {**self.data.dict(), "version": str(self.shown_version)}  # type: ignore[attr-defined]  # a QueryDict


class ContactForm(SubmittedForm):
    """Who somebody is and how they are reached."""

    first_name = PersonNameField(label=_("First name"), max_length=35)
    last_name = PersonNameField(label=_("Last name"), max_length=60)
    title = PlainTextField(
        label=_("Title"),
        max_length=60,
        required=False,
        help_text=_("For example accounts payable manager"),
    )
    phone = PhoneField(label=_("Phone"))
    extension = DigitsField(
        label=_("Extension"),
        digits=r"\d{1,6}",
        message=_("An extension has 1 to 6 digits."),
        required=False,
        widget=forms.TextInput(attrs={"class": "ep-input--tiny", "inputmode": "numeric"}),
    )
    email = AddressField(label=_("Email address"), help_text=_("We write to this address."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "title", "phone", "extension", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"  # of somebody else
        say_what_is_missing(
            self,
            {
                "first_name": _("Enter the first name."),
                "last_name": _("Enter the last name."),
                "phone": _("Enter the phone number."),
                "email": _("Enter the email address."),
            },
        )


class NewContactForm(ContactForm):
    """A contact that is not on file yet."""

    version = None  # type: ignore[assignment]  # as Django takes a field away
    kind = forms.ChoiceField(
        label=_("Contact for"), error_messages={"required": _("Choose what the contact is for.")}
    )
    field_order = ("kind", "first_name", "last_name", "title", "phone", "extension", "email")

    def __init__(self, *args: Any, kinds: tuple[Contact.Kind, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.value, kind.label) for kind in kinds]
        self.fields["kind"].choices = [("", _("Choose one")), *choices]  # type: ignore[attr-defined]


class PlaceForm(SubmittedForm):
    """An address in the United States."""

    line1 = PlainTextField(label=_("Street address"), max_length=55)
    line2 = PlainTextField(
        label=_("Suite or floor"), max_length=55, required=False, help_text=_("If there is one")
    )
    city = PlainTextField(label=_("City"), max_length=30, validators=[CITY])
    state = forms.ChoiceField(label=_("State"), choices=[("", _("Choose a state")), *STATES])
    zip_code = PlainTextField(
        label=_("ZIP"),
        max_length=20,
        help_text=_("5 digits, or 5 and 4"),
        widget=forms.TextInput(attrs={"class": "ep-input--short", "inputmode": "numeric"}),
    )
    county = PlainTextField(
        label=_("County"),
        max_length=40,
        required=False,
        help_text=_("Some ZIP codes lie in two counties, and rates follow the county."),
    )
    effective_date = forms.DateField(
        label=_("From which day?"),
        widget=DayInput(attrs={"class": "ep-input--short"}),
        error_messages={"invalid": _("Enter a date, such as 12/01/2026.")},
    )

    def __init__(self, *args: Any, kind: str, today: date | None = None, **kwargs: Any) -> None:
        today = today or timezone.localdate()
        initial = {"effective_date": today, **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.kind, self.today = kind, today
        for name in ("line1", "line2", "city", "state", "zip_code", "county"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        if kind != Address.Kind.PHYSICAL:
            del self.fields["effective_date"]
        say_what_is_missing(
            self,
            {
                "line1": _("Enter the street address."),
                "city": _("Enter the city."),
                "state": _("Choose the state."),
                "zip_code": _("Enter the ZIP."),
                "effective_date": _("Enter the day from which the address holds."),
            },
        )

    def clean_line1(self) -> str:
        """Return the street with single spaces."""
        return self._street("line1")

    def clean_line2(self) -> str:
        """Return the suite with single spaces."""
        return self._street("line2")

    def clean_city(self) -> str:
        """Return the city with single spaces."""
        return " ".join(self.cleaned_data["city"].split())

    def clean_county(self) -> str:
        """Return the county with single spaces."""
        return " ".join(self.cleaned_data["county"].split())

    def clean_zip_code(self) -> str:
        """Return 01040 or 01040-1234."""
        digits = re.sub(r"[\s\-\u2010-\u2015]", "", self.cleaned_data["zip_code"])
        if not re.fullmatch(r"\d{5}(?:\d{4})?", digits, re.ASCII):
            raise ValidationError(_("ZIP needs 5 digits, or 9 such as 01040-1234."), code="digits")
        return f"{digits[:5]}-{digits[5:]}" if digits[5:] else digits

    def clean_effective_date(self) -> date:
        """Return a day near today."""
        day: date = self.cleaned_data["effective_date"]
        if not self.today - LATEST_BACK <= day <= self.today + LATEST_AHEAD:
            raise ValidationError(
                _("Choose a day from 30 days back to 90 days ahead."), code="range"
            )
        return day

    def clean(self) -> dict[str, Any]:
        """Compare ZIP and county with the state."""
        cleaned: dict[str, Any] = super().clean() or {}
        state, zip_code = cleaned.get("state"), cleaned.get("zip_code")
        if state and zip_code and not is_in_state(zip_code, state):
            words = _("%(zip)s is not a ZIP of %(state)s. Check the ZIP and the state.")
            names = {"zip": zip_code, "state": dict(STATES)[state]}
            self.add_error("zip_code", ValidationError(words, code="state", params=names))
        if state and cleaned.get("county"):
            self._compare_county(cleaned, state)
        return cleaned

    def _compare_county(self, cleaned: dict[str, Any], state: str) -> None:
        """Write the county as its state does, or refuse one that it does not have."""
        county = county_of(cleaned["county"], state)
        if county is None:
            words = _("%(state)s has no county of this name. It has %(counties)s.")
            names = {"state": dict(STATES)[state], "counties": ", ".join(COUNTIES[state])}
            self.add_error("county", ValidationError(words, code="county", params=names))
        else:
            cleaned["county"] = county

    def _street(self, name: str) -> str:
        text = " ".join(self.cleaned_data[name].split())
        if self.kind == Address.Kind.PHYSICAL and is_po_box(text):
            raise ValidationError(
                _("A physical address cannot be a PO box. Use it as mailing address."),
                code="po_box",
            )
        return text
