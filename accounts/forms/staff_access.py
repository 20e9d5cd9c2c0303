"""What staff fill in about access: a reason, an agency, a broker, a list of users of an old portal."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts import old_users
from accounts.forms.staff import StaffTextField
from portal.fields import (
    AddressField,
    NpnField,
    PersonNameField,
    PlainTextField,
    say_what_is_missing,
)
from portal.list_upload import ListUploadForm

SHORTEST_REASON = 10
US_STATES = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY",
    "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH",
    "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "VI", "WA", "WV", "WI", "WY",
})  # fmt: skip
COLUMNS: dict[str, Any] = {
    "old_user_id": _("Old user ID"),
    "name": _("Name"),
    "email": _("Email"),
    "group": _("Group"),
    "old_role": _("Old role"),
}


class ReasonForm(forms.Form):
    """Why something is done. It goes into the history for good."""

    reason = StaffTextField(
        label=_("Reason"),
        max_length=500,
        validators=[
            MinLengthValidator(
                SHORTEST_REASON, _("Write at least 10 characters, so that a colleague understands.")
            )
        ],
        help_text=_("Stays in the history for good. Name no member and nothing about health."),
        error_messages={"required": _("Write down the reason.")},
    )


class VersionedReasonForm(ReasonForm):
    """The same about a row as the person saw it; *version* says which state that was."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class AgencyForm(forms.Form):
    """A brokerage."""

    name = PlainTextField(label=_("Agency name"), max_length=120)
    npn = NpnField(
        label=_("National Producer Number (NPN)"),
        required=False,
        help_text=_("Of the agency. 1 to 10 digits."),
        widget=forms.TextInput(attrs={"class": "ep-input--short"}),
    )
    city = PlainTextField(label=_("City"), max_length=30, required=False)
    state = PlainTextField(
        label=_("State"),
        max_length=2,
        required=False,
        help_text=_("Two letters, such as MA."),
        widget=forms.TextInput(attrs={"class": "ep-input--tiny"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_what_is_missing(self, {"name": _("Enter the name of the agency.")})

    def clean_name(self) -> str:
        """Return the name with single spaces."""
        return " ".join(self.cleaned_data["name"].split())

    def clean_state(self) -> str:
        """Return the state in capitals; refuse letters that name none."""
        state: str = self.cleaned_data["state"].upper()
        if state and state not in US_STATES:
            raise ValidationError(_("We know no such state. Enter two letters, such as MA."))
        return state


class BrokerForm(forms.Form):
    """A licensed person of an agency."""

    first_name = PersonNameField(label=_("First name"), max_length=35)
    last_name = PersonNameField(label=_("Last name"), max_length=60)
    email = AddressField(
        label=_("Email"), help_text=_("The address of the broker’s account, when there is one.")
    )
    npn = NpnField(
        label=_("National Producer Number (NPN)"),
        help_text=_("1 to 10 digits."),
        widget=forms.TextInput(attrs={"class": "ep-input--short"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        words = {
            "first_name": _("Enter the first name."),
            "last_name": _("Enter the last name."),
            "email": _("Enter the email address."),
            "npn": _("Enter the NPN."),
        }
        say_what_is_missing(self, words)


class OldUsersForm(ListUploadForm):
    """The file of an old portal's users."""

    columns = old_users.COLUMNS
    labels = COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("List of users")

    @property
    def users(self) -> list[old_users.OldUser]:
        """Return who stands in the file, once it is read."""
        return old_users.users_of(self.found)
