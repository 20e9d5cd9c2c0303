"""What people fill in about a renewal: the acceptance, a question."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.fields import LinesField, say_what_is_missing

ATTESTATION = _(
    "I am authorized to accept this renewal for the company, and I accept the plans and rates shown here."
)


class _KeyedForm(forms.Form):
    """A form that is sent once, however often its button is pressed."""

    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"form_key": uuid4()})


class AcceptForm(_KeyedForm):
    """The attestation, about the renewal in the state that the page shows."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    attested = forms.BooleanField(
        label=ATTESTATION,
        error_messages={"required": _("Confirm that you are authorized to accept this renewal.")},
    )


class QuestionForm(_KeyedForm):
    """A question to the carrier."""

    question = LinesField(
        label=_("Your question"),
        max_length=2000,
        help_text=_("Name no member and nothing about health."),
        widget=forms.Textarea(attrs={"rows": 6, "class": "ep-input--full"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        say_what_is_missing(self, {"question": _("Write your question.")})
