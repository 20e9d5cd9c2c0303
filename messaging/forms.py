"""What people tell us when something does not work, and what staff note when it does again."""

import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.models import IssueReport
from portal.fields import AddressField, LinesField, PhoneField, PlainTextField

LONGEST_DESCRIPTION = 4000
JOINERS = "\u200c\u200d"  # inside emoji and in some scripts


class IssueForm(forms.Form):
    """Report an issue. The field names are the arguments of ``actions.report_issue``."""

    category = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[("", _("Choose one")), *IssueReport.Category.choices],
        error_messages={
            "required": _("Choose what it is about"),
            "invalid_choice": _("Choose one of the subjects in the list"),
        },
    )
    description = forms.CharField(
        label=_("What happened?"),
        help_text=_(
            "What you did, what you expected, and what you saw instead."
            " Leave out Social Security numbers, passwords, Access Keys and anything about health."
        ),
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Tell us what happened")},
    )
    page = PlainTextField(
        label=_("Page"),
        help_text=_("The address of the page, or what it is called."),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"class": "ep-input--full"}),
    )
    name = PlainTextField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name")},
    )
    email = AddressField(
        label=_("Email"),
        help_text=_("We write to this address when we have an answer."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter your email address"),
            "invalid": _("Email needs the form name@company.com"),
        },
    )
    phone = PhoneField(
        label=_("Phone (optional)"),
        help_text=_("10 digits, for example 413-555-0114."),
        required=False,
        widget=forms.TextInput(attrs={"class": "ep-input--short"}),
    )

    def clean_description(self) -> str:
        """Keep letters and line breaks, drop what cannot be seen: a pasted text is not refused for it."""
        text: str = self.cleaned_data["description"].replace("\r\n", "\n")
        return "".join(char for char in text if char in "\n\t" or _is_seen(char))


class ResolveForm(forms.Form):
    """What was done about a report; for staff only."""

    note = LinesField(
        label=_("What was done"),
        help_text=_("For staff. The reporter gets a short letter with the number, not this text."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say what was done")},
    )


def _is_seen(char: str) -> bool:
    return char in JOINERS or unicodedata.category(char) not in {"Cc", "Cf"}
