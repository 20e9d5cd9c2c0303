"""Fields that know how people write names, phone and tax numbers; they clean what they can and say what is wrong."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

HIDDEN_CHARACTERS = _("Remove the invisible characters: copy the text without its formatting.")
PLAIN_ADDRESS = _("Use an email address with plain letters, such as name@company.com.")
NAME_CHARACTERS = _("Use letters, spaces, apostrophes, hyphens and periods.")


class DayInput(forms.DateInput):
    """A day in the browser's own field; what is no day stays there as text, so that nothing typed is lost."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        # Or a browser takes years of six digits
        super().__init__({"max": "9999-12-31", **(attrs or {})}, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the template shows; a field of days may only hold one."""
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        if shown and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(shown), re.ASCII):
            context["widget"]["type"] = "text"
            context["widget"]["attrs"].pop("max", None)
        return context


def say_what_is_missing(form: forms.BaseForm, words: Mapping[str, Any]) -> None:
    """Give the fields of *form* words of their own for being left empty."""
    for name, message in words.items():
        if name in form.fields:
            form.fields[name].error_messages["required"] = message


def refuse_hidden(text: str) -> None:
    """Raise ValidationError for control characters, line breaks, direction marks and the like.

    They change how a line reads without being seen: a clerk must be able to trust what the screen shows.
    """
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} for char in text):
        raise ValidationError(HIDDEN_CHARACTERS, code="hidden")


def refuse_hidden_in_lines(text: str) -> None:
    """Raise ValidationError as ``refuse_hidden`` does, but allow line breaks and tabs."""
    refuse_hidden(re.sub(r"[\r\n\t]", " ", text))


def refuse_unusual_address(text: str) -> None:
    """Raise ValidationError for an e-mail address beyond plain ASCII, or with a quoted part.

    Python and PostgreSQL fold the case of other letters differently, so that one address could be two.
    """
    if not text.isascii() or '"' in text:
        raise ValidationError(PLAIN_ADDRESS, code="unusual")


def refuse_unless_name(text: str) -> None:
    """Raise ValidationError unless *text* looks like a person's name in any alphabet."""
    if not any(char.isalpha() for char in text) or not all(
        unicodedata.category(char)[0] in "LM" or char in " '’ʼ-.," for char in text
    ):
        raise ValidationError(NAME_CHARACTERS, code="name")


class PlainTextField(forms.CharField):
    """One line of visible characters."""

    default_validators = [refuse_hidden]


class LinesField(forms.CharField):
    """Several lines of visible characters."""

    default_validators = [refuse_hidden_in_lines]


class AddressField(forms.EmailField):
    """An e-mail address in plain letters, cleaned to lower case."""

    default_validators = [*forms.EmailField.default_validators, refuse_unusual_address]

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        kwargs.setdefault("widget", forms.EmailInput(attrs={"autocomplete": "email"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return the address in lower case."""
        return str(super().clean(value)).lower()


class PersonNameField(PlainTextField):
    """A person's name."""

    default_validators = [refuse_hidden, refuse_unless_name]

    def clean(self, value: Any) -> str:
        """Return the name with single spaces."""
        return " ".join(super().clean(value).split())


class DigitsField(forms.CharField):
    """A number that people write with spaces, dashes, dots or brackets; cleaned to its digits.

    *digits* is how many there must be, *message* says so to the person.
    """

    def __init__(self, *, digits: str, message: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "numeric")
        self.pattern, self.message = re.compile(digits, re.ASCII), message

    def to_python(self, value: Any) -> str:
        """Drop what people put between digits."""
        text = super().to_python(value) or ""
        if len(text) > (self.max_length or len(text)):
            return text
        return re.sub(r"[\s().\-\u2010-\u2015]", "", text)

    def validate(self, value: str) -> None:
        """Raise ValidationError when digits are missing or something else is there."""
        super().validate(value)
        if value and not self.pattern.fullmatch(value):
            raise ValidationError(self.message, code="digits")


class PhoneField(DigitsField):
    """A US phone number, cleaned to its 10 digits; of an area that has numbers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            digits=r"[2-9](?!11)\d\d[2-9](?!11)\d{6}",
            message=_("Enter a US phone number with 10 digits, such as 413-555-0114."),
            **kwargs,
        )
        self.widget.input_type = "tel"
        self.widget.attrs.update(autocomplete="tel", inputmode="tel")

    def to_python(self, value: Any) -> str:
        """Drop the country code as well."""
        return re.sub(r"^(?:\+1|1(?=\d{10}$))", "", super().to_python(value))

    def validate(self, value: str) -> None:
        """Raise ValidationError for a number that nobody can have."""
        super().validate(value)
        if value and not phonenumbers.is_valid_number(phonenumbers.parse(value, "US")):
            raise ValidationError(self.message, code="digits")


class FeinField(DigitsField):
    """A federal tax number, cleaned to its 9 digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            digits=r"(?!000000000)\d{9}",
            message=_("FEIN needs 9 digits, such as 04-1234567."),
            **kwargs,
        )


class NpnField(DigitsField):
    """A National Producer Number: 1 to 10 digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(digits=r"(?!0+$)\d{1,10}", message=_("NPN has 1 to 10 digits."), **kwargs)


one_letter = RegexValidator(r"^[^\W\d_]\Z", _("Enter one letter."))
