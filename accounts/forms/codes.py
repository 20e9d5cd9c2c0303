"""The forms that take an access key and make an account with it."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import access_codes, user_names
from accounts.models import User
from accounts.seals import SEALS
from portal.fields import (
    AddressField,
    PersonNameField,
    PhoneField,
    PlainTextField,
    one_letter,
    say_what_is_missing,
)
from portal.forms import ChoiceTiles

MISTYPED = {
    "length": _("An Access Key has 16 digits. You entered %(count)d."),
    "check_digit": _("One of the digits is mistyped. Compare them with your email."),
}


class AccessKeyForm(forms.Form):
    """The key as it came by e-mail; spaces and dashes do not matter."""

    mistyped: ClassVar[dict[str, Any]] = MISTYPED
    access_key = forms.CharField(
        label=_("Access Key"),
        max_length=40,
        help_text=_("16 digits, for example 1234-5678-9012-3456"),
        error_messages={"required": _("Enter the Access Key from your email.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def clean_access_key(self) -> str:
        """Return the digits; a typing error is told apart from a wrong key by the check digit."""
        try:
            return access_codes.normalize(self.cleaned_data["access_key"])
        except access_codes.MistypedError as error:
            count = sum(char.isdigit() for char in error.digits)
            raise ValidationError(
                self.mistyped[error.code], code=error.code, params={"count": count}
            ) from error


class AccessCodeForm(AccessKeyForm):
    """The same object under the name that people with an account and invited people know it by."""

    mistyped: ClassVar[dict[str, Any]] = {
        **MISTYPED,
        "length": _("An access code has 16 digits. You entered %(count)d."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["access_key"].label = _("Access code")
        say_what_is_missing(self, {"access_key": _("Enter the access code from your email.")})


class InvitedForm(AccessCodeForm):
    """The code somebody was invited with, and the address it came to."""

    email = AddressField(
        label=_("Email address"),
        help_text=_("The address that the access code was sent to"),
        error_messages={"required": _("Enter the email address that the code was sent to.")},
    )
    field_order = ("email", "access_key")


MISSING = {
    "username": _("Choose a user name."),
    "password": _("Choose a password."),
    "password_again": _("Enter the password again."),
    "phrase": _("Write a phrase for your Sign-in Seal."),
    "first_name": _("Enter your first name."),
    "last_name": _("Enter your last name."),
    "company": _("Enter the name of your company, or of your brokerage firm."),
    "region": _("Choose your region."),
}


AUTOCOMPLETE = {
    "first_name": "given-name",
    "last_name": "family-name",
    "company": "organization",
    "title": "organization-title",
}


class AccountForm(forms.Form):
    """User name, password, Sign-in Seal and who one is; field names as in ``create_account``.

    *email* is the address of the key; the password must not be like it.
    """

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("4 to 60 letters, digits, dots, dashes or underscores"),
        validators=user_names.VALIDATORS,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        strip=False,
        help_text=_("At least 12 characters. Several words are easier to keep in mind than signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("Re-enter password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    picture = forms.ChoiceField(
        label=_("Picture of your Sign-in Seal"),
        choices=[(seal.key, seal.alt) for seal in SEALS.values()],
        error_messages={"required": _("Choose a picture for your Sign-in Seal.")},
        widget=ChoiceTiles(
            hints={seal.key: seal.name for seal in SEALS.values()},
            pictures={seal.key: seal.image for seal in SEALS.values()},
        ),
    )
    phrase = PlainTextField(
        label=_("Phrase of your Sign-in Seal"),
        min_length=3,
        max_length=60,
        help_text=_(
            "Some words of your own. You see them each time before you enter the password."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    region = forms.ChoiceField(label=_("Region"))
    first_name = PersonNameField(label=_("First name"), max_length=35)
    middle_initial = PlainTextField(
        label=_("Middle initial"),
        max_length=1,
        required=False,
        validators=[one_letter],
        widget=forms.TextInput(attrs={"class": "ep-input--tiny"}),
    )
    last_name = PersonNameField(label=_("Last name"), max_length=60)
    company = PlainTextField(label=_("Brokerage firm name / Company name"), max_length=120)
    title = PlainTextField(label=_("Title"), max_length=60, required=False)
    phone = PhoneField(label=_("Work phone"), required=False)
    terms = forms.BooleanField(
        label=_("I have read the Terms and Conditions and agree to the terms stated."),
        error_messages={"required": _("Read and accept the Terms and Conditions.")},
    )

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        say_what_is_missing(self, MISSING)
        region: forms.ChoiceField = self.fields["region"]  # type: ignore[assignment]
        region.choices = [("", _("Select an area")), *settings.REGIONS]
        for name, token in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = token

    def clean_username(self) -> str:
        """Refuse a name somebody has, whatever its case; the database has the last word."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This user name is taken. Choose another one."), code="taken")
        return username

    def clean(self) -> dict[str, Any]:
        """Check the password against the rules and its repetition."""
        cleaned: dict[str, Any] = super().clean() or {}
        password = cleaned.get("password")
        if not password:
            return cleaned
        if "password_again" in cleaned and password != cleaned["password_again"]:
            self.add_error("password_again", _("The two passwords are different."))
        person = User(
            email=self.email,
            username=cleaned.get("username", ""),
            first_name=cleaned.get("first_name", ""),
            last_name=cleaned.get("last_name", ""),
        )
        try:
            password_validation.validate_password(password, person)
        except ValidationError as error:
            self.add_error("password", error)
        return cleaned
