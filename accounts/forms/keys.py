"""Forms that carry what a passkey or security key answered. The browser fills them; an attacker may, too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.sign_in import bound, set_up

NAME_LENGTH = 60
LONGEST_ANSWER = 60_000  # an answer with a chain of certificates has some 10,000 characters
REFUSED = _("The passkey was not accepted. Try again, or choose another way.")
# What parsers of such answers raise when the answer is not one; allauth expects only some of it.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, InvalidSignature)


@contextmanager
def malformed_refused() -> Iterator[None]:
    """Turn the exceptions of a malformed or forged answer into one sentence."""
    try:
        yield
    except MALFORMED as error:
        raise ValidationError(REFUSED, code="refused") from error
    except ValidationError as error:
        if error.code != "incorrect_code":  # allauth's word for a code that was typed
            raise
        raise ValidationError(REFUSED, code="refused") from error


class AnswerField(forms.JSONField):
    """The answer as JSON, of bounded length and depth."""

    def __init__(self) -> None:
        super().__init__(
            widget=forms.HiddenInput, error_messages={"invalid": REFUSED, "required": REFUSED}
        )

    def to_python(self, value: Any) -> Any:
        """Parse the answer; anything but an object is refused."""
        try:
            answer = super().to_python(value) if len(str(value)) <= LONGEST_ANSWER else None
        except (RecursionError, ValueError):  # nested too deep; a number too long for Python
            answer = None
        if value and not isinstance(answer, dict):
            raise ValidationError(REFUSED, code="invalid")
        return answer

    def bound_data(self, _data: Any, _initial: Any) -> Any:
        """Return what a refused form shows again: nothing, since the browser makes a new answer."""
        return None


class AuthenticateWithKeyForm(AuthenticateWebAuthnForm):
    """A key as the second step."""

    credential = AnswerField()

    def clean_credential(self) -> Any:
        """Return the key that answered."""
        with malformed_refused():
            return super().clean_credential()


class LoginWithKeyForm(LoginWebAuthnForm):
    """A passkey instead of user name and password."""

    credential = AnswerField()

    def clean_credential(self) -> Any:
        """Return the key that answered."""
        with malformed_refused():
            return super().clean_credential()


class ReauthenticateWithKeyForm(ReauthenticateWebAuthnForm):
    """A key instead of the password, before something that matters."""

    credential = AnswerField()

    def clean_credential(self) -> Any:
        """Return the key that answered."""
        with malformed_refused():
            return super().clean_credential()


class AddKeyForm(AddWebAuthnForm):
    """A new passkey or security key."""

    credential = AnswerField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_name(self.fields["name"])
        set_up(
            self.fields["passwordless"],
            _("Sign in with this passkey alone, without user name and password"),
            _("Your device then asks for your fingerprint, your face or its PIN."),
        )

    def clean(self) -> dict[str, Any]:
        """Check that the key answered our question."""
        with malformed_refused():
            cleaned: dict[str, Any] = super().clean()
            return cleaned


class RenameKeyForm(EditWebAuthnForm):
    """Another name for a passkey or security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_name(self.fields["name"])


def _set_up_name(field: forms.Field) -> None:
    set_up(
        field,
        _("Name"),
        _("So that you can tell your keys apart, for example office laptop"),
        autocomplete="off",
    )
    field.error_messages["required"] = _("Enter a name for the key.")
    bound(field, NAME_LENGTH)
