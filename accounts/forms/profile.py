"""The forms of a person's own account."""

from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    ConfirmEmailVerificationCodeForm,
)
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthConfirmWithCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import guessing
from accounts.forms.sign_in import (
    APP_CODE_HINT,
    CODE_HINT,
    bound,
    set_up,
    set_up_code,
    set_up_new_passwords,
    set_up_password,
)
from accounts.seals import SEALS
from portal.fields import PersonNameField, PhoneField, PlainTextField, one_letter
from portal.forms import ChoiceTiles


class ProfileForm(forms.Form):
    """A person's own particulars; field names as in ``edit_profile``."""

    first_name = PersonNameField(
        label=_("First name"),
        max_length=35,
        error_messages={"required": _("Enter your first name.")},
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    middle_initial = PlainTextField(
        label=_("Middle initial"),
        max_length=1,
        required=False,
        validators=[one_letter],
        widget=forms.TextInput(
            attrs={"autocomplete": "additional-name", "class": "ep-input--tiny"}
        ),
    )
    last_name = PersonNameField(
        label=_("Last name"),
        max_length=60,
        error_messages={"required": _("Enter your last name.")},
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    title = PlainTextField(
        label=_("Title"),
        max_length=60,
        required=False,
        help_text=_("What you do at your company, for example benefits manager"),
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    company = PlainTextField(
        label=_("Company or brokerage"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    phone = PhoneField(
        label=_("Work phone"),
        required=False,
        help_text=_("10 digits, for example 413-555-0114"),
    )


class SealForm(forms.Form):
    """Picture and phrase; field names as in ``choose_seal``."""

    picture = forms.ChoiceField(
        label=_("Picture"),
        choices=[(seal.key, seal.alt) for seal in SEALS.values()],
        error_messages={"required": _("Choose a picture.")},
        widget=ChoiceTiles(
            hints={seal.key: seal.name for seal in SEALS.values()},
            pictures={seal.key: seal.image for seal in SEALS.values()},
        ),
    )
    phrase = PlainTextField(
        label=_("Phrase"),
        min_length=3,
        max_length=60,
        error_messages={"required": _("Enter a phrase.")},
        help_text=_("Some words of your own, 3 to 60 characters. Not your password."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class TermsForm(forms.Form):
    """Agreement to the terms in force; the sentence stands as on the paper form."""

    accepted = forms.BooleanField(
        label=_("I have read the Terms and Conditions and agree to the terms stated."),
        error_messages={
            "required": _("Check the box to agree, or decline to sign out."),
        },
    )


class ChangePasswordForm(AllauthChangePasswordForm):
    """The current password and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_password(
            self.fields["oldpassword"], _("Current password"), _("Enter your current password.")
        )
        set_up_new_passwords(self)


class SetPasswordForm(AllauthSetPasswordForm):
    """A first password, for an account that has none yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_new_passwords(self)


class ChangeEmailForm(AddEmailForm):
    """The address to change to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        set_up(email, _("New email address"), _("We send a code there"), autocomplete="email")
        email.error_messages["required"] = _("Enter the new email address.")
        bound(email, 254)


class EmailCodeForm(ConfirmEmailVerificationCodeForm):
    """The code that proves the new address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_code(self.fields["code"], CODE_HINT)


class ReauthenticateForm(AllauthReauthenticateForm):
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_password(self.fields["password"], _("Password"), _("Enter your password."))


class ConfirmWithCodeForm(AllauthConfirmWithCodeForm):
    """A code instead of the password, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_code(self.fields["code"], APP_CODE_HINT, inputmode="numeric")

    def clean_code(self) -> str:
        """Compare the code, unless somebody tried too many for this account."""
        guessing.refuse_code_of_account(self.user)
        return str(super().clean_code())


class ActivateAppForm(ActivateTOTPForm):
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_code(self.fields["code"], _("6 digits that the app shows now"), inputmode="numeric")
