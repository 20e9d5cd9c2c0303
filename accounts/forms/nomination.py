"""The group officer's form: who is designated as primary administrator, of which group, by whom."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.registration import CorrectRequestForm, IdentifyForm, RequestForm
from accounts.models import RegistrationRequest
from portal.fields import (
    AddressField,
    PersonNameField,
    PhoneField,
    PlainTextField,
    say_what_is_missing,
)

AUTHORITY = _(
    "I am an officer of the company named above, and I am authorized to designate its primary administrator, who"
    " manages its coverage online and decides who else has access."
)
MISSING = {
    "officer_name": _("Enter your name."),
    "identifier": _("Enter the Group ID or Group Policyholder ID."),
    "officer_title": _("Enter your title."),
    "officer_email": _("Enter your work email address."),
    "officer_email_again": _("Enter your email address again."),
    "officer_phone": _("Enter your work phone."),
    "first_name": _("Enter the first name of the person you designate."),
    "last_name": _("Enter the last name of the person you designate."),
    "title": _("Enter the title of the person you designate."),
    "email": _("Enter the work email address of the person you designate."),
    "email_again": _("Enter the email address of the person you designate again."),
    "phone": _("Enter the work phone of the person you designate."),
    "region": _("Choose a region."),
}
OF_OTHERS = ("first_name", "last_name", "title", "phone", "email", "email_again")
# What a nomination does not ask: it is always for a primary administrator, and the officer signs.
NOT_ASKED = ("role", "agency", "npn", "signer_name", "signer_email")


class OfficerFields(forms.Form):
    """Who designates."""

    officer_name = PersonNameField(
        label=_("Your name"),
        max_length=100,
        help_text=_("As on the group agreement, if you signed it"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    officer_title = PlainTextField(
        label=_("Your title"),
        max_length=60,
        help_text=_("For example Chief Financial Officer"),
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    officer_phone = PhoneField(label=_("Your work phone"), help_text=_("For example 413-555-0114"))


class NominationForm(OfficerFields, IdentifyForm, RequestForm):
    """Officer, group and nominee; field names as in ``submit_request``."""

    officer_email = AddressField(
        label=_("Your work email address"), help_text=_("We write to you here about this form.")
    )
    officer_email_again = AddressField(label=_("Re-enter your email address"))
    field_order = (
        "officer_name", "officer_title", "officer_email", "officer_email_again", "officer_phone", "identified_by",
        "identifier", "company_legal_name", "fein", "first_name", "middle_initial", "last_name", "title", "email",
        "email_again", "phone", "region", "authority", "terms",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("has_key", *NOT_ASKED):
            del self.fields[name]
        say_what_is_missing(self, MISSING)
        _ask_about_somebody_else(self)
        self.fields["email"].help_text = _(
            "We send the Access Key here once your form is approved, and nothing before."
        )
        self.fields["authority"].label = AUTHORITY
        self.fields["identifier"].label = _("Group ID or Group Policyholder ID")
        self.fields["identifier"].help_text = _(
            "Found on your invoice. If you have multiple Group ID numbers, use the one with the letter A at the end."
        )

    def clean(self) -> dict[str, Any]:
        """Compare the officer's two addresses; somebody who means themselves is led to the other form."""
        cleaned = super().clean()
        own, again = cleaned.get("officer_email", ""), cleaned.get("officer_email_again", "")
        if own and again and own != again:
            self.add_error("officer_email_again", _("The two email addresses are different."))
        if own and own == cleaned.get("email"):
            self.add_error(
                "email",
                _(
                    "This is your own address. To be the primary administrator yourself, choose Register for Access."
                ),
            )
        return cleaned

    def details(self) -> dict[str, str]:
        """Return what ``submit_request`` takes of this form."""
        left_out = {"officer_email_again", "email_again", "authority", "terms"}
        kept = {name: value for name, value in self.cleaned_data.items() if name not in left_out}
        return {
            **kept,
            **_signed_by_officer(kept),
            "signer_email": kept["officer_email"],
            "statement_of_authority": str(AUTHORITY),
        }


class CorrectNominationForm(OfficerFields, CorrectRequestForm):
    """The nomination once more, for mending; both e-mail addresses and the group stay as they are."""

    field_order = ("officer_name", "officer_title", "officer_phone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NOT_ASKED:
            del self.fields[name]
        say_what_is_missing(self, MISSING)
        _ask_about_somebody_else(self)

    def details(self) -> dict[str, str]:
        """Return what may be corrected."""
        return {**self.cleaned_data, **_signed_by_officer(self.cleaned_data)}


def _ask_about_somebody_else(form: forms.Form) -> None:
    """Keep the browser from filling in the officer's own particulars for the nominee."""
    for name in OF_OTHERS:
        if name in form.fields:
            form.fields[name].widget.attrs["autocomplete"] = "off"


def _signed_by_officer(typed: dict[str, str]) -> dict[str, str]:
    return {
        "role": RegistrationRequest.Role.PRIMARY_ADMINISTRATOR.value,
        "agency": "",
        "npn": "",
        "signer_name": typed["officer_name"],
    }
