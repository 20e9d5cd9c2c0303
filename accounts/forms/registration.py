"""The forms of *Register for Access*: which group, the request, and looking it up again."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import RegistrationRequest
from groups.identifiers import (
    IdentifierError,
    normalize_group_id,
    normalize_policyholder_id,
)
from groups.models import IdentifiedBy
from portal.fields import (
    AddressField,
    FeinField,
    LinesField,
    NpnField,
    PersonNameField,
    PhoneField,
    PlainTextField,
    one_letter,
    say_what_is_missing,
)
from portal.forms import ChoiceTiles

AUTHORITY = _(
    "I work for the company named above or act as its broker, and I am authorized by it to manage its"
    " coverage online."
)
NO_KEY, HAS_KEY = "no", "yes"


class IdentifyForm(forms.Form):
    """Which group, and is there an Access Key already."""

    identified_by = forms.ChoiceField(
        label=_("Identify your group with"),
        choices=IdentifiedBy.choices,
        initial=IdentifiedBy.GROUP_ID,
        widget=ChoiceTiles(
            hints={
                IdentifiedBy.GROUP_ID: _("6 letters and numbers"),
                IdentifiedBy.POLICYHOLDER_ID: _("9 digits. We add the zeros in front."),
            }
        ),
    )
    identifier = forms.CharField(
        label=_("Your ID"),
        max_length=40,
        help_text=_(
            "6 characters with numbers and letters, found on your invoice. If you have multiple Group ID"
            " numbers, use the one with the letter A at the end. A Policyholder ID has 9 digits."
        ),
        error_messages={"required": _("Enter your Group ID or Group Policyholder ID.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    has_key = forms.ChoiceField(
        label=_("Do you have an Access Key?"),
        choices=[
            (NO_KEY, _("No, please email me an Access Key")),
            (HAS_KEY, _("Yes, I have an Access Key")),
        ],
        initial=NO_KEY,
        help_text=_("A 16-digit code that we email once a request is approved."),
        widget=ChoiceTiles(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = settings.REGISTRATION_BUSINESS_DAYS
        tiles: ChoiceTiles = self.fields["has_key"].widget
        tiles.hints = {
            NO_KEY: _("You send a request now. We answer within %(days)d business days.")
            % {"days": days},
            HAS_KEY: _("You enter it on the next page and create your account."),
        }
        chosen = self.data.get("identified_by") or self.initial.get("identified_by")
        describe_identifier(self.fields["identifier"], str(chosen or IdentifiedBy.GROUP_ID))

    def clean(self) -> dict[str, Any]:
        """Normalize the identifier by its kind."""
        cleaned: dict[str, Any] = super().clean() or {}
        kind, text = cleaned.get("identified_by"), cleaned.get("identifier")
        if kind and text:
            try:
                cleaned["identifier"] = _normalize(kind, text)
            except ValidationError as error:
                self.add_error("identifier", error)
        return cleaned


def describe_identifier(field: forms.Field, kind: str) -> None:
    """Give the identifier's field the label and hint of its kind; both hints while the kind is open."""
    if kind == IdentifiedBy.POLICYHOLDER_ID:
        field.label = _("Group Policyholder ID")
        field.help_text = _(
            "The Policyholder ID number must be 9 digits. We add extra zeros in front when yours is shorter."
        )
    else:
        field.label = _("Group ID")
        field.help_text = _(
            "6 characters with numbers and letters, found on your invoice. If you have multiple Group ID"
            " numbers, use the Group ID number designated with the letter A at the end."
        )


def _normalize(kind: str, text: str) -> str:
    """Return the identifier in its one form; raise ValidationError in plain words."""
    policyholder = kind == IdentifiedBy.POLICYHOLDER_ID
    try:
        return normalize_policyholder_id(text) if policyholder else normalize_group_id(text)
    except IdentifierError as error:
        messages = _POLICYHOLDER_ERRORS if policyholder else _GROUP_ID_ERRORS
        raise ValidationError(
            messages[error.code],
            code=error.code,
            params={"length": error.length, "entered": error.entered[:40]},
        ) from error


_GROUP_ID_ERRORS = {
    "length": _("Group ID needs 6 characters. You entered %(length)d: “%(entered)s”."),
    "characters": _("Group ID has letters A to Z and digits only. You entered “%(entered)s”."),
}
_POLICYHOLDER_ERRORS = {
    "length": _("Policyholder ID has at most 9 digits. You entered %(length)d: “%(entered)s”."),
    "characters": _("Policyholder ID has digits only. You entered “%(entered)s”."),
    "zeros": _("Policyholder ID cannot be all zeros. Look for it on your invoice."),
}


MISSING = {
    "first_name": _("Enter your first name."),
    "last_name": _("Enter your last name."),
    "title": _("Enter your title."),
    "company_legal_name": _("Enter the legal name of the company."),
    "fein": _("Enter the federal tax ID (FEIN) of the company."),
    "phone": _("Enter your work phone."),
    "email": _("Enter your work email address."),
    "email_again": _("Enter your email address again."),
    "region": _("Choose your region."),
    "signer_name": _("Enter the name of the contract signer."),
    "signer_email": _("Enter the email address of the contract signer."),
}


