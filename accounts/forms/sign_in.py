"""The forms on the way in: user name, password, codes, and what helps when one of them is forgotten."""

from typing import Any

from allauth.account.forms import (
    ConfirmLoginCodeForm,
    ConfirmPasswordResetCodeForm,
    LoginForm,
    ResetPasswordKeyForm,
)
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import guessing, passwords
from accounts.models import User
from accounts.user_names import fold_login
from portal.fields import AddressField

USER_NAME_ATTRS = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
CODE_HINT = _("8 letters, for example BCDF-GHJK. Small letters and a missing dash are fine.")
APP_CODE_HINT = _("6 digits from your authenticator app, or one of your recovery codes")


def set_up(field: forms.Field, label: Any, hint: Any = "", **attrs: str) -> None:
    """Label a field of allauth our way: a hint below the label instead of words inside the box."""
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


def bound(field: forms.Field, maximum: int) -> None:
    """Refuse more than *maximum* characters, in the browser and here."""
    field.validators.append(MaxLengthValidator(maximum))
    field.widget.attrs["maxlength"] = str(maximum)


def set_up_password(field: forms.Field, label: Any, missing: Any, hint: Any = "") -> None:
    """Label a password field, and bound its length, so that nobody keeps the hasher busy."""
    set_up(field, label, hint)
    field.error_messages["required"] = missing
    bound(field, passwords.MAXIMUM)


def set_up_new_passwords(form: forms.Form) -> None:
    """Label the two fields of a new password."""
    first, second = form.fields["password1"], form.fields["password2"]
    set_up_password(first, _("New password"), _("Choose a new password."), passwords.HINT)
    set_up_password(second, _("New password again"), _("Enter the new password once more."))


def set_up_code(field: forms.Field, hint: Any, *, inputmode: str = "text") -> None:
    """Label a field for a code: short, no spelling help, the keyboard that fits."""
    set_up(
        field,
        _("Code"),
        hint,
        autocomplete="one-time-code",
        autocapitalize="characters",
        spellcheck="false",
        inputmode=inputmode,
    )
    field.error_messages["required"] = _("Enter the code.")
    bound(field, 20)
    field.widget.attrs["class"] = "ep-input--short ep-input--code"


class UserNameForm(forms.Form):
    """The first of three steps; the field is named as on the home page."""

    login = forms.CharField(
        label=_("User name"),
        max_length=254,
        help_text=_("Or the email address of your account"),
        error_messages={"required": _("Enter your user name.")},
        widget=forms.TextInput(attrs=USER_NAME_ATTRS),
    )

    def clean_login(self) -> str:
        """Fold the spelling once, for the seal, the password and the page alike."""
        return fold_login(self.cleaned_data["login"])


class PasswordForm(LoginForm):
    """The second step: allauth's sign-in form for a user name that was typed a page before."""

    def __init__(self, *args: Any, request: HttpRequest, typed: str, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.typed = typed
        del self.fields["login"]
        set_up_password(self.fields["password"], _("Password"), _("Enter your password."))

    def user_credentials(self) -> dict[str, Any]:
        """Return name and password; an e-mail address is turned into the name, so that tries count together.

        One statement whether the name is known or not.
        """
        typed = fold_login(self.typed)
        user = (
            User.objects.alias(name_lower=Lower("username"), email_lower=Lower("email"))
            .filter(Q(name_lower=typed) | Q(email_lower=typed))
            .first()
        )
        return {
            "username": user.username if user else self.typed,
            "password": self.cleaned_data["password"],
        }

    def clean(self) -> dict[str, Any]:
        """Check the password through allauth; whatever is wrong is said at the password."""
        self.cleaned_data["login"] = self.typed
        try:
            super().clean()
        except ValidationError as error:
            self.add_error("password", error)
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned


class ForgotUserNameForm(forms.Form):
    """Where to send a forgotten user name."""

    email = AddressField(
        label=_("Email address"),
        max_length=254,
        help_text=_("The address of your account"),
        error_messages={"required": _("Enter the email address of your account.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ResetPasswordForm(AllauthResetPasswordForm):
    """Where to send the code for a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        set_up(email, _("Email address"), _("The address of your account"), autocomplete="email")
        bound(email, 254)
        email.error_messages["required"] = _("Enter the email address of your account.")

    def clean_email(self) -> str:
        """Find the account of a confirmed address, in one statement whether there is one or not."""
        email: str = self.cleaned_data["email"].lower()
        address = (
            EmailAddress.objects.filter(email__iexact=email, verified=True, user__is_active=True)
            .select_related("user")
            .first()
        )
        self.users = [address.user] if address else []
        return email


class LoginCodeForm(ConfirmLoginCodeForm):
    """The code of the default second step, from the e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_code(self.fields["code"], CODE_HINT)

    def clean_code(self) -> str:
        """Compare the code, unless this visitor tried too many."""
        guessing.refuse_code_of_visitor(context.request)
        return str(super().clean_code())


class ResetCodeForm(ConfirmPasswordResetCodeForm):
    """The code that opens the choice of a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_code(self.fields["code"], CODE_HINT)

    def clean_code(self) -> str:
        """Compare the code, unless this visitor tried too many."""
        guessing.refuse_code_of_visitor(context.request)
        return str(super().clean_code())


class NewPasswordForm(ResetPasswordKeyForm):
    """The new password, after the code was right."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_new_passwords(self)


class SecondStepForm(AuthenticateForm):
    """The code of an authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_up_code(self.fields["code"], APP_CODE_HINT, inputmode="numeric")

    def clean_code(self) -> str:
        """Compare the code, unless somebody tried too many for this account."""
        guessing.refuse_code_of_account(self.user)
        return str(super().clean_code())