class RequestForm(forms.Form):
    """Who asks, for which company, in which role; field names as in ``submit_request``."""

    first_name = PersonNameField(label=_("First name"), max_length=35)
    middle_initial = PlainTextField(
        label=_("Middle initial"),
        max_length=1,
        required=False,
        validators=[one_letter],
        widget=forms.TextInput(attrs={"class": "ep-input--tiny"}),
    )
    last_name = PersonNameField(label=_("Last name"), max_length=60)
    title = PlainTextField(label=_("Title"), max_length=60, help_text=_("For example HR Manager"))
    company_legal_name = PlainTextField(
        label=_("Company legal name"), max_length=120, help_text=_("As on the group agreement")
    )
    fein = FeinField(
        label=_("Federal tax ID (FEIN)"), help_text=_("9 digits, for example 04-1234567")
    )
    phone = PhoneField(label=_("Work phone"), help_text=_("For example 413-555-0114"))
    email = AddressField(
        label=_("Work email address"),
        help_text=_("We send the Access Key here."),
    )
    email_again = AddressField(label=_("Re-enter email address"))
    region = forms.ChoiceField(label=_("Region"))
    role = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=RegistrationRequest.Role.choices,
        initial=RegistrationRequest.Role.PRIMARY_ADMINISTRATOR,
        widget=ChoiceTiles(
            hints={
                RegistrationRequest.Role.PRIMARY_ADMINISTRATOR: _(
                    "You work for the group and decide who else has access."
                ),
                RegistrationRequest.Role.BROKER: _("You look after the group for an agency."),
            }
        ),
    )
    agency = PlainTextField(
        label=_("Agency"), max_length=120, required=False, help_text=_("Brokers only")
    )
    npn = NpnField(
        label=_("National Producer Number (NPN)"),
        required=False,
        help_text=_("Brokers only. 1 to 10 digits"),
    )
    signer_name = PersonNameField(
        label=_("Contract signer's name"),
        max_length=100,
        help_text=_("The person who signed the contract for your company"),
    )
    signer_email = AddressField(
        label=_("Contract signer's email address"), widget=forms.EmailInput()
    )
    authority = forms.BooleanField(
        label=AUTHORITY,
        error_messages={"required": _("Confirm that you are authorized by the company.")},
    )
    terms = forms.BooleanField(
        label=_("I have read the Terms and Conditions and agree to the terms stated."),
        error_messages={"required": _("Read and accept the Terms and Conditions.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_what_is_missing(self, MISSING)
        region: forms.ChoiceField = self.fields["region"]  # type: ignore[assignment]
        region.choices = [("", _("Select an area")), *settings.REGIONS]
        for name, token in (
            ("first_name", "given-name"),
            ("last_name", "family-name"),
            ("title", "organization-title"),
            ("company_legal_name", "organization"),
        ):
            self.fields[name].widget.attrs["autocomplete"] = token

    def clean(self) -> dict[str, Any]:
        """Compare the two e-mail addresses and ask brokers for agency and NPN."""
        cleaned: dict[str, Any] = super().clean() or {}
        email, again = cleaned.get("email", ""), cleaned.get("email_again", "")
        if email and again and email != again:
            self.add_error("email_again", _("The two email addresses are different."))
        if cleaned.get("role") == RegistrationRequest.Role.BROKER:
            for name, message in _BROKER_ERRORS.items():
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, message)
        return cleaned

    def details(self) -> dict[str, str]:
        """Return what ``submit_request`` takes of this form."""
        kept = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"email_again", "authority", "terms"}
        }
        if kept["role"] != RegistrationRequest.Role.BROKER:
            kept["agency"] = kept["npn"] = ""
        return {**kept, "statement_of_authority": str(AUTHORITY)}


_BROKER_ERRORS = {
    "agency": _("Enter the name of your agency."),
    "npn": _("Enter your National Producer Number (NPN)."),
}


class CorrectRequestForm(RequestForm):
    """The request once more, for mending; e-mail address and group stay as they are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "email_again", "terms", "authority"):
            del self.fields[name]

    def details(self) -> dict[str, str]:
        """Return what may be corrected; the statement of authority stays as it was made."""
        corrected = super().details()
        del corrected["statement_of_authority"]
        return corrected


class FindRequestForm(forms.Form):
    """The two things that open the status page."""

    number = forms.CharField(
        label=_("Confirmation number"),
        max_length=20,
        help_text=_("For example REG-261117-0042"),
        error_messages={"required": _("Enter your confirmation number.")},
    )
    email = AddressField(
        label=_("Email address of the request"),
        error_messages={"required": _("Enter the email address of the request.")},
    )

    def clean_number(self) -> str:
        """Accept small letters and blanks, as people type what they read."""
        return self.cleaned_data["number"].replace(" ", "").upper()  # type: ignore[no-any-return]


class AnswerForm(forms.Form):
    """The applicant's answer to our question."""

    text = LinesField(
        label=_("Your answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write your answer.")},
    )
